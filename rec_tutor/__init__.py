"""The package behind the course "Deep Learning for Recommender Systems".

`import rec_tutor` loads no deep-learning framework. The models live in two sub-packages
with the same files, names and arguments: `rec_tutor.torch` and `rec_tutor.tensorflow`.
Use one of them per process.
"""

__version__ = "0.1.0"
