"""Solutions of the exercises about tensors: the functions of `rec_tutor.check`, with
the names, arguments and meaning that they have there in NumPy.
"""

import tensorflow as tf


def choice_loss(P, Q, taken, temperature):
    """The loss of (7.4) with the scores of (7.5), where each person took one film.

    P: (people, d); Q: (films, d); taken: (people,), whole numbers, each a row of Q: the
    film that the person took.
    Returns a scalar tensor: the mean of the people's losses.
    """
    p, q = tf.math.l2_normalize(P, axis=1), tf.math.l2_normalize(Q, axis=1)
    log_pi = tf.nn.log_softmax(p @ tf.transpose(q) / temperature)  # (people, films)
    return -tf.reduce_mean(tf.gather(log_pi, taken, axis=1, batch_dims=1))


def next_film_loss(states, films, table):
    """The loss (9.5): guess the next film at each place of a batch of windows.

    states: (B, T, d), what each place knows; films: (B, T), the film at each place;
    table: (I + 1, d), a row for each of the I films, and a last row for padding: the
    number I, which fills windows up in front.
    Place t is to guess the film at t + 1, among the I films. The last place has nothing
    to guess, and a place that is padding does not count.
    Returns one number, the mean over all places that count.
    """
    real = films[:, :-1] != len(table) - 1  # (B, T - 1)
    kept = tf.boolean_mask(states[:, :-1], real)  # (places, d)
    scores = tf.matmul(kept, table[:-1], transpose_b=True)  # (places, I)
    right = tf.boolean_mask(films[:, 1:], real)
    costs = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=right, logits=scores)
    return tf.reduce_mean(costs)


def batch_loss(scores, taken):
    """The loss of (0.7) of a batch: its mean over the examples.

    scores: (B, n), a row of scores of all n films for each of the B examples;
    taken: (B,), the number of the film that each one really liked, from 0.
    Returns one number.
    """
    log_pi = tf.nn.log_softmax(scores)  # along each row
    return -tf.reduce_mean(tf.gather(log_pi, taken, axis=1, batch_dims=1))


def loss_of(scores):
    """The loss (8.6), its mean over a batch.

    scores: (batch, 1 + negatives): the film that was taken, then the negatives.
    Returns one number.
    """
    taken, other = scores[:, 0], scores[:, 1:]
    others = tf.reduce_sum(tf.nn.softplus(other), axis=1)
    return tf.reduce_mean(tf.nn.softplus(-taken) + others)
