"""The course's models in PyTorch, which must be installed: `pip install torch`."""
