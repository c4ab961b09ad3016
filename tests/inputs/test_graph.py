import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from rec_tutor.inputs import graph

quick = settings(max_examples=60, deadline=None, derandomize=True)
# nobody took item 2
PATH = sparse.csr_matrix(np.array([[1, 1, 0], [0, 1, 0]], dtype=np.float32))


@st.composite
def interactions(draw):
    """(U, I), counts or weights, some users and items without any."""
    num_users, num_items = draw(st.integers(1, 6)), draw(st.integers(1, 7))
    cells = st.sampled_from([0.0, 0.0, 0.0, 1.0, 1.0, 0.5, 4.0])
    drawn = draw(
        st.lists(cells, min_size=num_users * num_items, max_size=num_users * num_items)
    )
    return np.array(drawn).reshape(num_users, num_items)


def full(matrix):
    """[[0, R], [R^T, 0]], written out."""
    num_users, num_items = matrix.shape
    adjacency = np.zeros((num_users + num_items,) * 2)
    adjacency[:num_users, num_users:] = matrix
    adjacency[num_users:, :num_users] = matrix.T
    return adjacency


def inverse(degrees, power):
    return np.array([degree**-power if degree else 0.0 for degree in degrees])


# --- normalization ---


@quick
@given(interactions())
def test_symmetric_is_what_the_formula_says(matrix):
    adjacency = full(matrix)
    scale = np.diag(inverse(adjacency.sum(axis=1), 0.5))
    ours = graph.bipartite_adjacency(sparse.csr_matrix(matrix))
    np.testing.assert_allclose(
        ours.toarray(), scale @ adjacency @ scale, rtol=1e-6, atol=1e-7
    )
    np.testing.assert_allclose(ours.toarray(), ours.toarray().T, rtol=1e-6)
    assert (
        ours.dtype == np.float32
        and isinstance(ours, sparse.csr_matrix)
        and ours.has_sorted_indices
    )
    assert ours.nnz == 2 * np.count_nonzero(matrix), "only edges are stored"
    # its largest eigenvalue is 1 (or there is no edge): layers never blow a vector up
    assert np.linalg.eigvalsh(ours.toarray()).max() == pytest.approx(
        float(matrix.any()), abs=1e-5
    )


@quick
@given(interactions())
def test_mean_is_a_mean_and_sum_is_the_graph(matrix):
    adjacency, rows = full(matrix), sparse.csr_matrix(matrix)
    mean = graph.bipartite_adjacency(rows, "mean").toarray()
    linked = adjacency.any(axis=1)
    np.testing.assert_allclose(mean.sum(axis=1), linked.astype(float), rtol=1e-6)
    np.testing.assert_allclose(
        mean * adjacency.sum(axis=1, keepdims=True), adjacency, rtol=1e-6
    )
    np.testing.assert_array_equal(
        graph.bipartite_adjacency(rows, "sum").toarray(), adjacency
    )


@pytest.mark.filterwarnings("error", "ignore::pytest.PytestUnraisableExceptionWarning")
@quick
@given(interactions(), st.sampled_from(graph.NORMALIZATIONS))
def test_who_has_nothing_hears_nothing(matrix, normalization):
    matrix[0], matrix[:, -1] = 0, 0
    ours = graph.bipartite_adjacency(sparse.csr_matrix(matrix), normalization).toarray()
    assert np.isfinite(ours).all()
    alone = [0, len(ours) - 1]
    assert not ours[alone].any() and not ours[:, alone].any()


@quick
@given(interactions(), st.integers(1, 3))
def test_any_graph_is_normalized_alike(matrix, more):
    """Also one with edges among items, with nodes after the items, and with edges named
    in pieces.
    """
    size = sum(matrix.shape)
    adjacency = np.zeros((size + more,) * 2)
    adjacency[:size, :size] = full(matrix)
    adjacency[size - 1, size] = adjacency[size, size - 1] = 2.0
    row, column = (np.tile(index, 2) for index in adjacency.nonzero())
    halves = np.tile(adjacency[adjacency > 0] / 2, 2)
    pieces = sparse.coo_matrix((halves, (row, column)), shape=adjacency.shape)
    scale = np.diag(inverse(adjacency.sum(axis=1), 0.5))
    ours = graph.normalize(pieces)
    np.testing.assert_allclose(
        ours.toarray(), scale @ adjacency @ scale, rtol=1e-6, atol=1e-7
    )
    mean = graph.normalize(pieces, "mean").toarray()
    np.testing.assert_allclose(
        mean, inverse(adjacency.sum(axis=1), 1)[:, None] * adjacency, rtol=1e-6
    )


def test_a_graph_by_hand():
    """User 0 took items 0 and 1, user 1 item 1: nodes 0, 1 | 2, 3, 4 have degrees 2, 1
    | 1, 2, 0.
    """
    half, root = 1 / 2, 1 / np.sqrt(2)
    symmetric = graph.bipartite_adjacency(PATH).toarray()
    np.testing.assert_allclose(
        symmetric[:2, 2:], [[root, half, 0], [0, root, 0]], rtol=1e-6
    )
    mean = graph.bipartite_adjacency(PATH, "mean").toarray()
    np.testing.assert_allclose(mean[:2, 2:], [[half, half, 0], [0, 1, 0]])
    np.testing.assert_allclose(mean[2:, :2], [[1, 0], [half, half], [0, 0]])


def test_a_stored_zero_is_no_edge_and_the_argument_is_left_alone():
    cells = (np.array([0.0, 1.0, 1.0, 0.0]), ([0, 0, 2, 1], [1, 2, 0, 0]))
    adjacency = sparse.csr_matrix(cells, shape=(3, 3))  # float64, as it is computed in
    for normalization in graph.NORMALIZATIONS:
        result = graph.normalize(adjacency, normalization)
        assert result.nnz == 2
        result.data[:] = 7
        assert adjacency.nnz == 4 and adjacency.data.tolist() == [0, 1, 0, 1]


def test_errors():
    with pytest.raises(
        ValueError,
        match="normalization must be one of symmetric, mean, sum; it is 'max'",
    ):
        graph.bipartite_adjacency(PATH, "max")
    for shape in ((0, 3), (3, 0)):
        with pytest.raises(
            ValueError,
            match=r"needs users and items; the matrix has the shape \(\d, \d\)",
        ):
            graph.bipartite_adjacency(sparse.csr_matrix(shape))
    with pytest.raises(
        ValueError, match=r"a row and a column per node; the shape is \(2, 3\)"
    ):
        graph.normalize(PATH)
    for wrong in (-1.0, np.nan, np.inf):
        broken = PATH.copy()
        broken.data[1] = wrong
        with pytest.raises(ValueError, match="finite and not negative"):
            graph.bipartite_adjacency(broken, "sum")
    one_way = sparse.csr_matrix(np.array([[0.0, 1.0], [0.0, 0.0]]))
    with pytest.raises(ValueError, match="add every edge in both directions"):
        graph.normalize(one_way)
    np.testing.assert_array_equal(
        graph.normalize(one_way, "mean").toarray(), one_way.toarray()
    )


# --- more edges, more nodes ---


@quick
@given(
    interactions(),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=6),
    st.integers(0, 2),
)
def test_added_edges_go_both_ways_and_count_once(matrix, pairs, spare):
    adjacency = graph.bipartite_adjacency(sparse.csr_matrix(matrix), "sum")
    sources, targets = np.array(pairs, dtype=int).reshape(-1, 2).T
    needed = max([len(full(matrix)), *(node + 1 for pair in pairs for node in pair)])
    expected = np.zeros((needed + spare,) * 2)
    expected[: adjacency.shape[0], : adjacency.shape[0]] = full(matrix)
    for a, b in pairs:
        expected[a, b] = max(expected[a, b], 2.0)
        expected[b, a] = max(expected[b, a], 2.0)
    ours = graph.add_edges(
        adjacency, sources, targets, num_nodes=needed + spare, weight=2.0
    )
    np.testing.assert_array_equal(ours.toarray(), expected)
    assert ours.dtype == np.float32
    assert graph.add_edges(adjacency, sources, targets).shape == (needed, needed)
    np.testing.assert_array_equal(adjacency.toarray(), full(matrix))


def test_add_edges_errors():
    adjacency = graph.bipartite_adjacency(PATH, "sum")
    one = np.array([1])
    with pytest.raises(
        ValueError, match=r"an edge has two ends: sources are \(1,\), targets \(2,\)"
    ):
        graph.add_edges(adjacency, one, np.array([1, 2]))
    with pytest.raises(
        ValueError, match=r"a row and a column per node; the shape is \(2, 3\)"
    ):
        graph.add_edges(PATH, one, one)
    for weight in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="weight of an edge must be positive"):
            graph.add_edges(adjacency, one, one, weight=weight)
    with pytest.raises(ValueError, match=r"nodes 0\.\.5, outside 0\.\.4"):
        graph.add_edges(adjacency, one, np.array([5]), num_nodes=5)
    with pytest.raises(ValueError, match=r"nodes -1\.\.4, outside 0\.\.4"):
        graph.add_edges(adjacency, one, np.array([-1]))


def test_knowledge_edges():
    # items 0 and 2 have an entity, item 1 has none
    entities = pd.Series(["m.a", None, "m.b"])
    triples = [
        ("m.a", "by", "x"),
        ("m.b", "by", "x"),
        ("y", "in", "m.a"),
        ("x", "knows", "z"),
        ("m.a", "after", "m.b"),
    ]
    knowledge = pd.DataFrame(triples, columns=["head", "relation", "tail"])
    sources, targets, names = graph.knowledge_edges(knowledge, entities, first_item=10)
    assert names == ["x", "y", "z"]  # nodes 13, 14, 15
    assert list(zip(sources.tolist(), targets.tolist(), strict=True)) == [
        (10, 13),
        (12, 13),
        (14, 10),
        (13, 15),
        (10, 12),
    ]
    sources, targets, names = graph.knowledge_edges(
        knowledge, entities, first_item=10, min_degree=2
    )
    assert names == ["x"] and list(
        zip(sources.tolist(), targets.tolist(), strict=True)
    ) == [
        (10, 13),
        (12, 13),
        (10, 12),
    ]
    adjacency = graph.bipartite_adjacency(
        sparse.csr_matrix(np.ones((10, 3), dtype=np.float32)), "sum"
    )
    joined = graph.normalize(
        graph.add_edges(adjacency, sources, targets, num_nodes=13 + len(names))
    )
    assert joined.shape == (14, 14) and joined[13].nonzero()[1].tolist() == [10, 12]
    assert joined[10, 12] == pytest.approx(1 / 12), (
        "either item has ten users, the other item, and x"
    )
