"""Solutions of the exercises about tensors: the functions of `rec_tutor.check`, with
the names, arguments and meaning that they have there in NumPy.
"""

import tensorflow as tf


def choice_loss(P, Q, taken, temperature):
    """The loss of (7.4) with the scores of (7.5), its mean over the people.

    P: (people, d); Q: (films, d); taken: (people,), the film that each person took.
    Returns one number.
    """
    p, q = tf.math.l2_normalize(P, axis=1), tf.math.l2_normalize(Q, axis=1)
    log_pi = tf.nn.log_softmax(p @ tf.transpose(q) / temperature)  # (people, films)
    return -tf.reduce_mean(tf.gather(log_pi, taken, axis=1, batch_dims=1))
