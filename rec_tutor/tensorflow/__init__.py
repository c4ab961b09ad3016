"""The course's models in TensorFlow (Keras 3), which must be installed:
`pip install tensorflow`.
"""
