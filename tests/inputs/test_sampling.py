import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from rec_tutor.inputs import SampledItems, matrix, sampling

quick = settings(max_examples=50, deadline=None, derandomize=True)


def global_state():
    return np.random.get_state()[1].tolist()  # noqa: NPY002


@st.composite
def matrices(draw):
    """Random interaction matrices in which every user lacks at least one item."""
    num_users, num_items = draw(st.integers(1, 6)), draw(st.integers(2, 9))
    cells = draw(
        st.lists(
            st.booleans(),
            min_size=num_users * num_items,
            max_size=num_users * num_items,
        )
    )
    dense = np.array(cells).reshape(num_users, num_items)
    lacks = draw(
        st.lists(st.integers(0, num_items - 1), min_size=num_users, max_size=num_users)
    )
    dense[np.arange(num_users), lacks] = False
    return sparse.csr_matrix(dense.astype(np.float32))


@pytest.fixture(params=["table", "search"])
def lookup(request, monkeypatch):
    """Both ways to look an interaction up."""
    if request.param == "search":
        monkeypatch.setattr(sampling, "MAX_DENSE_CELLS", 0)


# --- interaction matrix ---


def test_interaction_matrix():
    ratings = pd.DataFrame(
        {"user": [1, 0, 1, 1], "item": [2, 1, 0, 2], "rating": [5.0, 3.0, 2.0, 4.0]}
    )
    binary = matrix.interaction_matrix(ratings, 2, 4)
    assert binary.toarray().tolist() == [[0, 1, 0, 0], [1, 0, 1, 0]]
    assert (
        binary.dtype == np.float32
        and isinstance(binary, sparse.csr_matrix)
        and binary.has_sorted_indices
    )
    rated = matrix.interaction_matrix(ratings, 2, 4, values="rating")
    # the last of two equal pairs counts
    assert rated.toarray().tolist() == [[0, 3, 0, 0], [2, 0, 4, 0]]
    assert matrix.interaction_matrix(ratings.iloc[:0], 2, 4).nnz == 0


def test_interaction_matrix_errors():
    ratings = pd.DataFrame({"user": [0, 1], "item": [1, 4]})
    with pytest.raises(ValueError, match=r"item runs from 1 to 4, outside 0\.\.3"):
        matrix.interaction_matrix(ratings, 2, 4)
    with pytest.raises(ValueError, match=r"user runs from 0 to 1, outside 0\.\.0"):
        matrix.interaction_matrix(ratings, 1, 5)
    with pytest.raises(ValueError, match="no column rating"):
        matrix.interaction_matrix(ratings, 2, 5, values="rating")
    with pytest.raises(ValueError, match="values must be"):
        matrix.interaction_matrix(ratings, 2, 5, values="ratings")


# --- negatives ---


@pytest.mark.parametrize("limit", [0, 2**27])
def test_negatives_are_never_had(limit):
    @quick
    @given(matrices(), st.sampled_from([0.0, 0.75]), st.integers(0, 3))
    def check(matrix, power, seed):
        sampler = sampling.NegativeSampler(matrix, power=power, seed=seed)
        had = matrix.toarray() > 0
        # with power > 0 an item nobody has is not drawn
        can = ~had & (had.any(axis=0) | (power == 0))
        users = np.repeat(np.flatnonzero(can.any(axis=1)), 20)
        items = sampler.sample(users)
        assert items.shape == users.shape and items.dtype == np.int64
        assert can[users, items].all()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "MAX_DENSE_CELLS", limit)
        check()


@pytest.mark.parametrize("power", [0.0, 0.75])
def test_negatives_have_the_promised_distribution(lookup, power):
    rng = np.random.default_rng(3)
    matrix = sparse.csr_matrix(
        (rng.random((40, 12)) < np.linspace(0.1, 0.7, 12)).astype(np.float32)
    )
    weights = np.asarray(matrix.sum(axis=0), dtype=np.float64).ravel() ** power
    weights[matrix[0].indices] = 0
    drawn = sampling.NegativeSampler(matrix, power=power, seed=1).sample(
        np.zeros(60_000, dtype=int)
    )
    counts = np.bincount(drawn, minlength=12)
    possible = weights > 0
    assert counts[~possible].sum() == 0
    expected = weights[possible] / weights.sum() * len(drawn)
    assert stats.chisquare(counts[possible], expected).pvalue > 0.01


def test_a_user_who_lacks_a_single_item(lookup):
    dense = np.ones((2, 5000), dtype=np.float32)
    dense[0, 4321] = 0
    dense[1, ::2] = 0
    sampler = sampling.NegativeSampler(sparse.csr_matrix(dense))
    users = np.tile([0, 1], 50)
    items = sampler.sample(users)
    assert (items[users == 0] == 4321).all()
    assert (items[users == 1] % 2 == 0).all() and len(set(items[users == 1])) > 40


def test_a_user_who_has_everything(lookup):
    matrix = sparse.csr_matrix(np.array([[1, 1, 1], [1, 0, 0]], dtype=np.float32))
    sampler = sampling.NegativeSampler(matrix)
    assert set(sampler.sample(np.ones(50, dtype=int))) == {1, 2}
    with pytest.raises(ValueError, match="User 0 has every item that can be drawn"):
        sampler.sample(np.array([1, 0, 1]))
    # With popularity weights an item that nobody has can't be drawn: user 0 has all the
    # others.
    matrix = sparse.csr_matrix(np.array([[1, 1, 0], [1, 0, 0]], dtype=np.float32))
    sampler = sampling.NegativeSampler(matrix, power=1.0)
    assert set(sampler.sample(np.ones(50, dtype=int))) == {1}
    with pytest.raises(ValueError, match="User 0 has every item"):
        sampler.sample(np.array([0]))


def test_an_empty_matrix(lookup):
    empty = sparse.csr_matrix((2, 4), dtype=np.float32)
    assert set(sampling.NegativeSampler(empty).sample(np.zeros(100, dtype=int))) == {
        0,
        1,
        2,
        3,
    }
    with pytest.raises(ValueError, match="every item that can be drawn"):
        sampling.NegativeSampler(empty, power=1.0).sample(np.array([0]))


def test_sampler_errors_and_seeds():
    matrix = sparse.csr_matrix(np.eye(4, 30, dtype=np.float32))
    for users in (np.array([4]), np.array([-1]), np.array([[0]]), np.array([0.5])):
        with pytest.raises(ValueError, match=r"indices in 0\.\.3"):
            sampling.NegativeSampler(matrix).sample(users)
    for power in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="power"):
            sampling.NegativeSampler(matrix, power=power)
    users = np.arange(4).repeat(10)
    one, same, other = (
        sampling.NegativeSampler(matrix, seed=seed).sample(users) for seed in (1, 1, 2)
    )
    assert (one == same).all() and (one != other).any()
    assert sampling.NegativeSampler(matrix).sample(np.array([], dtype=int)).shape == (
        0,
    )


# --- batches ---


@quick
@given(st.integers(1, 50), st.integers(1, 20), st.integers(0, 3))
def test_an_epoch_holds_every_row_once_and_keeps_rows_together(
    num_rows, batch_size, seed
):
    users, values = np.arange(num_rows), np.arange(num_rows) * 0.5
    batches = sampling.Batches(users, values, batch_size=batch_size, seed=seed)
    for _ in range(2):
        epoch = list(batches.epoch())
        assert len(epoch) == len(batches)
        assert all(len(user) == batch_size for user, _ in epoch[:-1])
        user, value = (np.concatenate(column) for column in zip(*epoch, strict=True))
        assert sorted(user) == users.tolist()
        assert (value == user * 0.5).all()


def test_batches_are_shuffled_anew_and_repeat_with_the_seed():
    rows = np.arange(100)
    one, same = sampling.Batches(rows, seed=1), sampling.Batches(rows, seed=1)
    first, second = next(one.epoch())[0], next(one.epoch())[0]
    assert (first != second).any()
    assert (first == next(same.epoch())[0]).all() and (
        second == next(same.epoch())[0]
    ).all()
    assert (first != next(sampling.Batches(rows, seed=2).epoch())[0]).any()


def test_batches_with_negatives():
    rng = np.random.default_rng(0)
    matrix = sparse.csr_matrix((rng.random((20, 30)) < 0.3).astype(np.float32))
    users, items = (index.astype(np.int64) for index in matrix.nonzero())
    batches = sampling.Batches(
        users, items, batch_size=32, negatives=sampling.NegativeSampler(matrix)
    )
    epochs = []
    for _ in range(2):
        user, positive, negative = (
            np.concatenate(c) for c in zip(*batches.epoch(), strict=True)
        )
        assert negative.dtype == np.int64
        dense = matrix.toarray()
        assert (dense[user, positive] == 1).all() and (dense[user, negative] == 0).all()
        epochs.append(
            dict(zip(zip(user, positive, strict=True), negative, strict=True))
        )
    assert epochs[0].keys() == epochs[1].keys() and epochs[0] != epochs[1]


@quick
@given(matrices(), st.integers(2, 5), st.integers(1, 7), st.integers(0, 3))
def test_batches_with_several_negatives(matrix, num_negatives, batch_size, seed):
    users, items = (index.astype(np.int64) for index in matrix.nonzero())
    if not len(users):
        return
    had = matrix.toarray() > 0

    def batches(seed):
        sampler = sampling.NegativeSampler(matrix, seed=seed)
        more = {"negatives": sampler, "num_negatives": num_negatives}
        return sampling.Batches(users, items, batch_size=batch_size, seed=seed, **more)

    epoch, again = list(batches(seed).epoch()), list(batches(seed).epoch())
    for (user, item, negative), (_, _, same) in zip(epoch, again, strict=True):
        assert (
            negative.shape == (len(user), num_negatives) and negative.dtype == np.int64
        )
        assert had[user, item].all() and not had[user[:, None], negative].any()
        assert (negative == same).all()
    assert sum(len(user) for user, *_ in epoch) == len(users)


def test_several_negatives_are_drawn_one_by_one():
    matrix = sparse.csr_matrix(np.eye(50, 40, dtype=np.float32))
    users, items = (index.astype(np.int64) for index in matrix.nonzero())
    for num_negatives, shape in ((1, (40,)), (4, (40, 4))):
        drawn = []
        for seed in (0, 1):
            sampler = sampling.NegativeSampler(matrix, seed=seed)
            batches = sampling.Batches(
                users, items, negatives=sampler, num_negatives=num_negatives
            )
            drawn += [next(batches.epoch())[2] for _ in range(2)]
        assert all(negative.shape == shape for negative in drawn)
        assert all((drawn[0] != other).any() for other in drawn[1:]), (
            "each epoch and each seed draws anew"
        )
    assert (drawn[0][:, 0] != drawn[0][:, 1]).any()


def test_batches_errors():
    for arrays in ((), (np.arange(3), np.arange(4)), (np.arange(0),)):
        with pytest.raises(ValueError, match="arrays of one length"):
            sampling.Batches(*arrays)
    with pytest.raises(ValueError, match="batch_size"):
        sampling.Batches(np.arange(3), batch_size=0)
    with pytest.raises(ValueError, match="num_negatives must be at least 1; it is 0"):
        sampling.Batches(np.arange(3), num_negatives=0)


def test_user_batches():
    dense = np.array([[0, 3, 0], [0, 0, 0], [5, 0, 1], [0, 0, 2]], dtype=np.float32)
    batches = sampling.UserBatches(sparse.csr_matrix(dense), batch_size=2, seed=0)
    assert len(batches) == 2
    for _ in range(2):
        users, targets = (
            np.concatenate(column) for column in zip(*batches.epoch(), strict=True)
        )
        assert sorted(users) == [0, 2, 3]  # user 1 has nothing to learn from
        assert users.dtype == np.int64 and targets.dtype == np.float32
        assert (targets == dense[users]).all()
    with pytest.raises(ValueError, match="no interaction"):
        sampling.UserBatches(sparse.csr_matrix((3, 4)))


def test_nothing_is_seeded_globally():
    before = global_state()
    matrix = sparse.csr_matrix(np.eye(4, dtype=np.float32))
    list(
        sampling.Batches(
            np.arange(4), negatives=sampling.NegativeSampler(matrix, power=1.0)
        ).epoch()
    )
    list(sampling.UserBatches(matrix).epoch())
    assert global_state() == before


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_items_of_the_catalogue_have_the_promised_chances(power):
    """Drawn as often as said, and ln of the chance beside them."""
    counts = np.array([0, 3, 8, 99])
    batches = sampling.Batches(np.arange(20), np.arange(20, 40), batch_size=8, seed=0)
    source = SampledItems(batches, counts, 5_000, power=power, seed=1)
    found = list(source.epoch())
    assert len(source) == len(found) == 3
    assert sorted(np.concatenate([batch[0] for batch in found])) == list(range(20))
    assert all((a + 20 == b).all() for a, b, *_ in found)
    drawn, chances = (np.concatenate([batch[k] for batch in found]) for k in (2, 3))
    assert drawn.dtype == np.int64 and chances.dtype == np.float32
    q = (counts + 1.0) ** power
    q /= q.sum()
    share = np.bincount(drawn, minlength=4) / len(drawn)
    np.testing.assert_allclose(share, q, atol=5 * (0.25 / len(drawn)) ** 0.5)
    np.testing.assert_allclose(np.exp(chances), q[drawn], rtol=1e-5)
    again = SampledItems(
        sampling.Batches(np.arange(20), np.arange(20, 40), batch_size=8, seed=0),
        counts,
        5_000,
        power=power,
        seed=1,
    )
    for one, other in zip(found, again.epoch(), strict=True):
        assert all(map(np.array_equal, one, other))


def test_items_of_the_catalogue_errors():
    batches = sampling.Batches(np.arange(3))
    for counts, number in (([], 4), ([1, 2], 0)):
        with pytest.raises(ValueError, match="number must be at least 1"):
            SampledItems(batches, np.array(counts), number)
