"""Figures that more than one chapter needs: one palette, legible on light and dark
pages, labelled axes.

Each function draws on the axes it is given (or new ones) and returns them.
"""

import sys
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

# Okabe and Ito's palette, which colour-blind readers can tell apart, with a darker
# orange and red, so that a line of them can be seen on white. (On dark pages of the
# website they are Okabe and Ito's own.)
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, GREY = (
    "#0072B2",
    "#D97B00",
    "#009E73",
    "#B8300A",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
    "#767676",
)
PALETTE = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW)


def use_style() -> None:
    """Set the course's look: white card, light grid, no upper and right frame, 80 dots
    per inch, in a notebook twice as many; text in an SVG stays text.
    """
    plt.rcParams.update(
        {
            "figure.dpi": 80,
            "savefig.dpi": 80,
            "figure.figsize": (7.2, 4.0),
            "figure.facecolor": "white",
            "axes.facecolor": "white",
            "figure.constrained_layout.use": True,
            "axes.prop_cycle": plt.cycler(color=PALETTE),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": "#dddddd",
            "font.size": 11,
            "legend.frameon": False,
            "svg.fonttype": "none",
        }
    )
    _sharpen()


def _sharpen() -> None:
    """Pictures in a notebook get twice the pixels that are shown, unless somebody chose
    another format.
    """
    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    try:
        from matplotlib_inline.config import InlineBackend
    except ImportError:  # an old IPython
        return
    inline = InlineBackend.instance(parent=shell)
    if set(inline.figure_formats) == {"png"}:
        inline.figure_formats = {"retina"}


def _axes(ax: Axes | None) -> Axes:
    return plt.subplots()[1] if ax is None else ax


def learning_curve(
    history: pd.DataFrame,
    ax: Axes | None = None,
    valid_label: str = "validation NDCG@10",
) -> Axes:
    """Training loss and, on a second axis, the validation score of a `fit` history."""
    ax = _axes(ax)
    ax.plot(history["epoch"], history["loss"], color=BLUE, label="training loss")
    ax.set_xlabel("epoch")
    ax.set_ylabel("training loss", color=BLUE)
    if "valid" in history:
        right = ax.twinx()
        right.plot(
            history["epoch"],
            history["valid"],
            color=RED,
            linestyle="--",
            label=valid_label,
        )
        right.set_ylabel(valid_label, color=RED)
        right.spines["right"].set_visible(True)
        right.grid(False)
        best = history.loc[history["valid"].idxmax()]
        right.plot(best["epoch"], best["valid"], "o", color=RED)
    return ax


def intervals(
    table: pd.DataFrame,
    ax: Axes | None = None,
    *,
    value: str,
    low: str = "low",
    high: str = "high",
    xlabel: str | None = None,
) -> Axes:
    """One dot with a 95 % interval per row of `table`, the first row on top."""
    ax = _axes(ax)
    rows = np.arange(len(table))[::-1]
    centre = table[value].to_numpy(dtype=float)
    errors = np.abs(
        np.stack(
            [
                centre - table[low].to_numpy(dtype=float),
                table[high].to_numpy(dtype=float) - centre,
            ]
        )
    )
    ax.errorbar(centre, rows, xerr=errors, fmt="o", color=BLUE, ecolor=GREY, capsize=3)
    ax.set_yticks(rows, [str(name) for name in table.index])
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlabel(xlabel or f"{value} (95 % interval)")
    return ax


def embedding_map(
    vectors: np.ndarray,
    groups: Sequence[str],
    ax: Axes | None = None,
    labels: dict[int, str] | None = None,
) -> Axes:
    """Project (n, d) vectors to the plane of their two largest principal components,
    coloured by group, some points labelled.

    Args:
        groups: one group name per vector; at most seven groups are drawn, the largest
            ones.
        labels: text for some of the rows.
    """
    ax = _axes(ax)
    centred = vectors - vectors.mean(axis=0)
    left, size, _ = np.linalg.svd(centred, full_matrices=False)
    xy = left[:, :2] * size[:2]
    share = size[:2] ** 2 / (size**2).sum()
    names = pd.Series(list(groups))
    for colour, name in zip(
        PALETTE, names.value_counts().index[: len(PALETTE)], strict=False
    ):
        member = (names == name).to_numpy()
        ax.scatter(
            xy[member, 0], xy[member, 1], s=16, color=colour, alpha=0.8, label=name
        )
    for row, text in (labels or {}).items():
        ax.annotate(
            text, xy[row], fontsize=8, xytext=(3, 3), textcoords="offset points"
        )
    ax.set_xlabel(f"first principal component ({share[0]:.0%} of the variance)")
    ax.set_ylabel(f"second principal component ({share[1]:.0%})")
    ax.legend(fontsize=9)
    return ax
