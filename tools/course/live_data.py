"""The numbers of the front page's recommender: book/_static/live/recommend_data.js.

    python -m course live-data            writes the file
    python -m course live-data --check    says whether it is what the code makes now

Two models of the package, EASE and ALS, learn from what the people of MovieLens-100K
liked (four or five stars). The file has what both need to serve somebody new: for
EASE its weights between pairs of films, for ALS a vector a film. These are sums over
all people: nobody's ratings stand there, and no film is in it that fewer than 40 people
liked. MovieLens' titles may not be passed on; titles and years are Wikidata's (CC0), so
only films that join are in it. All numbers are rounded.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.modules import ROOT
from rec_tutor import baselines, data
from rec_tutor.baselines import linear
from rec_tutor.data import film_join, films
from rec_tutor.files import write_whole
from rec_tutor.inputs import interaction_matrix

FILE = ROOT / "book" / "_static" / "live" / "recommend_data.js"
FILMS = 400
FROM = 4  # stars: as many mean that somebody liked a film (chapter 01)
# the best of some values on the validation part of these likes
L2 = 100.0
ALS = {"dim": 32, "l2": 30.0, "alpha": 3.0, "seed": 0}
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
PLACES = 3  # digits to base 64 that a packed number takes
HALF = len(DIGITS) ** PLACES // 2
NAME = "window.RecTutorLive.recommendData"
HEAD = f"""\
/* Made by `python -m course live-data`; do not edit.
   Computed from MovieLens-100K (F. M. Harper and J. A. Konstan, 2015,
   doi:10.1145/2827872): weights between films and vectors of films, rounded, no rating
   of anybody. For research and teaching, as that data set. Titles and years:
   Wikidata (CC0). A film: title, year, scale, weights to all later films, vector. */
window.RecTutorLive = window.RecTutorLive || {{}};
{NAME} ="""


@dataclass(frozen=True, eq=False)
class Fitted:
    """Both models, and the films that the page knows.

    Attributes:
        films: int64 (FILMS,), item indices of MovieLens, the most liked first.
        titles, years: Wikidata's, one a film.
        ease: fitted on the likes.
        als: the same.
        pairs: (FILMS, FILMS), what EASE knows of pairs: symmetric, 0 on the diagonal.
            With `scale`, B_ji = pairs_ji scale_j / scale_i.
        scale: (FILMS,), positive.
    """

    films: np.ndarray
    titles: list[str]
    years: list[int]
    ease: baselines.EASE
    als: baselines.ALS
    pairs: np.ndarray
    scale: np.ndarray

    @property
    def vectors(self) -> np.ndarray:
        """ALS' vectors of the films, (FILMS, dim)."""
        return self.als.items[self.films]

    @property
    def gram(self) -> np.ndarray:
        """Q'Q over the vectors of all items of the data, (dim, dim)."""
        return self.als.items.T @ self.als.items


def fit() -> Fitted:
    """Fit both models; takes some seconds.

    Raises:
        DataError: where the data could not be had.
    """
    ds, table = data.load("ml-100k"), films.load()
    liked = ds.ratings[ds.ratings["rating"] >= FROM]
    size = ds.num_users, ds.num_items
    found = film_join.join(ds, table)
    order = np.argsort(-np.bincount(liked["item"], minlength=size[1]), kind="stable")
    order = order[found.records[order] >= 0]
    # a film that MovieLens lists twice is in the page once, as it is liked most
    once = np.sort(np.unique(found.records[order], return_index=True)[1])
    chosen = order[once][:FILMS]
    rows = table.iloc[found.records[chosen]]
    gram = linear.products(interaction_matrix(liked, *size))
    gram[np.diag_indices_from(gram)] += L2
    inverse = linear.inverse(gram)[np.ix_(chosen, chosen)]
    scale = np.sqrt(np.diag(inverse))
    pairs = -inverse / np.outer(scale, scale)
    np.fill_diagonal(pairs, 0.0)
    return Fitted(
        chosen,
        rows["title"].to_list(),
        rows["year"].to_list(),
        baselines.EASE(*size, l2=L2).fit(liked),
        baselines.ALS(*size, **ALS).fit(liked),  # type: ignore[arg-type]
        pairs,
        scale,
    )


def short(number: float) -> float:
    """Six digits of a number."""
    return float(f"{number:.6g}")


def step_of(values: np.ndarray) -> float:
    """A step so that all values are at most HALF - 1 steps away from zero."""
    return short(1.00001 * np.abs(values).max() / (HALF - 1))


def pack(values: np.ndarray, step: float) -> str:
    """Numbers as whole steps, PLACES characters each: 0 is HALF."""
    places = [len(DIGITS) ** power for power in range(PLACES)][::-1]
    whole = np.rint(np.asarray(values) / step).astype(int) + HALF
    if whole.size and not 0 <= whole.min() <= whole.max() < 2 * HALF:
        raise ValueError("the step is too small for these numbers.")
    return "".join(
        DIGITS[one // place % len(DIGITS)] for one in whole for place in places
    )


def unpack(text: str, step: float) -> np.ndarray:
    """The numbers again."""
    digits = np.array([DIGITS.index(letter) for letter in text], dtype=int)
    places = len(DIGITS) ** np.arange(PLACES)[::-1]
    return (digits.reshape(-1, PLACES) @ places - HALF) * step


def content(fitted: Fitted) -> str:
    """The text of the file."""
    upper = np.triu_indices(fitted.als.dim)
    ease, als = step_of(fitted.pairs), step_of(fitted.vectors)
    head: dict[str, Any] = {
        "ease": {"step": ease},
        "als": {"dim": fitted.als.dim, "l2": fitted.als.l2, "alpha": fitted.als.alpha}
        | {"step": als, "gram": [short(one) for one in fitted.gram[upper]]},
    }
    rows = [
        [
            fitted.titles[film],
            fitted.years[film],
            short(fitted.scale[film] / fitted.scale[0]),
            pack(fitted.pairs[film, film + 1 :], ease),
            pack(fitted.vectors[film], als),
        ]
        for film in range(FILMS)
    ]
    plain = {"ensure_ascii": False, "separators": (",", ":")}
    lines = ",\n".join(json.dumps(row, **plain) for row in rows)  # type: ignore[arg-type]
    start = json.dumps(head, **plain)[:-1]  # type: ignore[arg-type]
    return f'{HEAD} {start},"films":[\n{lines}\n]}};\n'


def read(text: str) -> dict[str, Any]:
    """What the script `text` assigns.

    Raises:
        ValueError: if it is not such a script.
    """
    found = re.search(rf"^{re.escape(NAME)} = (.*);$", text, re.MULTILINE | re.DOTALL)
    if not found:
        raise ValueError("this is not a script of `python -m course live-data`.")
    return json.loads(found[1])


def differences(old: str, new: str) -> list[str]:
    """What is not the same in two such scripts, but for one step of rounding: the
    last digit of a sum may differ from computer to computer.
    """
    one, other = read(old), read(new)
    found = [] if old.startswith(HEAD) else ["the comment at the head"]
    steps = [(own["ease"].pop("step"), own["als"].pop("step")) for own in (one, other)]
    grams = [own["als"].pop("gram") for own in (one, other)]
    same_shape = len(grams[0]) == len(grams[1])
    if not (same_shape and np.allclose(grams[0], grams[1], rtol=1e-4, atol=1e-4)):
        found.append("the vectors' products")
    if not np.allclose(steps[0], steps[1], rtol=1e-4) or one["als"] != other["als"]:
        found.append("the settings")
    if [row[:2] for row in one["films"]] != [row[:2] for row in other["films"]]:
        return [*found, "the films"]
    for before, after in zip(one["films"], other["films"], strict=True):
        near = np.isclose(before[2], after[2], rtol=1e-4)
        for place in (3, 4):
            same = len(before[place]) == len(after[place])
            near = near and same and _near(before[place], after[place])
        if not near:
            found.append(f"the numbers of {before[0]}")
    return found


def _near(one: str, other: str) -> bool:
    return bool((np.abs(unpack(one, 1.0) - unpack(other, 1.0)) <= 1).all())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    text = content(fit())
    if options.check:
        if not FILE.is_file():
            print(f"There is no {FILE.name}: python -m course live-data")
            return 1
        found = differences(FILE.read_text(encoding="utf-8"), text)
        print("\n".join(f"differs: {what}" for what in found) or "It is current.")
        return bool(found)
    write_whole(str(FILE), lambda part: part.write(text.encode()))
    print(f"{FILE.name}: {FILMS} films, {len(text.encode()) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
