r"""What a recommender is judged by: one small function per metric.

Ranking metrics take `hits`, a bool array of shape (n_users, k) that says whether the
item at each rank is relevant, and `num_relevant`, shape (n_users,), the number of items
that could have been found; the function `hits` makes both. They return a float64 array
of shape (n_users,), with NaN for a user who has nothing to
find: such a user says nothing about the model, and a 0 would pull every mean down.
    Average with `np.nanmean`.

Conventions, where libraries differ: gains are binary, the logarithm of NDCG has base 2,
the ideal list is cut at k too, average precision is divided by min(num_relevant, k).
Ties in the scores are not seen here: the list is taken as ranked (`evaluation.top_k`
breaks ties by the lower item index); only `auc` works on scores, and counts a tie half.
A list may be shorter than k: fill it up with -1, which is never a hit.

In the formulas $r_{uj}$ is 1 if the item at rank $j$ of user $u$ is relevant, else 0,
and $|\mathcal R_u|$ is `num_relevant`.
"""

from rec_tutor.evaluation.metrics.beyond import (
    coverage,
    gini,
    intra_list_diversity,
    novelty,
)
from rec_tutor.evaluation.metrics.predictions import (
    calibration_curve,
    calibration_error,
    log_loss,
    mae,
    rmse,
)
from rec_tutor.evaluation.metrics.ranked import (
    auc,
    average_precision,
    hit_rate,
    hits,
    mrr,
    ndcg,
    precision,
    recall,
)

__all__ = [
    "auc",
    "average_precision",
    "calibration_curve",
    "calibration_error",
    "coverage",
    "gini",
    "hit_rate",
    "hits",
    "intra_list_diversity",
    "log_loss",
    "mae",
    "mrr",
    "ndcg",
    "novelty",
    "precision",
    "recall",
    "rmse",
]
