"""Users and items as one graph: who is joined to whom, as a sparse matrix, and what a
layer multiplies by.

Nodes are numbered: users 0 .. U-1, then items U .. U+I-1, then whatever else there is
(the entities of a knowledge graph, say). An adjacency matrix A has A[a, b] > 0 where
node a hears from node b. NumPy and SciPy only.
"""

import numpy as np
import pandas as pd
from scipy import sparse

from rec_tutor.inputs import checks

NORMALIZATIONS = ("symmetric", "mean", "sum")


def bipartite_adjacency(
    matrix: sparse.csr_matrix, normalization: str = "symmetric"
) -> sparse.csr_matrix:
    """The graph of an interaction matrix: every interaction joins a user and an item,
    in both directions.

    Args:
        matrix: (U, I), 1 (or a weight) for every interaction. *Training* interactions
            only: an edge that is to be predicted must not be in the graph.
        normalization: see `normalize`.

    Returns:
        csr_matrix of float32, shape (U + I, U + I), [[0, R], [R^T, 0]] and normalized.
        With "symmetric" it is what LightGCN multiplies by (He et al. 2020,
        doi:10.1145/3397271.3401063).
    """
    rows = sparse.csr_matrix(matrix)
    num_users, num_items = rows.shape
    if num_users == 0 or num_items == 0:
        raise ValueError(
            f"a graph needs users and items; the matrix has the shape {rows.shape}."
        )
    blocks = [
        [sparse.csr_matrix((num_users,) * 2), rows],
        [rows.T, sparse.csr_matrix((num_items,) * 2)],
    ]
    return normalize(sparse.bmat(blocks, format="csr"), normalization)


def normalize(
    adjacency: sparse.csr_matrix, normalization: str = "symmetric"
) -> sparse.csr_matrix:
    """Scale the edges, so that the number of neighbours does not decide how long a
    vector becomes.

    Args:
        adjacency: (N, N), numbers >= 0; D is the diagonal matrix of its row sums, the
            degrees.
        normalization: what becomes of A.

            - "symmetric": D^-1/2 A D^-1/2, the weight of an edge is 1 / sqrt(d_a d_b)
              (Kipf and Welling 2017, arXiv:1609.02907). A has to be symmetric;
            - "mean": D^-1 A, every node hears the mean of its neighbours (GraphSAGE,
              Hamilton et al. 2017, arXiv:1706.02216);
            - "sum": A itself (the sum of GIN, Xu et al. 2019, arXiv:1810.00826).

    Returns:
        csr_matrix of float32, (N, N), sorted. A node without neighbours keeps a row of
        zeros.

    Raises:
        ValueError: for a matrix that is not square, not symmetric where it must be, or
            has negative or infinite entries.
    """
    checks.one_of("normalization", normalization, NORMALIZATIONS)
    edges = sparse.csr_matrix(adjacency, dtype=np.float64, copy=True)
    if edges.shape[0] != edges.shape[1]:
        raise ValueError(
            "an adjacency matrix has a row and a column per node; the shape is"
            f" {edges.shape}."
        )
    edges.sum_duplicates()
    edges.eliminate_zeros()
    if not np.isfinite(edges.data).all() or (edges.data < 0).any():
        raise ValueError("edge weights must be finite and not negative.")
    degrees = np.asarray(edges.sum(axis=1)).ravel()
    # a node without neighbours has nothing to scale
    linked = np.where(degrees > 0, degrees, 1.0)
    if normalization == "symmetric":
        if abs(edges - edges.T).max() > 1e-6 * max(edges.max(), 1.0):
            raise ValueError(
                "symmetric normalization needs a symmetric matrix: add every edge in"
                " both directions."
            )
        scale = sparse.diags_array(linked**-0.5)
        edges = scale @ edges @ scale
    elif normalization == "mean":
        edges = sparse.diags_array(1 / linked) @ edges
    edges = sparse.csr_matrix(edges, dtype=np.float32)
    edges.sort_indices()
    return edges


def add_edges(
    adjacency: sparse.csr_matrix,
    sources: np.ndarray,
    targets: np.ndarray,
    num_nodes: int | None = None,
    weight: float = 1.0,
) -> sparse.csr_matrix:
    """The graph with more edges, in both directions, and room for more nodes at the
    end.

    Args:
        adjacency: (N, N) *before* normalization (`bipartite_adjacency(matrix, "sum")`);
            normalize afterwards.
        sources, targets: (E,) node numbers; an edge that is named twice, or was there
            already, counts once: the larger weight stays.
        num_nodes: nodes of the new graph, N or more; by default as many as the edges
            need.

    Returns:
        csr_matrix of float32, (num_nodes, num_nodes).
    """
    edges = sparse.csr_matrix(adjacency)
    if edges.shape[0] != edges.shape[1]:
        raise ValueError(
            "an adjacency matrix has a row and a column per node; the shape is"
            f" {edges.shape}."
        )
    sources, targets = np.asarray(sources), np.asarray(targets)
    if sources.shape != targets.shape or sources.ndim != 1:
        raise ValueError(
            f"an edge has two ends: sources are {sources.shape}, targets"
            f" {targets.shape}."
        )
    if not (np.isfinite(weight) and weight > 0):
        raise ValueError(f"the weight of an edge must be positive; it is {weight}.")
    ends = np.concatenate([sources, targets]).astype(np.int64)
    needed = max(edges.shape[0], int(ends.max(initial=-1)) + 1)
    size = needed if num_nodes is None else num_nodes
    if size < needed or ends.min(initial=0) < 0:
        raise ValueError(
            f"the edges name nodes {ends.min(initial=0)}..{needed - 1}, outside"
            f" 0..{size - 1}."
        )
    # new nodes begin with empty rows
    starts = np.pad(edges.indptr, (0, size - edges.shape[0]), "edge")
    edges = sparse.csr_matrix((edges.data, edges.indices, starts), shape=(size, size))
    both = (ends, np.concatenate([targets, sources]).astype(np.int64))
    more = sparse.csr_matrix((np.ones(len(ends)), both), shape=(size, size))
    more.data[:] = weight  # building a csr_matrix adds up repeated pairs
    return sparse.csr_matrix(edges.maximum(more), dtype=np.float32)


def knowledge_edges(
    knowledge: pd.DataFrame, entities: pd.Series, first_item: int, min_degree: int = 1
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The knowledge graph as edges between node numbers, for `add_edges`.

    Args:
        knowledge: columns head, relation, tail, names of entities; the relation is not
            used.
        entities: per item, in the order of the item indices, its entity's name or None.
        first_item: the node number of item 0, which is num_users; entities that are no
            item come after the items.
        min_degree: entities that are no item and occur in fewer triples are left out,
            with their edges.

    Returns:
        (sources (E,), targets (E,), names of the nodes after the items).
    """
    items = {
        name: first_item + item
        for item, name in enumerate(entities)
        if isinstance(name, str)
    }
    ends = pd.concat([knowledge["head"], knowledge["tail"]])
    counts = ends[~ends.isin(items)].value_counts()
    others = sorted(counts.index[counts >= min_degree])
    number = items | {
        name: first_item + len(entities) + k for k, name in enumerate(others)
    }
    kept = knowledge[knowledge["head"].isin(number) & knowledge["tail"].isin(number)]
    sources, targets = (
        kept[end].map(number).to_numpy(np.int64) for end in ("head", "tail")
    )
    return sources, targets, others
