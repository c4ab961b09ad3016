"""Open Bandit Dataset, the small sample: what a fashion shop showed, how likely that
was, and who clicked (Saito, Aihara, Matsutani & Narita 2021, arXiv:2008.07146).

Source: the source package obp on PyPI, whose licence is Apache 2.0; its files say
nothing about a licence of the data. (ZOZO's site, https://research.zozo.com/data.html,
has the full set of 26 million impressions.)

In a week of November 2019 two policies ran side by side in three campaigns: `random`
showed any item with equal probability, `bts` chose by Bernoulli Thompson sampling. Each
row is one impression: one item in one of three places. For every campaign and policy
the sample has 10,000, mostly of different visits.

What the columns mean is hashed, and not the same everywhere: of people the same hash is
the same in both policies, of items it is not, although the items are the same ones.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rec_tutor.data import strict
from rec_tutor.data.cache import read_tar
from rec_tutor.data.fetch import obtain
from rec_tutor.data.schema import DataError
from rec_tutor.data.source import Source

SOURCE = Source(
    label="PyPI",
    file="obp-0.5.7.tar.gz",
    known_hash="sha256:3060d67fedfcfadf1e7a6f2608987f74412b5eb74d2c567edeb147595c68f2a0",
    size=1_306_068,
    sdist="obp==0.5.7",
)
FOLDER = "obp-0.5.7/obp/dataset/obd/"
CAMPAIGNS = {"all": 80, "men": 34, "women": 46}  # -> items that can be shown
POLICIES = ("random", "bts")
PLACES = 3
FEATURES = 4  # of a person, and of an item


@dataclass(frozen=True, eq=False, repr=False)
class Impressions:
    """What one policy showed in one campaign, in the order of time; n impressions, A
    items.

    Attributes:
        campaign, policy: their names.
        times: datetime64[us] (n,), UTC.
        items: int64 (n,), what was shown, 0 to A - 1.
        places: int64 (n,), where: 0 left, 1 middle, 2 right.
        clicks: int64 (n,), 1 if it was clicked.
        propensities: float64 (n,), the probability with which the policy chose just
            this item for this place, in (0, 1].
        people: int64 (n, 4), the categories of four features of the person, the same
            numbers under both policies.
        sizes: how many categories these features have, in both policies together.
        affinities: float64 (n, A), how often the person clicked each item before.
        item_categories: int64 (A, 3), three features of each item, numbered as they
            come up, so the same under both policies.
        item_values: float64 (A,), one more, already standardised.
    """

    campaign: str
    policy: str
    times: np.ndarray
    items: np.ndarray
    places: np.ndarray
    clicks: np.ndarray
    propensities: np.ndarray
    people: np.ndarray
    sizes: tuple[int, ...]
    affinities: np.ndarray
    item_categories: np.ndarray
    item_values: np.ndarray

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return (
            f"<Impressions {self.campaign}, {self.policy}: {len(self):,}, of"
            f" {self.num_items} items, {self.clicks.sum():,} clicks>"
        )

    @property
    def num_items(self) -> int:
        return len(self.item_values)

    def context(self) -> np.ndarray:
        """What the policy knew, as zeros and ones: float64 (n, sum of sizes + 3), the
        person's categories and the place.
        """
        columns = [*self.people.T, self.places]
        sizes = [*self.sizes, PLACES]
        return np.hstack(
            [np.eye(size)[column] for column, size in zip(columns, sizes, strict=True)]
        )


def load(campaign: str, policy: str) -> Impressions:
    """Load a campaign ("all", "men" or "women") under a policy ("random" or "bts");
    downloaded once, from PyPI (1 MB), and verified.

    For `decisions.offpolicy` every impression is a user with one decision::

        log = offpolicy.Log(
            observations=shown.context()[:, None, :],
            actions=shown.items[:, None],
            propensities=shown.propensities[:, None],
            rewards=shown.clicks[:, None],
            alive=np.ones((len(shown), 1), dtype=bool),
            masks=np.ones((len(shown), 1, shown.num_items), dtype=bool),
        )

    Raises:
        DataError: for another name, where no source could be had (the message says how
            to go on), or the file is not what it should be.
    """
    if campaign not in CAMPAIGNS or policy not in POLICIES:
        raise DataError(
            f"There is no campaign {campaign!r} with a policy {policy!r}. Campaigns:"
            f" {', '.join(CAMPAIGNS)}; policies: {', '.join(POLICIES)}."
        )
    source, file = obtain("the Open Bandit Dataset", [SOURCE])
    members = [
        f"{FOLDER}{one}/{campaign}/{name}.csv"
        for one in POLICIES
        for name in (campaign, "item_context")
    ]
    with file:
        contents = read_tar(file, members, source.file)
    count = CAMPAIGNS[campaign]
    rows, items = [], []
    for content, member in zip(contents[::2], members[::2], strict=True):
        rows.append(_impressions(content, member, count))
    for content, member in zip(contents[1::2], members[1::2], strict=True):
        items.append(_items(content, member, count))
    mine = POLICIES.index(policy)
    values, categories = items[mine]
    people, sizes = _categories([frame[_people()] for frame in rows])
    own = rows[mine]
    return Impressions(
        campaign,
        policy,
        own["timestamp"].to_numpy("datetime64[us]"),
        own["item_id"].to_numpy(),
        own["position"].to_numpy() - 1,
        own["click"].to_numpy(),
        own["propensity_score"].to_numpy(),
        people[mine],
        sizes,
        own[_affinities(count)].to_numpy(),
        categories,
        values,
    )


def _people() -> list[str]:
    return [f"user_feature_{number}" for number in range(FEATURES)]


def _affinities(items: int) -> list[str]:
    return [f"user-item_affinity_{number}" for number in range(items)]


def _impressions(content: bytes, label: str, items: int) -> pd.DataFrame:
    """The rows of one file, checked."""
    kinds: dict[str, Any] = {"": "int64", "timestamp": str, "item_id": "int64"}
    kinds |= {"position": "int64", "click": "int64", "propensity_score": "float64"}
    kinds |= dict.fromkeys(_people(), str)
    kinds |= dict.fromkeys(_affinities(items), "float64")
    rows = strict.table(content, kinds, label, separator=",")
    try:
        times = pd.to_datetime(rows["timestamp"], utc=True, format="ISO8601")
    except ValueError as error:
        raise DataError(f"{label}: {error}") from error
    rows["timestamp"] = times.dt.tz_localize(None)
    propensities = rows["propensity_score"]
    for good, what in (
        (
            rows["timestamp"].diff().dt.total_seconds().fillna(0) >= 0,
            "goes back in time",
        ),
        (
            rows["item_id"].between(0, items - 1),
            f"its item is not from 0 to {items - 1}",
        ),
        (rows["position"].between(1, PLACES), f"its place is not from 1 to {PLACES}"),
        (rows["click"].isin([0, 1]), "its click is neither 0 nor 1"),
        ((propensities > 0) & (propensities <= 1), "its propensity is not in (0, 1]"),
    ):
        strict.need(good, label, what)
    return rows


def _items(content: bytes, label: str, items: int) -> tuple[np.ndarray, np.ndarray]:
    """The items' value (A,) and categories (A, 3)."""
    kinds: dict[str, Any] = {"": "int64", "item_id": "int64"}
    kinds |= {"item_feature_0": "float64"}
    names = [f"item_feature_{number}" for number in range(1, FEATURES)]
    table = strict.table(
        content, kinds | dict.fromkeys(names, str), label, separator=","
    )
    if table["item_id"].tolist() != list(range(items)):
        raise DataError(f"{label}: the items are not 0 to {items - 1}, in this order.")
    codes = [pd.factorize(table[name])[0] for name in names]
    return table["item_feature_0"].to_numpy(), np.stack(codes, axis=1).astype(np.int64)


def _categories(
    frames: list[pd.DataFrame],
) -> tuple[list[np.ndarray], tuple[int, ...]]:
    """Number the categories of all tables alike, in the order of their hashes: int64
    (n, columns) for each, and how many each column has.
    """
    both = pd.concat(frames)
    columns = [pd.factorize(both[name], sort=True) for name in both]
    codes = np.stack([code for code, _ in columns], axis=1).astype(np.int64)
    ends = np.cumsum([len(frame) for frame in frames])[:-1]
    return np.split(codes, ends), tuple(len(names) for _, names in columns)
