"""What to ask somebody new: which items, in which order, and what an answer tells.

A question shows an item and takes one of three answers: liked, disliked, "haven't seen
it". The last one costs a question too. A model that folds in what was taken learns
nothing from it; a tree does, since people who have not seen an item differ from those
who have.

- Orders, the same for everybody: `popularity`, `entropy` and what is between them
  (Rashid et al. 2002, doi:10.1145/502716.502737), `answer_entropy` (after Entropy0 of
  Rashid, Karypis & Riedl 2008, doi:10.1145/1540276.1540302); `Fixed` asks by them.
- `Tree`: the next question depends on the answers so far (Golbandi, Koren & Lempel
  2011, doi:10.1145/1935826.1935910).

`ask` plays an interview with people of whom it is known what they would say.
"""

from rec_tutor.interview.asking import (
    Asker,
    Fixed,
    Random,
    answers,
    ask,
    taken,
)
from rec_tutor.interview.orders import (
    ORDERS,
    answer_entropy,
    entropy,
    log_popularity_times_entropy,
    popularity,
    popularity_times_entropy,
)
from rec_tutor.interview.tree import Node, Tree

__all__ = [
    "ORDERS",
    "Asker",
    "Fixed",
    "Node",
    "Random",
    "Tree",
    "answer_entropy",
    "answers",
    "ask",
    "entropy",
    "log_popularity_times_entropy",
    "popularity",
    "popularity_times_entropy",
    "taken",
]
