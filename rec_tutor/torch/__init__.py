"""The course's models in PyTorch. Needs the extra ``rec-tutor[torch]``."""
