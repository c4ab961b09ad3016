"""Neural models beside baselines in `rec_tutor.advice`."""

import pytest

from rec_tutor import advice, data


@pytest.mark.training
def test_neural_models_are_judged_like_the_others(framework):
    ds = data.load("synthetic")
    names = ["mf", "item-knn", "popularity"]
    report = advice.evaluate(ds, names, framework=framework, trials=2)
    table = report.table
    assert (table["status"] == "ok").all()
    assert table.loc["mf", "seeds"] == 3
    assert table.loc["mf", "low"] > table.loc["popularity", "high"]
    assert report.use in ("mf", "item-knn")
    again = advice.evaluate(ds, names, framework=framework, trials=2)
    assert again.table.drop(columns="seconds").equals(table.drop(columns="seconds"))
    assert again.sentence == report.sentence


@pytest.mark.training
def test_a_neural_model_out_of_time_is_not_finished(framework):
    def fit(ds, name, **options):
        longer = {"epochs": 10**6} if name == "gru4rec" else {}
        return advice.measure.fit(ds, name, **options | longer)

    report = advice.evaluate(
        data.load("synthetic"),
        ["popularity", "ease", "gru4rec"],
        framework=framework,
        minutes=0.1,
        fit=fit,
    )
    assert report.table.loc["gru4rec", "status"] == "not finished in time"
    assert report.use == "ease"
