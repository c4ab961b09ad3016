"""What the models are trained by: each loss once, as a mean over what was chosen."""

import tensorflow as tf

from rec_tutor.tensorflow.cross_entropy import (
    catalogue_cross_entropy,
    sampled_cross_entropy,
)


def catalogue_softmax(scores: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """Which of all? Each item that a user took was one choice from the catalogue.

    L = -sum_ui x_ui ln pi_ui / sum_ui x_ui with pi_u = softmax(s_u).

    Args:
        scores: s, (B, I), of all items.
        targets: t, (B, I), 1 (or a weight) where user u took item i, else 0.

    Returns:
        The mean cross-entropy per choice, a scalar.
    """
    chances = tf.nn.log_softmax(scores, axis=-1)
    return -tf.reduce_sum(targets * chances) / tf.reduce_sum(targets)


def next_item(
    states: tf.Tensor,
    targets: tf.Tensor,
    items: tf.Tensor,
    bias: tf.Tensor | None = None,
    *drawn: tf.Tensor,
) -> tf.Tensor:
    """What comes next? One choice from the catalogue at each place of a window.

    L = -mean over (b, t) of ln p_bt[target_bt] with p_bt = softmax(items state_bt +
    bias).

    Args:
        states: what each place knows, (B, T, D).
        targets: the item that came next, (B, T); where it is I, no place counts: it
            fills windows up.
        items: the vectors that say what fits a state, (I, D).
        bias: of the items, (I,); None: 0.
        drawn: for large catalogues, items that were drawn and ln of their chances, see
            `inputs.SampledItems`; none: the loss is exact.

    Returns:
        The mean cross-entropy per place that has a target, a scalar.
    """
    real = targets != items.shape[0]
    if drawn:
        return sampled_cross_entropy(states[real], targets[real], items, bias, *drawn)
    return catalogue_cross_entropy(states[real], targets[real], items, bias)


def sampled_softmax(scores: tf.Tensor) -> tf.Tensor:
    """Which of those drawn? The first column took place, the others were sampled.

    L = -mean of ln (exp s_0 / sum_j exp s_j).

    Args:
        scores: s, (B, 1 + N).

    Returns:
        The mean cross-entropy, a scalar.
    """
    return tf.reduce_mean(tf.reduce_logsumexp(scores, axis=-1) - scores[:, 0])


def negative_sampling(taken: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """Yes or no, point by point: L = mean of -ln sigmoid(s_i) - sum_j ln sigmoid(-s_j).

    Args:
        taken: scores of what took place, (B,) or (B, 1).
        other: scores of what was sampled for it, (B, N).

    Returns:
        The mean over what took place, a scalar.
    """
    false = tf.reduce_sum(tf.nn.softplus(other), axis=-1)
    return tf.reduce_mean(tf.nn.softplus(-taken)) + tf.reduce_mean(false)


def bpr(gap: tf.Tensor) -> tf.Tensor:
    """Which of two? L = mean of -ln sigmoid(s_i - s_j) (Rendle et al. 2009).
    arXiv:1205.2618

    Args:
        gap: s_i - s_j, any shape: the score of what was taken less that of another.

    Returns:
        The mean over pairs, a scalar: softplus(-x) is -ln sigmoid(x), without overflow.
    """
    return tf.reduce_mean(tf.nn.softplus(-gap))


def yes_or_no(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Yes or no? L = -mean of y ln sigmoid(s) + (1 - y) ln sigmoid(-s).

    Args:
        logits: s, (B,).
        labels: y, (B,), 1 for yes and 0 for no.

    Returns:
        The mean, a scalar.
    """
    labels = tf.cast(labels, tf.float32)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))


def squared_lengths(*tables: tf.Tensor) -> tf.Tensor:
    """A penalty on vectors: the mean of |x|^2 over a table's rows, summed over tables.

    Args:
        *tables: (..., D) each.

    Returns:
        The sum, a scalar.
    """
    return sum(
        2 * tf.nn.l2_loss(rows) / tf.cast(tf.size(rows[..., 0]), rows.dtype)
        for rows in tables
    )
