"""What the models are trained by: each loss once, as a mean over what was chosen."""

import torch
from torch.nn import functional as F

from rec_tutor.torch.cross_entropy import (
    catalogue_cross_entropy,
    sampled_cross_entropy,
)


def catalogue_softmax(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Which of all? Each item that a user took was one choice from the catalogue.

    L = -sum_ui x_ui ln pi_ui / sum_ui x_ui with pi_u = softmax(s_u).

    Args:
        scores: s, (B, I), of all items.
        targets: t, (B, I), 1 (or a weight) where user u took item i, else 0.

    Returns:
        The mean cross-entropy per choice, a scalar.
    """
    return -(targets * F.log_softmax(scores, dim=-1)).sum() / targets.sum()


def next_item(
    states: torch.Tensor,
    targets: torch.Tensor,
    items: torch.Tensor,
    bias: torch.Tensor | None = None,
    *drawn: torch.Tensor,
) -> torch.Tensor:
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
    real = targets != len(items)
    if drawn:
        return sampled_cross_entropy(states[real], targets[real], items, bias, *drawn)
    return catalogue_cross_entropy(states[real], targets[real], items, bias)


def sampled_softmax(scores: torch.Tensor) -> torch.Tensor:
    """Which of those drawn? The first column took place, the others were sampled.

    L = -mean of ln (exp s_0 / sum_j exp s_j).

    Args:
        scores: s, (B, 1 + N).

    Returns:
        The mean cross-entropy, a scalar.
    """
    return (scores.logsumexp(dim=-1) - scores[:, 0]).mean()


def negative_sampling(taken: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Yes or no, point by point: L = mean of -ln sigmoid(s_i) - sum_j ln sigmoid(-s_j).

    Args:
        taken: scores of what took place, (B,) or (B, 1).
        other: scores of what was sampled for it, (B, N).

    Returns:
        The mean over what took place, a scalar.
    """
    return F.softplus(-taken).mean() + F.softplus(other).sum(dim=-1).mean()


def bpr(gap: torch.Tensor) -> torch.Tensor:
    """Which of two? L = mean of -ln sigmoid(s_i - s_j) (Rendle et al. 2009).
    arXiv:1205.2618

    Args:
        gap: s_i - s_j, any shape: the score of what was taken less that of another.

    Returns:
        The mean over pairs, a scalar: softplus(-x) is -ln sigmoid(x), without overflow.
    """
    return F.softplus(-gap).mean()


def yes_or_no(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Yes or no? L = -mean of y ln sigmoid(s) + (1 - y) ln sigmoid(-s).

    Args:
        logits: s, (B,).
        labels: y, (B,), 1 for yes and 0 for no.

    Returns:
        The mean, a scalar.
    """
    return F.binary_cross_entropy_with_logits(logits, labels.float())


def squared_lengths(*tables: torch.Tensor) -> torch.Tensor:
    """A penalty on vectors: the mean of |x|^2 over a table's rows, summed over tables.

    Args:
        *tables: (..., D) each.

    Returns:
        The sum, a scalar.
    """
    return sum(rows.square().sum(dim=-1).mean() for rows in tables)
