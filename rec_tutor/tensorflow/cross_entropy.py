"""Cross-entropy over a large catalogue: exact, without the scores of a whole batch, or
estimated from some items.
"""

import tensorflow as tf

CELLS = 2**19  # scores that are held at once, at most


@tf.function(reduce_retracing=True)
def loss_and_slopes(
    states: tf.Tensor, targets: tf.Tensor, items: tf.Tensor, bias: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """The sum of -ln p[target] over rows, and its gradient with respect to states,
    items and bias.
    """
    n = tf.shape(states)[0]
    step = tf.maximum(1, CELLS // tf.shape(items)[0])
    blocks = -(-n // step)
    total = tf.zeros((), dtype=states.dtype)
    slopes = tf.TensorArray(
        states.dtype, blocks, element_shape=(None, states.shape[1]), infer_shape=False
    )
    to_items, to_bias = tf.zeros_like(items), tf.zeros_like(bias)
    for block in tf.range(blocks):
        rows = slice(block * step, (block + 1) * step)
        own, target = states[rows], targets[rows]
        scores = tf.matmul(own, items, transpose_b=True) + bias  # (step, I)
        chances = tf.nn.softmax(scores)
        # ln sum exp, by way of the largest: a chance near 0 has no logarithm
        level = tf.reduce_max(scores, 1) - tf.math.log(tf.reduce_max(chances, 1))
        total += tf.reduce_sum(level - tf.gather(scores, target, batch_dims=1))
        # with respect to scores the slope is chances less 1 at the target; what the 1
        # brings is taken off afterwards, where there is less to go through
        slopes = slopes.write(block, chances @ items - tf.gather(items, target))
        to_items += tf.matmul(chances, own, transpose_a=True)
        to_bias += tf.reduce_sum(chances, 0)
    num_items = tf.shape(items)[0]
    to_items -= tf.math.unsorted_segment_sum(states, targets, num_items)
    to_bias -= tf.math.unsorted_segment_sum(
        tf.ones_like(targets, dtype=bias.dtype), targets, num_items
    )
    return total, slopes.concat(), to_items, to_bias


def catalogue_cross_entropy(
    states: tf.Tensor,
    targets: tf.Tensor,
    items: tf.Tensor,
    bias: tf.Tensor | None = None,
) -> tf.Tensor:
    """The mean of -ln p[target] with p = softmax(x W^T + b), some rows at a time.

    The scores of all rows would be by far the largest thing in memory, and slow for it.
    The gradient is made on the way, as the probabilities are there: with respect to a
    score it is (p - 1 at the target) / n.

    Args:
        states: x, (n, D).
        targets: (n,).
        items: W, (I, D).
        bias: b, (I,); None: 0.

    Returns:
        A scalar.
    """
    items = tf.convert_to_tensor(items)
    bias = tf.zeros_like(items[:, 0]) if bias is None else tf.convert_to_tensor(bias)
    return row_by_row(states, targets, items, bias)


@tf.custom_gradient
def row_by_row(
    states: tf.Tensor, targets: tf.Tensor, items: tf.Tensor, bias: tf.Tensor
):
    """What catalogue_cross_entropy computes, and its gradient."""
    total, *slopes = loss_and_slopes(states, targets, items, bias)
    n = tf.cast(tf.shape(states)[0], total.dtype)

    def gradient(arrived: tf.Tensor) -> list[tf.Tensor | None]:
        first, *others = (arrived / n * slope for slope in slopes)
        return [first, None, *others]

    return total / n, gradient


def sampled_cross_entropy(
    states: tf.Tensor,
    targets: tf.Tensor,
    items: tf.Tensor,
    bias: tf.Tensor | None,
    drawn: tf.Tensor,
    chances: tf.Tensor,
) -> tf.Tensor:
    """The same from items that were drawn, for catalogues where all are too many.

    With s = x W^T + b and M items j, drawn with chances q_j, the sum of the softmax is
    estimated without bias by

        exp s_target + sum over j != target of exp(s_j - ln(M q_j)).

    The correction by ln q ("logQ") undoes that popular items are drawn more often
    (Bengio and Senecal 2008, doi:10.1109/TNN.2007.912312). The target is no draw, so it
    has none. The logarithm of the estimate is too low on average, less so the more are
    drawn.

    Args:
        states, targets, items, bias: as in `catalogue_cross_entropy`.
        drawn: items, (M,), the same for all rows.
        chances: ln q of each, (M,).

    Returns:
        The mean of -ln p[target], a scalar.
    """
    taken = tf.reduce_sum(states * tf.gather(items, targets), axis=-1)  # (n,)
    number = tf.math.log(tf.cast(tf.size(drawn), chances.dtype))
    others = tf.matmul(states, tf.gather(items, drawn), transpose_b=True)  # (n, M)
    others -= chances + number
    if bias is not None:
        taken += tf.gather(bias, targets)
        others += tf.gather(bias, drawn)
    others = tf.where(drawn == targets[:, None], others.dtype.min, others)
    total = tf.reduce_logsumexp(tf.concat([taken[:, None], others], -1), axis=-1)
    return tf.reduce_mean(total - taken)
