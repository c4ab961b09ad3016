"""Adam, and Adam for large tables."""

import torch
from torch import nn

EPSILON = 1e-8


class AdamW:
    """Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter
    2019).

    With g the gradient in step t, m and v the running means of g and g^2,

        w <- w - lr * weight_decay * w
        w <- w - lr * (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8).

    A table of many rows costs more in this than in all the rest: a step moves a million
    rows, of which a batch used two thousand. *Lazy* Adam moves, of a large table, only
    the rows that the batch used, and their m and v; for all others it is as if the step
    had not been. That is another optimizer: rows that are rarely used do not coast on
    their m. arXiv:1412.6980, arXiv:1711.05101

    Args:
        model: what is trained.
        lr: the step size.
        weight_decay: share of lr by which every step shrinks all weights.
        steps: if given, lr falls linearly to 0 over so many steps.
        lazy: embeddings of so many rows, or more, are moved lazily; None: none.

    Raises:
        ValueError: on lazy together with weight_decay, which moves every row.
    """

    def __init__(
        self,
        model: nn.Module,
        lr: float,
        weight_decay: float = 0.0,
        steps: int | None = None,
        lazy: int | None = None,
    ):
        if lazy is not None and weight_decay:
            raise ValueError(
                "weight_decay moves every row, and lazy=… only those that a batch used:"
                " choose one of them."
            )
        self.lr, self.steps, self.taken = lr, steps, 0
        tables = [part for part in model.modules() if isinstance(part, nn.Embedding)]
        for table in tables:
            # a sparse gradient holds the rows of the batch only
            table.sparse = lazy is not None and table.num_embeddings >= lazy
        self.tables = [table.weight for table in tables if table.sparse]
        self.means, self.squares = (
            [torch.zeros_like(table) for table in self.tables] for _ in range(2)
        )
        others = [
            weight
            for weight in model.parameters()
            if not any(weight is table for table in self.tables)
        ]
        self.dense = torch.optim.AdamW(
            [{"params": others}],
            lr=lr,
            weight_decay=weight_decay,
            eps=EPSILON,
            fused=next(model.parameters()).device.type in ("cpu", "cuda"),
        )

    def zero_grad(self) -> None:
        """Forget the gradients."""
        self.dense.zero_grad()
        for table in self.tables:
            table.grad = None

    def step(self) -> None:
        """Move the weights along their gradients."""
        lr = self.lr if self.steps is None else self.lr * (1 - self.taken / self.steps)
        self.taken += 1
        self.dense.param_groups[0]["lr"] = lr
        self.dense.step()
        for table, mean, square in zip(
            self.tables, self.means, self.squares, strict=True
        ):
            self.move_rows(table, mean, square, lr)

    @torch.no_grad()
    def move_rows(
        self, table: torch.Tensor, mean: torch.Tensor, square: torch.Tensor, lr: float
    ) -> None:
        """A step for the rows of a table (N, D) that the batch used."""
        if table.grad is None:
            return
        if not table.grad.is_sparse:
            raise ValueError(
                "lazy=… is for models that only look rows up; this one also multiplies"
                " by a whole table."
            )
        gradient = table.grad.coalesce()
        rows, slope = gradient.indices()[0], gradient.values()  # (n,), (n, D)
        m = mean.index_select(0, rows).lerp_(slope, 0.1)
        v = square.index_select(0, rows).lerp_(slope.square(), 0.001)
        mean.index_copy_(0, rows, m)
        square.index_copy_(0, rows, v)
        v.div_(1 - 0.999**self.taken).sqrt_().add_(EPSILON)
        table.index_add_(0, rows, m.div_(v), alpha=-lr / (1 - 0.9**self.taken))
