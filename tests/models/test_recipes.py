"""What recipes train with."""

import pytest

from rec_tutor import data, recipes
from rec_tutor.recipes import task, trained


@pytest.fixture
def trainings(monkeypatch):
    """What every training was given: batches, settings. Nothing is trained."""
    found = []

    def train(self, model, batches, epochs, lr, **settings):
        found.append((batches, settings))
        return model

    monkeypatch.setattr(task.Task, "train", train)
    return found


@pytest.mark.parametrize("name", ["bpr", "ncf", "biased-mf"])
def test_large_tables_are_moved_lazily(name, framework, trainings):
    recipes.fit(data.load("synthetic"), name, framework=framework, notes=False)
    assert [settings["lazy"] for _, settings in trainings] == [trained.LAZY]


@pytest.mark.parametrize("name", ["mf", "sasrec", "gru4rec", "caser"])
def test_items_are_sampled_if_asked_for(name, framework, trainings):
    """Then every batch ends with items and ln of their chances; there are as many
    batches as without.
    """
    ds, options = data.load("synthetic"), {"framework": framework, "notes": False}
    recipes.fit(ds, name, **options)
    recipes.fit(ds, name, sampled=7, **options)
    plain, with_items = trainings[0][0], trainings[-1][0]
    assert len(plain) == len(with_items)
    batch, (*rest, drawn, chances) = next(plain.epoch()), next(with_items.epoch())
    assert len(rest) == len(batch)
    assert drawn.shape == chances.shape == (7,)
    assert drawn.max() < ds.num_items and (chances < 0).all()
