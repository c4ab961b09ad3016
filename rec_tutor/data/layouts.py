"""What columns are called: in the documented form, and in published sets of ratings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ROLES = ("user", "item", "rating", "timestamp")
DOCUMENTED = {
    "user": ("userid", "user"),
    "item": ("itemid", "item", "movieid"),
    "rating": ("rating",),
    "timestamp": ("timestamp",),
}
# what a column may be called, too; all names as `plain` writes them
ALSO = {
    "user": (
        *("uid", "customerid", "customer", "reviewerid", "reviewer", "memberid"),
        *("visitorid", "sessionid", "session", "profileid", "personid", "accountid"),
        *("listenerid", "readerid"),
    ),
    "item": (
        *("iid", "movie", "filmid", "film", "asin", "productid", "product", "bookid"),
        *("isbn", "businessid", "artistid", "trackid", "songid", "musicid", "videoid"),
        *("gameid", "jokeid", "articleid", "newsid", "recipeid", "animeid", "beerid"),
        *("sku", "contentid", "listingid"),
    ),
    "rating": (
        *("ratings", "score", "stars", "bookrating", "overall", "userrating"),
        *("reviewscore", "ratingvalue"),
    ),
    "timestamp": (
        *("time", "ts", "datetime", "date", "unixreviewtime", "unixtimestamp"),
        *("createdat", "eventtime", "ratedat", "reviewdate", "ratingdate"),
    ),
}


@dataclass(frozen=True)
class Layout:
    """A published form of ratings, known by the names of its columns.

    Attributes:
        name: whose form it is.
        columns: role -> column; a role that is left out is found by its name, "" says
            that there is none.
        also: further columns that must be there.
        note: what a reader of such a file should know.
        zero: what a rating of 0 says, where it is none.
        absent: the rating that says so, if it is not 0.
    """

    name: str
    columns: dict[str, str]
    also: tuple[str, ...] = ()
    note: str = ""
    zero: str = field(default="", kw_only=True)
    absent: float = field(default=0.0, kw_only=True)

    def fits(self, names: list[str]) -> bool:
        """Are all its columns there?"""
        needed = {*filter(None, self.columns.values()), *self.also}
        return needed <= set(names)


ONE = "one person's export: all rows belong to one user"
LAYOUTS = (
    Layout(
        "Amazon reviews (2023)",
        {"user": "userid", "item": "parentasin", "timestamp": "timestamp"},
        ("asin",),
        "parent_asin stands for the item, so sizes and colours are one",
    ),
    Layout(
        "Amazon reviews (2014, 2018)",
        {
            "user": "reviewerid",
            "item": "asin",
            "rating": "overall",
            "timestamp": "unixreviewtime",
        },
    ),
    Layout(
        "Yelp",
        {
            "user": "userid",
            "item": "businessid",
            "rating": "stars",
            "timestamp": "date",
        },
    ),
    Layout(
        "BookCrossing",
        {"user": "userid", "item": "isbn", "rating": "bookrating"},
        zero="no rating was given",
    ),
    Layout(
        "Last.fm (HetRec 2011)",
        {"user": "userid", "item": "artistid", "rating": "weight"},
        (),
        "the number of plays stands as rating",
    ),
    Layout(
        "RetailRocket",
        {"user": "visitorid", "item": "itemid", "timestamp": "timestamp"},
        ("event",),
        "views, carts and purchases (column event) count alike",
    ),
    Layout(
        "Goodreads (UCSD)",
        {"user": "userid", "item": "bookid", "rating": "rating"},
        ("isread",),
        zero="no rating was given",
    ),
    Layout(
        "Goodreads export",
        {
            "user": "",
            "item": "bookid",
            "rating": "myrating",
            "timestamp": "dateadded",
        },
        (),
        ONE,
        zero="no rating was given",
    ),
    Layout(
        "Letterboxd export",
        {
            "user": "",
            "item": "letterboxduri",
            "rating": "rating",
            "timestamp": "date",
        },
        (),
        ONE,
    ),
    Layout(
        "IMDb export",
        {
            "user": "",
            "item": "const",
            "rating": "yourrating",
            "timestamp": "daterated",
        },
        (),
        ONE,
    ),
    Layout(
        "MyAnimeList",
        {"user": "userid", "item": "animeid", "rating": "rating"},
        zero="no rating was given",
        absent=-1.0,
    ),
    Layout(
        "Food.com",
        {
            "user": "userid",
            "item": "recipeid",
            "rating": "rating",
            "timestamp": "date",
        },
        zero="no rating was given",
    ),
    Layout(
        "GroupLens (MovieLens)", {"user": "userid", "item": "movieid"}, ("timestamp",)
    ),
)
TYPED = re.compile(r":(token|float)(_seq)?$")  # RecBole writes user_id:token


def plain(name: object) -> str:
    """A column's name in lower case, letters and digits only: `User-ID` is `userid`."""
    text = TYPED.sub("", str(name).strip().strip('"'))
    return re.sub(r"[\W_]", "", text).lower()


def layout_of(names: list[str]) -> Layout | None:
    """The published form that has these columns (as `plain` writes them)."""
    return next((layout for layout in LAYOUTS if layout.fits(names)), None)


def known(name: str) -> bool:
    """Could this be the name of one of our columns?"""
    return any(name in (*DOCUMENTED[role], *ALSO[role]) for role in ROLES) or name in {
        own for layout in LAYOUTS for own in layout.columns.values() if own
    }
