"""The forms in which people have ratings: each is read as the plain one would be."""

import bz2
import gzip
import io
import json
import lzma
import os
import threading
import zipfile

import numpy as np
import pandas as pd
import pytest

from course import fuzz
from rec_tutor import data
from rec_tutor.data import DataError, columns, layouts, records
from rec_tutor.data.reading import read
from rec_tutor.data.table import rows_of

ROWS = [
    ("u1", "a", 4.0, 881250949),
    ("u2", "b", 2.5, 891717742),
    ("u1", "c", 1.0, 878887116),
    ("u3", "a", 5.0, 880606923),
]
HEADER = ("userID", "itemID", "rating", "timestamp")


def text(separator=",", header=HEADER, rows=ROWS, end="\n", quote=""):
    lines = [header, *rows] if header else rows
    join = [separator.join(f"{quote}{own}{quote}" for own in row) for row in lines]
    return end.join(join) + end


def raw(path, **options):
    """What is read, with the ids of the source."""
    return data.read_csv(path, **options).raw().astype({"rating": float})


PLAIN = pd.DataFrame(ROWS, columns=["user", "item", "rating", "timestamp"])


@pytest.fixture
def write(tmp_path):
    def write(content, name="mine.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def same(found, expected=PLAIN):
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@pytest.mark.parametrize("header", [HEADER, None])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "::", " "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators(write, separator, header, end):
    path = write(text(separator, header, end=end))
    same(raw(path))
    same(raw(path, separator=separator))


@pytest.mark.parametrize("quote", ['"', ""])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_quotes(write, separator, quote):
    same(raw(write(text(separator, quote=quote))))


def test_other_line_ends_and_no_last_one(write):
    same(raw(write(text(end="\r"))))
    same(raw(write(text().rstrip("\n"))))


@pytest.mark.parametrize("blanks", ["  ", "\t\t", " \t "])
def test_runs_of_blanks(write, blanks):
    same(raw(write(text(blanks).replace("u1", " u1")), separator=" "))


@pytest.mark.parametrize(
    "comments", ["# made by hand\n", "% bip weighted\n% 4 3 3\n", "#\n", "sep=,\n"]
)
@pytest.mark.parametrize("header", [HEADER, None])
def test_comments_before_the_table(write, comments, header):
    same(raw(write(comments + text(header=header))))


def test_a_header_behind_a_comment_sign(write):
    same(raw(write("# made by hand\n#" + text())))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed(write, pack):
    same(raw(write(pack(text().encode()), "mine.csv.packed")))


def zipped(**files):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return whole.getvalue()


def test_zip(write):
    same(raw(write(zipped(mine_csv=text()), "m.zip")))
    for content, words in (
        (zipped(a_csv=text(), b_csv=text()), "holds 2 files"),
        (zipped(), "zero bytes|damaged|holds 0 files"),
        (zipped(mine_csv=text())[:60], "damaged or cut off"),
    ):
        with pytest.raises(DataError, match=words):
            read(write(content, "m.zip"))


def test_a_packed_file_that_was_cut_off(write):
    many = text(rows=[(f"u{n}", n * n, n, n) for n in range(5000)]).encode()
    for pack in (gzip.compress, bz2.compress, lzma.compress):
        with pytest.raises(DataError, match=r"damaged|cut off|end-of-stream"):
            read(write(pack(many)[:-2000], "m.gz"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings_that_say_so(write, encoding):
    names = [("Zoë", "电影", 1.0, 5), ("b", "c", 2.0, 6)]
    found = raw(write(text(rows=names).encode(encoding)))
    assert found["user"].tolist() == ["Zoë", "b"]
    assert found["item"].tolist() == ["电影", "c"]


def test_other_encodings_are_named(write):
    path = write(text(rows=[("Zoë", "c", 1.0, 5)]).encode("latin-1"))
    with pytest.raises(DataError, match=r"line 2: this is not UTF-8.*latin-1"):
        read(path)
    assert raw(path, encoding="latin-1")["user"].tolist() == ["Zoë"]
    with pytest.raises(DataError, match="no encoding of text 'klingon'"):
        read(path, encoding="klingon")


@pytest.mark.parametrize("listed", [False, True])
def test_json(write, listed):
    rows = [dict(zip(HEADER, row, strict=True)) | {"more": [1, {}]} for row in ROWS]
    whole = json.dumps(rows, indent=1) if listed else "\n".join(map(json.dumps, rows))
    same(raw(write(whole, "mine.json")))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"user": 1, "item": 2}\n{"user": 1, "it', "line 2: this is no JSON"),
        ('{"user": 1, "item": 2}\n[1]\n', "line 2: one JSON object per line"),
        ('[{"user": 1, "item": 2}, 7]', "entry 2 is no JSON object"),
        ('{"user": 1, "item": 2}\n{"user": 3}\n', "line 2: the item id is empty"),
        ('{"who": 1, "what": 2}\n', "no column for the user and the item"),
    ],
)
def test_json_that_is_none(write, content, words):
    with pytest.raises(DataError, match=words):
        read(write(content))


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_other_tables_through_pandas(tmp_path, kind):
    package = {"parquet": "pyarrow", "xlsx": "openpyxl"}[kind]
    pytest.importorskip(package)
    frame = PLAIN.set_axis(HEADER, axis=1)
    path = tmp_path / f"mine.{kind}"
    getattr(frame, {"parquet": "to_parquet", "xlsx": "to_excel"}[kind])(
        path, index=False
    )
    same(raw(path))


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"PAR1 and more", "parquet file"),
        (b"SQLite format 3\0", "SQLite"),
        (b"\x28\xb5\x2f\xfd....", "zstd"),
        (b"\x80\x04\x95....", "pickle"),
        (b"%PDF-1.5", "PDF"),
        (b"<!DOCTYPE html>\n<html>", "web page"),
        (b"user,item\0", "zero bytes"),
        (b"\x93NUMPY\x01", "NumPy"),
        (b"#\n# nothing else\n", "only comments"),
    ],
)
def test_what_is_no_table_of_text(write, start, words):
    with pytest.raises(DataError, match=words):
        read(write(start))


def test_an_address_is_no_file():
    with pytest.raises(DataError, match="download the file"):
        read("https://example.org/ratings.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_read_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(text(),))
    writer.start()
    same(raw(pipe))
    writer.join()


# times


@pytest.mark.parametrize(
    ("write_time", "unit"),
    [
        (lambda s: s, "seconds"),
        (lambda s: f"{s}.0", "seconds"),
        (lambda s: f"{s}.25", "fractions of a second"),
        (lambda s: s * 1000 + 250, "milliseconds"),
        (lambda s: s * 10**6 + 7, "microseconds"),
        (lambda s: s * 10**9 + 7, "nanoseconds"),
        (lambda s: pd.Timestamp(s, unit="s").isoformat() + "Z", "seconds"),
        (lambda s: pd.Timestamp(s, unit="s").isoformat(" "), "seconds"),
        (lambda s: f"{pd.Timestamp(s, unit='s'):%d.%m.%Y %H:%M:%S}", "seconds"),
        (lambda s: f"{pd.Timestamp(s, unit='s'):%Y/%m/%d %H:%M:%S}", "seconds"),
        (
            lambda s: (
                f"{pd.Timestamp(s, unit='s'):%a %b %d %H:%M:%S} +0000 "
                f"{pd.Timestamp(s, unit='s'):%Y}"
            ),
            "seconds",
        ),
        (
            lambda s: (
                pd.Timestamp(s, unit="s", tz="UTC").tz_convert("Asia/Kolkata")
            ).isoformat(),
            "seconds",
        ),
    ],
)
def test_times(write, write_time, unit):
    rows = [(*row[:3], write_time(row[3])) for row in ROWS]
    path = write(text("\t", rows=rows))
    found = read(path)
    assert found.given.times.unit == unit
    expected = [row[3] for row in ROWS]
    assert found.given.times.seconds.tolist() == expected
    # finer than seconds: the rows stand in the order of time
    fine = unit != "seconds"
    assert raw(path)["timestamp"].tolist() == (sorted(expected) if fine else expected)


def test_dates_alone_and_before_1970(write):
    rows = [("u", "a", 1, "1969-12-31"), ("u", "b", 1, "2005-09-06")]
    assert raw(write(text(rows=rows)))["timestamp"].tolist() == [-86400, 1125964800]


@pytest.mark.parametrize("times", [[10**9, 10**12], [1.2e12, 1e12, 1.1e9]])
def test_units_that_are_mixed(write, times):
    rows = [("u", n, 1, f"{own:.0f}") for n, own in enumerate(times)] + [
        ("v", n, 1, f"{times[0]:.0f}") for n in range(5)
    ]
    with pytest.raises(DataError, match="another unit"):
        read(write(text(rows=rows)))


@pytest.mark.parametrize("kind", ["csv", "frame"])
def test_the_order_within_a_second_is_kept(write, kind):
    times = ["2014-04-07T10:51:09.900Z", "2014-04-07T10:51:09.100Z"]
    frame = pd.DataFrame({"user": ["s", "s"], "item": ["b", "a"], "timestamp": times})
    if kind == "csv":
        found = raw(write(frame.to_csv(index=False)))
    else:
        frame["timestamp"] = pd.to_datetime(frame["timestamp"])
        found = data.from_frame(frame).raw()
    assert found["item"].tolist() == ["a", "b"]
    assert found["timestamp"].tolist() == [1396867869] * 2


# ids


def test_ids_that_pandas_wrote_with_a_point(write, capsys):
    found = raw(write("user,item\n1.0,7\n2.0,8\n"))
    assert found["user"].tolist() == [1, 2]
    assert "user ids like 1.0" in capsys.readouterr().err
    mixed = raw(write("user,item\n1.0,7\n1,8\n"))
    assert mixed["user"].tolist() == [1, 1]
    kept = raw(write("user,item\n1.0,7\n1.50,8\n"))
    assert kept["user"].tolist() == ["1.0", "1.50"]


@pytest.mark.parametrize("word", ["nan", "NaN", "NULL", "None", "<NA>"])
def test_a_missing_id_among_numbers(write, word):
    with pytest.raises(DataError, match="stands among numbers"):
        read(write(f"user,item\n1,7\n{word},8\n"))
    assert "a user is called" in " ".join(
        read(write(f"user,item\nx,7\n{word},8\n")).notes
    )


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (["007", "012"], "leading zeros"),
        (["B-7", "B-12"], "capital letters"),
        (["b -7", "b- 12"], "blanks"),
        (["'b-7'", "'b-12'"], "quotes"),
    ],
)
def test_ids_that_two_tables_spell_differently(write, ids, words):
    items = ["7", "12"] if "zeros" in words else ["b-7", "b-12"]
    train = data.read_csv(
        write(text(header=("user", "item"), rows=[("u", i) for i in items]))
    )
    other = write("user,item\n" + "".join(f"u,{own}\n" for own in ids), "other.csv")
    with pytest.raises(DataError, match=f"2 of 2 such ids differ.* by {words} alone"):
        data.encode(train, other)


# what was assumed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("user,item\nx,y\n", ["no rating column", "no time column"]),
        ("user,item,rating,ts\nx,y,1,5\n", ["timestamp = ts"]),
        ("user,item,rating,Review_Day\nx,y,1,5\n", ["no time column"]),
        (
            "user,item,rating,upload_date\nx,y,1,5\n",
            ["is 'upload_date' the timestamp?"],
        ),
        ("x,y,3\nz,y,4\n", ["no header: its columns are taken for user, item, rating"]),
        ("x,y\nz,y1\n", ["no column"]),
    ],
)
def test_what_is_assumed_is_said(write, capsys, content, said):
    try:
        data.read_csv(write(content))
        found = capsys.readouterr().err
    except DataError as error:
        found = str(error)
    assert all(words in found for words in said), found
    assert len(found.splitlines()) == 1


def test_nothing_is_said_where_nothing_was_assumed(write, capsys):
    data.read_csv(write(text()))
    data.from_frame(PLAIN)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("by", ["name", "number"])
@pytest.mark.parametrize("header", [True, False])
def test_columns_are_named(write, by, header):
    names = ("when", "grade", "thing", "who")
    rows = [row[::-1] for row in ROWS]
    path = write(text(";", names if header else None, rows))
    columns = dict(zip(("timestamp", "rating", "item", "user"), names, strict=True))
    if by == "number" or not header:
        columns = {role: at for at, role in enumerate(columns, start=1)}
    same(raw(path, columns=columns))


def test_a_decimal_comma_is_named_and_read(write):
    path = write("user;item;rating\nx;y;4\nx;z;4,5\n")
    with pytest.raises(DataError, match="--decimal ,"):
        read(path)
    assert raw(path, decimal=",")["rating"].tolist() == [4, 4.5]


def test_columns_that_are_not_there(write):
    path = write(text())
    for chosen, words in (
        ({"user": "nobody"}, "no column 'nobody' among"),
        ({"user": 5}, "no column 5 among"),
        ({"who": "userID"}, "columns names 'who'"),
        ({"user": "itemID"}, "named for two things"),
    ):
        with pytest.raises(DataError, match=words):
            read(path, columns=chosen)
    without = raw(path, columns={"timestamp": "", "rating": ""})
    assert (
        without["timestamp"].tolist() == [0, 1, 2, 3] and (without["rating"] == 1).all()
    )


def test_one_of_two_columns_may_be_chosen(write):
    path = write("user,item,movieId\nx,1,2\n")
    with pytest.raises(DataError, match=r"2 columns stand for the item.*--columns"):
        read(path)
    assert raw(path, columns={"item": "movieId"})["item"].tolist() == [2]


# pairs that come twice


@pytest.mark.parametrize(
    ("duplicates", "rating", "time"), [("first", 1, 5), ("last", 4, 9), ("mean", 3, 9)]
)
@pytest.mark.parametrize("times", [True, False])
def test_duplicates(write, duplicates, rating, time, times, capsys):
    rows = [("u", "a", 4, 9), ("u", "b", 2, 1), ("u", "a", 1, 5), ("u", "a", 4, 7)]
    if not times:  # then rows are in the order of time
        rows = [
            (*row[:3], n) for n, row in enumerate([rows[1], rows[2], rows[3], rows[0]])
        ]
        time = {5: 1, 9: 3}[time]
    header = HEADER if times else HEADER[:3]
    path = write(text(header=header, rows=[row[: len(header)] for row in rows]))
    found = raw(path, duplicates=duplicates).set_index("item")
    assert len(found) == 2
    assert found.loc["a", ["rating", "timestamp"]].tolist() == [rating, time]
    assert "2 rows repeat a pair" in capsys.readouterr().err


def test_the_later_row_decides_before_the_lowest_rating(write):
    """Who took back a good rating does not like the thing."""
    path = write(text(rows=[("u", "a", 5, 1), ("u", "a", 2, 9), ("u", "b", 4, 3)]))
    found = data.read_csv(path, duplicates="last", min_rating=3)
    assert found.raw()["item"].tolist() == ["b"]


def test_min_rating(write, capsys):
    found = data.read_csv(write(text()), min_rating=2.5)
    assert found.raw()["rating"].tolist() == [4.0, 2.5, 5.0]
    assert found.num_items == 2 and "1 of 4 rows left out" in capsys.readouterr().err
    with pytest.raises(DataError, match="from 1 to 5"):
        data.read_csv(write(text()), min_rating=6)
    with pytest.raises(DataError, match="no rating column"):
        data.read_csv(write("user,item\na,b\n"), min_rating=6)


# published layouts


def one(*columns, rows, separator=",", header=True):
    return text(separator, columns if header else None, rows)


PUBLISHED = {
    "GroupLens: ml-latest": (
        one("userId", "movieId", "rating", "timestamp", rows=[(1, 2, 3.5, 964982703)]),
        (1, 2, 3.5, 964982703),
    ),
    "GroupLens: 100K": ("196\t242\t3\t881250949\n", (196, 242, 3, 881250949)),
    "GroupLens: 1M, 10M": ("1::122::5::838985046\n", (1, 122, 5, 838985046)),
    "BookCrossing": (
        '"User-ID";"ISBN";"Book-Rating"\n"276725";"034545104X";"0"\n',
        (276725, "034545104X", 0, 0),
    ),
    "Jester: matrix": (
        ",".join(["2", "-9.85", *["99"] * 98, "99", "0.5"][:101])
        + "\n"
        + ",".join(["1", *["99"] * 99, "1.5"])
        + "\n",
        (1, 1, -9.85, 0),
    ),
    "Jester: list": ("1\t\t5\t\t0.219\n1\t\t7\t\t-9.281\n", (1, 5, 0.219, 0)),
    "Netflix": ("1:\n1488844,3,2005-09-06\n", (1488844, 1, 3, 1125964800)),
    "Amazon 2014": (
        json.dumps(
            {
                "reviewerID": "A2SUAM1J3GNN3B",
                "asin": "0000013714",
                "helpful": [2, 3],
                "overall": 5.0,
                "unixReviewTime": 1252800000,
                "reviewTime": "09 13, 2009",
            }
        ),
        ("A2SUAM1J3GNN3B", "0000013714", 5, 1252800000),
    ),
    "Amazon 2014, ratings only": (
        "AKM1MP6P0OYPR,0132793040,5.0,1365811200\n",
        ("AKM1MP6P0OYPR", "0132793040", 5, 1365811200),
    ),
    "Amazon 2018, ratings only": (
        "0132793040,AKM1MP6P0OYPR,5.0,1365811200\n",
        ("AKM1MP6P0OYPR", "0132793040", 5, 1365811200),
    ),
    "Amazon 2023": (
        json.dumps(
            {
                "rating": 4.0,
                "title": "fine",
                "asin": "B088SZDGXG",
                "parent_asin": "B08BBQ29N5",
                "user_id": "AEYORY2AVPMCPDV57CE337YU5LXA",
                "timestamp": 1634275259292,
            }
        ),
        ("AEYORY2AVPMCPDV57CE337YU5LXA", "B08BBQ29N5", 4, 1634275259),
    ),
    "Yelp": (
        json.dumps(
            {
                "review_id": "x",
                "user_id": "mh_-eMZ6K5RLWhZyISBhwA",
                "business_id": "XQfwVwDr-v0ZS3_CbbE5Xw",
                "stars": 3.0,
                "date": "2018-07-07 22:09:11",
            }
        ),
        ("mh_-eMZ6K5RLWhZyISBhwA", "XQfwVwDr-v0ZS3_CbbE5Xw", 3, 1531001351),
    ),
    "Last.fm: HetRec": (
        one("userID", "artistID", "weight", rows=[(2, 51, 13883)], separator="\t"),
        (2, 51, 13883, 0),
    ),
    "Last.fm: 360K": (
        "00000c289a1829a808ac09c00daf10bc3c4e223b\t3bd73256-3905\tbetty\t2137\n",
        ("00000c289a1829a808ac09c00daf10bc3c4e223b", "3bd73256-3905", 2137, 0),
    ),
    "Last.fm: 1K": (
        "user_000001\t2009-05-04T23:08:57Z\tf1b1cf71\tDeep\tt-1\tSong\n",
        ("user_000001", "f1b1cf71", 1, 1241478537),
    ),
    "RecBole": (
        one(
            *("user_id:token", "item_id:token", "rating:float", "timestamp:float"),
            rows=[("a", "b", 3.0, "881250949.0")],
            separator="\t",
        ),
        ("a", "b", 3, 881250949),
    ),
    "Letterboxd": (
        one(
            *("Date", "Name", "Year", "Letterboxd URI", "Rating"),
            rows=[("2020-01-01", "Alien", 1979, "https://boxd.it/2awY", 4.5)],
        ),
        ("mine", "https://boxd.it/2awY", 4.5, 1577836800),
    ),
    "Goodreads": (
        one(
            *("Book Id", "Title", "My Rating", "Average Rating", "Date Added"),
            rows=[(30, "Emma", 5, 4.02, "2017/05/03")],
        ),
        ("mine", 30, 5, 1493769600),
    ),
    "Goodreads: UCSD": (
        one("user_id", "book_id", "is_read", "rating", rows=[(0, 948, 1, 5)]),
        (0, 948, 5, 0),
    ),
    "IMDb": (
        one("Const", "Your Rating", "Date Rated", rows=[("tt1", 7, "2020-01-01")]),
        ("mine", "tt1", 7, 1577836800),
    ),
    "RetailRocket": (
        one(
            *("timestamp", "visitorid", "event", "itemid", "transactionid"),
            rows=[(1433221332117, 257597, "view", 355908, "")],
        ),
        (257597, 355908, 1, 1433221332),
    ),
    "YooChoose": (
        "1,2014-04-07T10:51:09.277Z,214536502,0\n",
        (1, 214536502, 1, 1396867869),
    ),
    "MyAnimeList": (
        one("user_id", "anime_id", "rating", rows=[(1, 20, -1)]),
        (1, 20, -1, 0),
    ),
    "Food.com": (
        one(
            *("user_id", "recipe_id", "date", "rating", "review"),
            rows=[(38094, 40893, "2003-02-17", 4, '"fine, really"')],
        ),
        (38094, 40893, 4, 1045440000),
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_layouts(write, name):
    content, expected = PUBLISHED[name]
    assert tuple(raw(write(content)).iloc[0]) == expected


def test_layouts_do_not_hide_each_other():
    for layout in layouts.LAYOUTS:
        names = [own for own in layout.columns.values() if own] + list(layout.also)
        assert layouts.layout_of(names) is layout


def test_a_wide_table_is_refused_with_the_way_out(write):
    rows = np.random.default_rng(0).integers(0, 6, (5, 40)).tolist()
    with pytest.raises(DataError, match="melt"):
        read(write(text(header=None, rows=rows)))


# what an adversary found


def assumed(path, **options):
    """The notes on a file, in one text."""
    return "; ".join(read(path, **options).notes)


def test_a_first_line_of_mere_text_is_data_where_columns_are_numbered(write):
    for line in ("ann,book", "ann,book,.5", "ann,book,True"):
        path = write(f"{line}\nbob,car{line[8:]}\ncyd,dog{line[8:]}\n")
        assert len(raw(path, columns={"user": 1, "item": 2})) == 3
    path = write("ann,book\nbob,car\n")
    named = {"user": "ann", "item": "book"}
    assert "line 1 is taken for the header" in assumed(path, columns=named)


def test_a_quote_that_swallows_rows_is_refused_or_taken_for_a_letter(write):
    path = write('user\titem\tplays\nu1\t"heroes\t7\nu2\tm3\t5\nu2\tlow"\t6\n')
    with pytest.raises(DataError, match=r"several lines.*--no-quotes"):
        read(path)
    assert raw(path, quotes=False)["item"].tolist() == ['"heroes', "m3", 'low"']
    path = write('u1\t"weird al" yankovic\t3\nu2\tx\t4\n')
    with pytest.raises(DataError, match="--no-quotes"):
        read(path)
    assert len(raw(path, quotes=False)) == 2


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("#alice,book,5\nbob,car,4\ncyd,dog,3\n", 3),
        ("%20,book,5\nbob,car,4\ncyd,dog,3\n", 3),
        ("# From\tTo\n1\t2\n1\t3\n", 2),
        ("% bip weighted\n% 2 2 2\n1 2 5 881250949\n1 3 4 881250950\n", 2),
    ],
)
def test_a_comment_is_no_row_and_a_row_no_comment(write, content, rows):
    path = write(content)
    assert len(raw(path)) == rows
    skipped = content.count("\n") - rows
    assert ("before the table are skipped" in assumed(path)) == bool(skipped)


@pytest.mark.parametrize(
    ("stamps", "seconds"),
    [
        (["20050906", "20141231"], [1125964800, 1419984000]),
        (["20050906101500", "20141231000000"], [1126001700, 1419984000]),
        (["200509061015", "201412310000"], [1126001700, 1419984000]),
    ],
)
def test_numbers_that_are_dates(write, stamps, seconds):
    path = write(text(rows=[("u", n, 1, own) for n, own in enumerate(stamps)]))
    assert raw(path)["timestamp"].tolist() == seconds
    assert "taken for dates" in assumed(path)


def test_times_before_1980_are_pointed_out(write):
    rows = [("u", 1, 1, "43831.75"), ("u", 2, 1, "43900")]
    assert "before 1980" in assumed(write(text(rows=rows)))
    rows = [("u", 1, 1, 31122019), ("u", 2, 1, 1012020)]
    assert "before 1980" in assumed(write(text(rows=rows)))


def test_numbers_that_a_spreadsheet_rounded(write):
    with pytest.raises(DataError, match=r"line 2.*spreadsheet has rounded"):
        read(write("user,item\na,9.78014E+12\nb,9.78014E+12\n"))


def test_two_files_in_one(write):
    with pytest.raises(DataError, match="line 3: this line repeats the header"):
        read(write("userId,itemId\n1,2\nuserId,itemId\n3,4\n"))
    joined = write("1,2\n1,3\n\ufeff1,4\n2,4\n")
    assert raw(joined)["user"].tolist() == [1, 1, 1, 2]


def test_quotes_do_not_stay_in_ids(write):
    assert raw(write('"user" "item" "rating"\n"u1" "i1" 3\n'))["user"][0] == "u1"
    assert raw(write('"u1"::"i1"::3\n"u1"::"i2"::4\n'))["item"].tolist() == ["i1", "i2"]


@pytest.mark.parametrize(
    "content",
    ["1 2 5\t881250949\n1 3 4\t881250950\n", "12|3,5,4\n1|3,6,4\n"],
)
def test_the_separator_that_makes_more_fields(write, content):
    found = read(write(content))
    assert len(found) == 2 and {"user", "item", "rating"} <= set(found.columns)


@pytest.mark.parametrize("word", ["\\N", "#N/A", "(null)", "undefined", "-", "?"])
def test_other_words_for_a_missing_id(write, word):
    with pytest.raises(DataError, match="stands among numbers"):
        read(write(f"user,item\n1,7\n{word},8\n"))


@pytest.mark.parametrize(
    "rows",
    ["1,881250949,7\n2,881250950,7\n", "0,7,10\n1,7,20\n2,8,20\n", "1,2020-01-01\n"],
)
def test_columns_that_are_plainly_something_else(write, rows):
    with pytest.raises(DataError, match="cannot be told"):
        read(write(rows))


def test_json_by_columns_is_refused(write):
    for content in (
        '{"userId":{"0":1},"itemId":{"0":10}}',
        '{"user":[1,2],"item":[1,2]}',
    ):
        with pytest.raises(DataError, match="one JSON object per rating"):
            read(write(content))


def test_ids_of_bytes_in_a_frame():
    frame = pd.DataFrame({"user": [b"u1", b"u2"], "item": [1, 2]})
    assert list(data.from_frame(frame).users["user_id"]) == ["u1", "u2"]


def test_backslashes_stay_where_quotes_are_escaped(write):
    found = raw(write('user,item\n"DOM\\ann","a \\"b\\" c"\n'))
    assert found.iloc[0, :2].tolist() == ["DOM\\ann", 'a "b" c']


def test_two_columns_of_one_name_need_a_number(write):
    path = write("user,item,rating,rating\na,b,1,2\n")
    with pytest.raises(DataError, match="by its number"):
        read(path, columns={"rating": "rating"})
    assert raw(path, columns={"rating": 4})["rating"].tolist() == [2]


def test_ratings_that_say_there_is_none(write):
    path = write("user_id,anime_id,rating\n1,20,-1\n1,24,8\n")
    assert "1 ratings are -1: no rating was given" in assumed(path)


def test_encodings_that_are_no_text(write):
    for name in ("base64", "hex", "rot13", "nonsense"):
        with pytest.raises(DataError, match="no encoding of text"):
            read(write(text()), encoding=name)


# spoilt files (many more: experiments/01_door.py)


@pytest.fixture(scope="module")
def ml100k():
    return data.load("ml-100k").raw().astype({"rating": int}).to_numpy()


def whole_way(path):
    found = read(path)
    found.dataset(rows_of(found, "last"))
    return found


@pytest.mark.parametrize("kind", fuzz.KINDS)
def test_a_spoilt_file_is_read_or_refused_and_nothing_is_invented(
    kind, tmp_path, ml100k
):
    ends = fuzz.counts(kind, 170, 12, tmp_path, ml100k, whole_way)
    assert sum(ends.values()) == 170 and (ends["read"] > 5 or kind == "noise")


@pytest.mark.parametrize("fault", ["lenient quotes", "filled up", "next line's time"])
def test_the_judge_sees_what_is_invented(fault, tmp_path, ml100k, monkeypatch):
    real = records.csv.reader
    if fault == "lenient quotes":
        kind = "bytes"
        monkeypatch.setattr(
            records.csv, "reader", lambda *a, strict, **more: real(*a, **more)
        )
    elif fault == "filled up":  # as pandas does with short rows
        kind = "fields"

        def reader(*arguments, **more):
            for row in real(*arguments, **more):
                yield [*row, "7", "881250949"][:4] if len(row) > 1 else row

        class Reader:
            def __init__(self, *arguments, **more):
                self.rows, self.line_num = reader(*arguments, **more), 0

            def __iter__(self):
                return self

            def __next__(self):
                self.line_num += 1
                return next(self.rows)

        monkeypatch.setattr(records.csv, "reader", Reader)
    else:
        kind, numbers = "lines", columns.numbers
        monkeypatch.setattr(columns, "numbers", lambda values: numbers(values) + 1)
    with pytest.raises(AssertionError, match="invented"):
        fuzz.counts(kind, 3000, 12, tmp_path, ml100k, whole_way)
