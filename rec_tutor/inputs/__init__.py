"""What a model trains on: matrices, batches, histories, graphs, words."""

from rec_tutor.inputs import graph, sequences, text
from rec_tutor.inputs.forgetting import Forgetting
from rec_tutor.inputs.matrix import interaction_matrix, recency_weights
from rec_tutor.inputs.proposals import SampledItems
from rec_tutor.inputs.sampling import Batches, NegativeSampler, UserBatches

__all__ = [
    "Batches",
    "Forgetting",
    "NegativeSampler",
    "SampledItems",
    "UserBatches",
    "graph",
    "interaction_matrix",
    "recency_weights",
    "sequences",
    "text",
]
