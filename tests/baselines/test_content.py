"""Content and TF-IDF, by hand and against scikit-learn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from rec_tutor import baselines
from rec_tutor.baselines import (
    Content,
)


def test_tf_idf_by_hand() -> None:
    # idf: "star" is in 2 of 3 documents, the others in 1
    vectors, terms = baselines.tf_idf(
        [["star", "wars"], ["star", "trek"], ["toy", "toy"]]
    )
    star, rare = np.log(4 / 3) + 1, np.log(4 / 2) + 1
    length = np.hypot(star, rare)
    assert terms == ["star", "toy", "trek", "wars"]
    np.testing.assert_allclose(
        vectors.toarray(),
        [
            [star / length, 0, 0, rare / length],
            [star / length, 0, rare / length, 0],
            [0, 1, 0, 0],
        ],
    )


def test_content_by_hand(
    films: pd.DataFrame, table: Callable[..., pd.DataFrame]
) -> None:
    # without title words, films 0 and 1 are the same; 5 stars for film 0 and 1 star for
    # film 2, around 3
    ratings = table([(0, 0, 5), (0, 2, 1), (1, 3, 4)])
    scores = Content(2, 4, films, center=3, title_weight=0).fit(ratings).score([0])[0]
    half = 1 / 2**0.5  # profile (2 x_0 - 2 x_2) / |…|, and x_0 and x_2 share no genre
    np.testing.assert_allclose(scores, [half, half, -half, 0], atol=1e-12)
    # a rating of 3 says nothing
    nothing = (
        Content(2, 4, films, center=3).fit(table([(0, 0, 3), (1, 1, 5)])).score([0])
    )
    np.testing.assert_array_equal(nothing, np.zeros((1, 4)))


def test_content_counts_clicks_as_likes(
    films: pd.DataFrame, table: Callable[..., pd.DataFrame]
) -> None:
    scores = Content(1, 4, films, center=3).fit(table([(0, 0)])).score([0])[0]
    assert scores[0] == pytest.approx(1) and scores[1] > scores[2]


@pytest.mark.parametrize("scale", [(1, 5), (1, 10), (-10, 10), (0, 1)])
def test_the_center_is_the_middle_of_the_scale(
    films: pd.DataFrame, table: Callable[..., pd.DataFrame], scale: tuple[int, int]
) -> None:
    low, high = scale
    ratings = table([(0, 0, high), (0, 2, low), (1, 3, high)])
    model = Content(2, 4, films).fit(ratings)
    assert model.indifferent == (low + high) / 2
    # as far from it, up and down
    by_hand = Content(2, 4, films, center=3).fit(
        table([(0, 0, 5), (0, 2, 1), (1, 3, 5)])
    )
    np.testing.assert_allclose(model.score([0, 1]), by_hand.score([0, 1]), atol=1e-7)


def test_tf_idf_equals_scikit_learn() -> None:
    titles = [
        "Star Wars",
        "Star Trek The Motion Picture",
        "Toy Story",
        "The Story of the Toy the Toy",
        "",
        "M",
    ]
    ours, terms = baselines.tf_idf([title.lower().split() for title in titles])
    reference = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b")
    theirs = reference.fit_transform(titles)
    assert terms == list(reference.get_feature_names_out())
    np.testing.assert_allclose(ours.toarray(), theirs.toarray(), atol=1e-12)
