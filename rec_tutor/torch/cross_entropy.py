"""Cross-entropy over a large catalogue: exact, without the scores of a whole batch, or
estimated from some items.
"""

import math

import torch
from torch.nn import functional as F

CELLS = 2**19  # scores that are held at once, at most


def catalogue_cross_entropy(
    states: torch.Tensor,
    targets: torch.Tensor,
    items: torch.Tensor,
    bias: torch.Tensor | None = None,
) -> torch.Tensor:
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
    return RowByRow.apply(states, targets, items, bias)


class RowByRow(torch.autograd.Function):
    """What catalogue_cross_entropy computes, and its gradient."""

    @staticmethod
    def forward(
        ctx,
        states: torch.Tensor,
        targets: torch.Tensor,
        items: torch.Tensor,
        bias: torch.Tensor | None,
    ) -> torch.Tensor:
        n, step = len(targets), max(1, CELLS // len(items))
        total, to_states = states.new_zeros(()), torch.empty_like(states)
        to_items, to_bias = torch.zeros_like(items), items.new_zeros(len(items))
        for start in range(0, n, step):
            own, place = (
                states[start : start + step],
                targets[start : start + step, None],
            )
            scores = own @ items.T  # (step, I)
            if bias is not None:
                scores += bias
            logs = F.log_softmax(scores, dim=-1)
            total -= logs.gather(1, place).sum()
            slope = logs.exp_().scatter_add_(1, place, -torch.ones_like(logs[:, :1]))
            torch.mm(slope, items, out=to_states[start : start + step])
            to_items.addmm_(slope.T, own)
            if bias is not None:
                to_bias += slope.sum(dim=0)
        ctx.save_for_backward(to_states / n, to_items / n, to_bias / n)
        ctx.biased = bias is not None
        return total / n

    @staticmethod
    def backward(ctx, gradient: torch.Tensor):
        states, items, bias = (gradient * slope for slope in ctx.saved_tensors)
        return states, None, items, bias if ctx.biased else None


def sampled_cross_entropy(
    states: torch.Tensor,
    targets: torch.Tensor,
    items: torch.Tensor,
    bias: torch.Tensor | None,
    drawn: torch.Tensor,
    chances: torch.Tensor,
) -> torch.Tensor:
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
    taken = (states * items[targets]).sum(dim=-1)  # (n,)
    others = states @ items[drawn].T - (chances + math.log(len(drawn)))  # (n, M)
    if bias is not None:
        taken, others = taken + bias[targets], others + bias[drawn]
    others = others.masked_fill(drawn == targets[:, None], -math.inf)
    total = torch.cat([taken[:, None], others], dim=-1).logsumexp(dim=-1)
    return (total - taken).mean()
