r"""Off-policy evaluation: what would a policy have earned on people who were shown
something else?

A *log* holds what a known, randomising policy $\mu$ showed to n users, one item per
decision, and how likely it was to show just that: the *propensity*. From it the
estimators here judge a *target* policy $\pi$, which nobody was shown:

- `naive`: the mean of the log, the value of the policy that made it, not of the target;
- `ips`: every reward weighted by how much more often the target would have come there;
- `snips`: the same, the weights of each step made to sum to the number of users, a bias
  of order 1 / n for less noise;
- `doubly_robust`: a fitted model of the rewards to come, corrected on the log by the
  weights.

What is estimated is $V = E_\pi[\sum_{t<H} \gamma^t r_t]$, the mean reward of a user,
with nothing after he or she left. The four assumptions: propensities are those that
were really used; whatever the target may show, the log may have shown (common support);
rows are independent, so one row per user; and nobody's reward depends on what others
were shown.

For a policy that learns while it acts there is `replay`, on a log that was made evenly.

Keep to few candidates (about ten) and few decisions (about three). The weights are
products over decisions: each further one, and each further item in a slate, multiplies
their spread. `effective_sample_size` says how many users are left.
"""

from rec_tutor.decisions.offpolicy.estimators import (
    Estimate,
    doubly_robust,
    effective_sample_size,
    importance_weights,
    ips,
    naive,
    snips,
)
from rec_tutor.decisions.offpolicy.log import Log
from rec_tutor.decisions.offpolicy.outcomes import outcome_model
from rec_tutor.decisions.offpolicy.rejection import Replay, replay

__all__ = [
    "Estimate",
    "Log",
    "Replay",
    "doubly_robust",
    "effective_sample_size",
    "importance_weights",
    "ips",
    "naive",
    "outcome_model",
    "replay",
    "snips",
]
