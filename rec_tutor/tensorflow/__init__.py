"""The course's models in TensorFlow (Keras 3). Needs the extra ``rec-tutor[tensorflow]``."""
