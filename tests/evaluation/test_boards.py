"""Walking forward, learning curves, and people whom a model was not trained on."""

import numpy as np
import pandas as pd
import pytest

from rec_tutor import baselines, data, evaluation
from rec_tutor.evaluation import boards, splits
from rec_tutor.inputs.matrix import interaction_matrix


@pytest.fixture(scope="module")
def ds():
    return data.load("synthetic")


def ease(ds, seed):
    return baselines.EASE(ds.num_users, ds.num_items, l2=50.0).fit(ds.ratings)


def rules(ds, seed):
    return baselines.DecayedRules(ds.num_users, ds.num_items).fit(ds.ratings)


class Factors:
    """What LightGCN has."""

    temperature = 0.2

    def __init__(self, items):
        self.items = items

    def embeddings(self):
        return {"items": self.items}


@pytest.mark.parametrize(("fit", "new"), [(ease, "rows"), (rules, "history")])
def test_walking_forward_is_block_by_block_and_sees_no_future(ds, fit, new):
    trained = []

    def watched(ds, seed):
        trained.append(ds.ratings)
        return fit(ds, seed)

    found = boards.walk(watched, ds, new, blocks=4)
    blocks = list(splits.walk_forward(ds.ratings, 4))
    assert len(trained) == len(blocks) == 3
    for own, block in zip(trained, blocks, strict=True):
        pd.testing.assert_frame_equal(own, block.train)
        asked = np.unique(block.test["user"])
        assert not np.isin(own["user"], asked).any()
    assert found.index.is_unique
    # the last block by hand
    block = blocks[-1]
    size = ds.num_users, ds.num_items
    known = interaction_matrix(block.fold_in, *size)
    model = fit(boards.replace(ds, ratings=block.train), 0)
    if new == "rows":
        model = evaluation.FoldIn(model, known)
    byhand = evaluation.evaluate(
        model,
        block.test,
        seen=known,
        histories=[
            block.fold_in.loc[block.fold_in["user"] == user]
            .sort_values("timestamp", kind="stable")["item"]
            .to_numpy()
            for user in range(ds.num_users)
        ],
    )
    pd.testing.assert_frame_equal(found.loc[byhand.index], byhand)


def test_a_share_holds_the_smaller_ones_and_never_a_tester(ds):
    small, testers = boards.grown(ds, 0.25, testers=20)
    large, same = boards.grown(ds, 0.5, testers=20)
    pd.testing.assert_frame_equal(testers.ratings, same.ratings)
    assert testers.num_users == 20 and small.num_users < large.num_users
    known = large.users["user_id"].iloc[: small.num_users]
    assert small.users["user_id"].tolist() == known.tolist()
    whole, _ = boards.grown(ds, 1.0, testers=20)
    assert whole.num_users + 20 == ds.num_users
    assert not set(whole.users["user_id"]) & set(testers.users["user_id"])
    assert len(whole.ratings) + len(testers.ratings) == len(ds.ratings)
    for part in (small, testers):
        assert part.num_items == ds.num_items
        assert part.ratings["user"].max() < part.num_users


@pytest.mark.parametrize(
    ("share", "testers"), [(0.0, 5), (1.5, 5), (0.5, 0), (0.001, 5), (float("nan"), 5)]
)
def test_a_share_that_cannot_be(ds, share, testers):
    with pytest.raises(ValueError, match="share is above 0 and at most 1"):
        boards.grown(ds, share, testers=testers)


def test_some_users_keep_their_ratings(ds):
    users = np.array([7, 2])
    some = boards.some_users(ds, users)
    for new, old in enumerate(users):
        own = some.ratings[some.ratings["user"] == new]["item"].tolist()
        assert own == ds.ratings[ds.ratings["user"] == old]["item"].tolist()
    assert some.users["user_id"].tolist() == ds.users["user_id"].iloc[users].tolist()


def test_a_vector_is_solved_for_from_what_somebody_has():
    items = np.array([[3.0, 0.1], [2.0, 0.0], [0.0, 1.0], [0.1, 5.0]])
    taken = pd.DataFrame({"user": [0, 2], "item": [0, 3], "rating": 1.0})
    known = interaction_matrix(taken, 3, 4)
    scores = boards.Vectors(Factors(items), known).score(np.array([2, 1, 0]))
    assert scores.shape == (3, 4)
    assert scores[0].argsort()[::-1].tolist()[:2] == [3, 2]
    assert (scores[1] == 0).all()  # who has nothing
    assert scores[2].argsort()[::-1].tolist()[:2] == [0, 1]


def test_an_unknown_way_to_serve(ds):
    with pytest.raises(ValueError, match='new is "rows", "history" or "vector"'):
        boards.serve(None, "guess", ds, ds.ratings)
