"""Solutions of the exercises about tensors: the functions of `rec_tutor.check`, with
the names, arguments and meaning that they have there in NumPy.
"""

import torch
from torch.nn import functional as F


def choice_loss(P, Q, taken, temperature):
    """The loss of (7.4) with the scores of (7.5), its mean over the people.

    P: (people, d); Q: (films, d); taken: (people,), the film that each person took.
    Returns one number.
    """
    cosines = F.normalize(P, dim=1) @ F.normalize(Q, dim=1).T  # (people, films)
    log_pi = torch.log_softmax(cosines / temperature, dim=1)
    return -log_pi[torch.arange(len(taken)), taken].mean()
