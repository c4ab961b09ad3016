"""The rule, on made-up results whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from rec_tutor.advice import decide

USERS = 400


def runs(**leads):
    """Results of models whose lead over the first is, in standard errors, as told."""
    rng = np.random.default_rng(3)
    base = rng.uniform(0.2, 0.4, USERS)
    found = {}
    for name, lead in leads.items():
        noise = rng.normal(size=USERS)
        noise = 0.1 * (noise - noise.mean()) / noise.std()
        values = base + noise + lead * 0.1 / np.sqrt(USERS)
        found[name.replace("_", "-")] = [pd.DataFrame({"ndcg": values})]
    return found


def test_equal_models_are_no_difference_and_the_simplest_is_taken():
    same = runs(popularity=0)["popularity"]
    decision = decide(
        {"popularity": same, "ease": same, "mf": same},
        {"popularity": 0.1, "ease": 0.2, "mf": 0.3},
    )
    assert (decision.use, decision.best) == ("popularity", "mf")
    assert decision.sentence.startswith("No difference found between mf")
    assert (decision.comparisons["difference"] == 0).all()


def test_of_equals_on_validation_the_simplest_is_the_best():
    same = runs(popularity=0)["popularity"]
    decision = decide(
        {"popularity": same, "ease": same}, {"popularity": 0.2, "ease": 0.2}
    )
    assert decision.use == decision.best == "popularity"


def test_a_clear_winner():
    found = runs(popularity=0, item_knn=8, ease=30)
    decision = decide(found, {"popularity": 0.1, "item-knn": 0.2, "ease": 0.3}, k=5)
    assert decision.use == decision.best == "ease"
    assert "beats all that is simpler (popularity, item-knn)" in decision.sentence
    assert "NDCG@5" in decision.sentence
    assert "against item-knn, the closest" in decision.sentence
    truth = found["ease"][0] - found["item-knn"][0]
    row = decision.comparisons.loc["item-knn"]
    assert row["difference"] == pytest.approx(truth["ndcg"].mean())
    assert 0 < row["low"] < row["difference"] < row["high"]


def test_a_winner_only_before_correction_is_none():
    found = runs(popularity=0, item_knn=4, ease=4, als=4, mf=4)
    names = list(found)
    valid = dict(zip(names, (0.1, 0.2, 0.3, 0.4, 0.5), strict=True))
    # the others stand where the winner stands: only popularity is behind
    for name in names[1:]:
        found[name] = found["mf"]
    alone = decide({n: found[n] for n in ("popularity", "mf")}, valid)
    lead = 4
    while alone.use == "mf" and lead > 0:  # shrink the lead until p is about 0.03
        lead -= 0.1
        found = runs(popularity=0, mf=lead)
        alone = decide(found, valid)
        p = alone.comparisons.loc["popularity", "p"]
        if 0.02 < p < 0.045:
            break
    assert alone.use == "mf", "on its own it is a winner"
    mf, popularity = found["mf"], found["popularity"]
    crowd = dict.fromkeys(names, mf) | {"popularity": popularity}
    decision = decide(crowd, valid)
    assert decision.comparisons.loc["popularity", "low"] > 0
    assert decision.comparisons.loc["popularity", "p_holm"] > 0.05
    assert decision.use == "popularity"
    assert "not after correction for 4 comparisons" in decision.sentence


def test_the_simplest_that_the_best_does_not_beat():
    found = runs(popularity=0, item_knn=30, ease=30.5, mf=30)
    valid = {"popularity": 0.1, "item-knn": 0.2, "ease": 0.4, "mf": 0.3}
    decision = decide(found, valid)
    assert (decision.use, decision.best) == ("item-knn", "ease")
    assert "No difference found between ease" in decision.sentence
    assert "Use item-knn, which is simpler;" in decision.sentence


def test_the_best_on_validation_may_be_beaten_on_test():
    found = runs(popularity=0, item_knn=40, ease=10)
    valid = {"popularity": 0.1, "item-knn": 0.2, "ease": 0.3}
    decision = decide(found, valid)
    assert decision.use == "item-knn"
    assert "With reserve: on the validation part ease was best" in decision.sentence
    assert (decision.comparisons["difference"] > 0).all()


@pytest.mark.parametrize("names", [(), ("ease",)])
def test_nothing_to_compare(names):
    found = {name: run for name, run in runs(ease=0).items() if name in names}
    decision = decide(found, dict.fromkeys(names, 0.1))
    assert decision.use is None
    assert decision.sentence.startswith("No answer:")


def test_several_seeds_of_one_model():
    found = runs(popularity=0, mf=30)
    more = runs(popularity=0, mf=28)["mf"]
    found["mf"] = [*found["mf"], *more]
    assert decide(found, {"popularity": 0.1, "mf": 0.2}).use == "mf"


def test_a_single_user_says_nothing_about_others():
    found = {name: [run.head(1) for run in of] for name, of in runs(a=0, b=9).items()}
    decision = decide(found, {"a": 0.1, "b": 0.2})
    assert decision.use is None and decision.comparisons is None
    assert decision.sentence.startswith("No answer: a single user")


def test_several_questions_at_once_ask_for_more():
    found = runs(popularity=0, ease=3.4)
    valid = {"popularity": 0.1, "ease": 0.2}
    one, four = decide(found, valid), decide(found, valid, questions=4)
    assert (one.use, four.use) == ("ease", "popularity")
    assert four.comparisons["p_holm"].item() == pytest.approx(
        4 * one.comparisons["p_holm"].item()
    )
