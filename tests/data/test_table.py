"""A reader's own ratings: what is understood, and how each kind of bad input is
refused.
"""

import errno
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rec_tutor import data
from rec_tutor.data import DataError, opening


@pytest.fixture
def write(tmp_path):
    def write(content: str | bytes, name: str = "mine.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refused(path, *words, read=data.read_csv, **options):
    """The reading must fail with a message that holds the file's name and the words."""
    with pytest.raises(DataError) as caught:
        read(path, **options)
    for word in (path.name, *words):
        assert word in str(caught.value), f"{word!r} is not in: {caught.value}"
    return str(caught.value)


# what is understood


def test_reads_the_documented_format(write):
    ds = data.read_csv(
        write("userID,itemID,rating,timestamp\n7,30,4.5,100\n2,10,3,50\n7,10,1,75\n")
    )
    assert ds.name == "mine.csv"
    assert list(ds.users["user_id"]) == [2, 7] and list(ds.items["item_id"]) == [10, 30]
    expected = {
        "user": [1, 0, 1],
        "item": [1, 0, 0],
        "rating": [4.5, 3.0, 1.0],
        "timestamp": [100, 50, 75],
    }
    pd.testing.assert_frame_equal(ds.ratings, pd.DataFrame(expected))
    assert ds.ratings.dtypes.astype(str).tolist() == [
        "int64",
        "int64",
        "float64",
        "int64",
    ]


def test_raw_gives_back_what_was_read(write):
    ds = data.read_csv(write("user,item\nbob,x\nann,y\nann,x\n"))
    assert list(ds.raw()["user"]) == ["bob", "ann", "ann"] and list(
        ds.raw()["item"]
    ) == ["x", "y", "x"]


@pytest.mark.parametrize(
    "header",
    [
        "user,item",
        "user_id,item_id",
        "userId,movieId",
        "UserID,ItemID",
        " user , item ",
        '"user","item"',
    ],
)
def test_synonyms(write, header):
    ds = data.read_csv(write(f"{header}\n1,2\n"))
    assert list(ds.raw().iloc[0]) == [1, 2, 1.0, 0]


def test_columns_in_any_order_and_further_ones(write):
    ds = data.read_csv(write("note,timestamp,item,rating,user\nnice,9,a,2,u\n"))
    assert list(ds.raw().iloc[0]) == ["u", "a", 2.0, 9]


def test_defaults_for_missing_columns(write):
    ds = data.read_csv(write("user,item\n1,2\n1,3\n0,2\n"))
    assert list(ds.ratings["rating"]) == [1.0, 1.0, 1.0] and list(
        ds.ratings["timestamp"]
    ) == [0, 1, 2]


@pytest.mark.parametrize(
    "odd", ["007", "u7", "3.5", "+3", "1_0", "99999999999999999999", "-0"]
)
def test_an_id_that_is_not_a_plain_number_keeps_the_column_text(write, odd):
    ds = data.read_csv(write(f"user,item\n{odd},2\n8,3\n"))
    assert set(ds.users["user_id"]) == {odd, "8"}
    assert ds.items["item_id"].dtype == np.int64


def test_whole_numbers_stay_numbers_and_sort_as_such(write):
    ds = data.read_csv(write("user,item\n10,1\n9,1\n-1,1\n"))
    assert list(ds.users["user_id"]) == [-1, 9, 10]


def test_byte_order_mark_crlf_blank_lines_and_spaces(write):
    content = (
        b"\xef\xbb\xbfuser, item, rating\r\n\r\na, x , 1 \r\n   \r\n,,\r\nb, y,"
        b" 2\r\n\r\n"
    )
    ds = data.read_csv(write(content))
    assert ds.raw()[["user", "item", "rating"]].values.tolist() == [
        ["a", "x", 1.0],
        ["b", "y", 2.0],
    ]


def test_quoted_fields(write):
    ds = data.read_csv(write('user,item\n"Smith, J.","say ""hi"""\n'))
    assert list(ds.raw().iloc[0])[:2] == ["Smith, J.", 'say "hi"']


def test_another_separator(write):
    path = write("user;item\n1;2\n")
    assert data.read_csv(path, separator=";").num_items == 1
    assert data.read_csv(path).num_items == 1
    refused(path, "separator=';'", separator=",")


def test_ids_in_other_scripts(write):
    ds = data.read_csv(write("user,item\nМаша,电影\n"))
    assert ds.user_index("Маша") == 0 and ds.item_index("电影") == 0


def test_timestamps_as_whole_decimals(write):
    assert (
        data.read_csv(write("user,item,timestamp\n1,2,881250949.0\n")).ratings[
            "timestamp"
        ][0]
        == 881250949
    )


def test_a_hundred_thousand_rows_are_quickly_read(write):
    random = np.random.default_rng(0)
    pairs = random.choice(1000 * 2000, size=100_000, replace=False)
    frame = pd.DataFrame({"userID": pairs // 2000, "itemID": pairs % 2000})
    frame["rating"], frame["timestamp"] = (
        random.integers(1, 6, len(frame)),
        random.integers(10**9, size=len(frame)),
    )
    path = write(frame.to_csv(index=False))
    start = time.process_time()
    ds = data.read_csv(path)
    assert time.process_time() - start < 5
    assert (ds.raw().to_numpy() == frame.to_numpy()).all()


# what is refused


def test_no_such_file(tmp_path):
    refused(tmp_path / "nowhere.csv", "no such file")


def test_a_folder(tmp_path):
    refused(tmp_path, "cannot be read")


@pytest.mark.parametrize("content", ["", "\n\n", "  \n", "\ufeff"])
def test_empty_file(write, content):
    refused(write(content), "empty", "userID,itemID")


def test_header_without_rows(write):
    refused(write("userID,itemID\n\n"), "no row")


def test_blank_first_line(write):
    refused(write("\nuser,item\n1,2\n"), "line 1", "header")


def test_no_header(write):
    refused(write("a,b,c,d,1\n1,3,4,5,6\n"), "there is no header", "columns=")
    refused(write("who,what\nu,i\n"), "no column for the user and the item", "header")


@pytest.mark.parametrize(
    ("header", "word"), [("user,rating", "the item"), ("rating,item", "the user")]
)
def test_missing_column(write, header, word):
    refused(write(f"{header}\n1,2\n"), f"no column for {word}")


@pytest.mark.parametrize(
    "header", ["user,item,user", "userID,item,user_id", "user,item,rating,rating"]
)
def test_duplicate_column(write, header):
    refused(
        write(f"{header}\n" + ",".join("1" * len(header.split(","))) + "\n"),
        "2 columns stand for the",
    )


@pytest.mark.parametrize(
    "rating", ["good", "", " ", "nan", "NaN", "NA", "inf", "-inf", "1,5", "1_0", "0x10"]
)
def test_rating_that_is_not_a_number(write, rating):
    path = write(f'user,item,rating\n1,2,3\n\n1,3,"{rating}"\n')
    refused(path, "line 4", "the rating is not a number")


@pytest.mark.parametrize(
    "stamp", ["yesterday", "", "nan", "2020-01-01", "31/12/2020", "1e300", "2020-02-30"]
)
def test_timestamp_that_is_no_time(write, stamp):
    refused(
        write(f"user,item,timestamp\n1,2,3\n1,3,{stamp}\n"),
        f"line 3 ({stamp!r})",
        "the timestamp is no time",
        "1970",
    )


@pytest.mark.parametrize(
    ("row", "word"),
    [(",2", "user"), ("  ,2", "user"), ("1,", "item"), ('1,""', "item")],
)
def test_empty_id(write, row, word):
    refused(write(f"user,item\n5,6\n{row}\n"), "line 3", f"the {word} id is empty")


@pytest.mark.parametrize("row", ["1,2,3", "1"])
def test_ragged_row(write, row):
    refused(
        write(f"user,item\n5,6\n{row}\n7,8\n"),
        f"line 3 (fields: {row.count(',') + 1})",
        "2 fields",
    )


def test_a_short_row_is_found_even_if_only_a_further_column_is_missing(write):
    refused(write("user,item,note\n1,2,x\n1,3\n"), "line 3", "3 fields")
    refused(write('user,item,note\n1,2,"x,y"\n1,3\n'), "line 3", "3 fields")
    refused(write("user,item,note\n1,2,x\n1,3\n1,4,x,y\n"), "line 3", "line 4")


@pytest.mark.parametrize("size", [1, 100_000])
def test_quote_that_does_not_end(write, size):
    refused(write('user,item\n1,2\n"1,3\n' + "1,4\n" * size), "line")


def test_not_utf8(write):
    refused(write("user,item\n1,2\n1,Café\n".encode("latin-1")), "line 3", "UTF-8")
    text = "user,item\n1,Caf\u00e9\n"
    for encoding in ("latin-1", "utf-16", "utf-16-le"):
        path = write(text.encode(encoding))
        assert data.read_csv(path, encoding=encoding).items["item_id"][0] == "Caf\u00e9"
    refused(path, "utf-16-le")
    assert data.read_csv(write(text.encode("utf-16"))).num_items == 1


def test_duplicate_pair_names_both_lines(write):
    refused(
        write("user,item\na,x\nb,x\n\na,x\n"), "line 5", "line 2", "user a", "item x"
    )


def test_duplicate_pairs_are_counted_and_may_be_kept(write):
    path = write("user,item\n1,2\n1,2\n1,2\n")
    refused(path, "2 such rows", read=data.read_table)
    assert len(data.read_table(path, duplicates="keep")) == 3


def test_a_quoted_line_break_does_not_shift_line_numbers(write):
    refused(write('user,item,note,rating\na,x,"b\nc",1\n\nc,y,,zz\n'), "line 5", "'zz'")


def test_only_the_first_few_rows_are_named(write):
    message = refused(
        write("user,item,rating\n" + "".join(f"1,{item},x\n" for item in range(9))),
        "line 4",
        "6 more",
    )
    assert "line 5" not in message


def test_a_disk_that_cannot_be_read(write, monkeypatch):
    path = write("user,item\n1,2\n")

    def fail(self, *more):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(opening, "_raw", fail)
        refused(path, "Input/output error")


# pandas tables


def test_from_frame_is_read_csv(write):
    frame = pd.DataFrame(
        {"user": ["b", "a"], "item": [3, 1], "rating": [1, 2.5], "timestamp": [20, 10]},
        index=[5, 5],
    )
    one, two = data.from_frame(frame), data.read_csv(write(frame.to_csv(index=False)))
    for part in ("ratings", "users", "items"):
        pd.testing.assert_frame_equal(getattr(one, part), getattr(two, part))
    assert one.name == "table"


def test_from_frame_takes_the_raw_ratings_of_a_set():
    ds = data.load("synthetic")
    again = data.from_frame(ds.raw(), name="again")
    pd.testing.assert_frame_equal(again.ratings, ds.ratings)


def test_from_frame_with_times_categories_and_gaps():
    times = pd.to_datetime(["2020-01-01 00:00:01", "1970-01-01 00:00:00"])
    frame = pd.DataFrame(
        {"user": pd.Categorical(["u", "v"]), "item": [1.0, 2.0], "timestamp": times}
    )
    ds = data.from_frame(frame)
    assert list(ds.ratings["timestamp"]) == [1_577_836_801, 0]
    assert list(ds.items["item_id"]) == [1, 2] and ds.items["item_id"].dtype == np.int64
    assert (
        list(
            data.from_frame(frame.assign(timestamp=times.tz_localize("UTC"))).ratings[
                "timestamp"
            ]
        )[1]
        == 0
    )


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"user": [1, 1]}, "no column for the item"),
        ({"user": [1, 2], "item": [1.0, np.nan]}, "row 1: the item id is empty"),
        ({"user": [None, "a"], "item": [1, 2]}, "row 0: the user id is empty"),
        (
            {"user": [1, 1], "item": [1, 2], "rating": [1.0, None]},
            "row 1 (nan): the rating is not a number",
        ),
        (
            {"user": [1, 1], "item": [1, 2], "rating": [1.0, "x"]},
            "row 1 ('x'): the rating is not a number",
        ),
        (
            {"user": [1, 1], "item": [1, 2], "timestamp": [pd.Timestamp(0), pd.NaT]},
            "row 1 (NaT): the timestamp",
        ),
        (
            {"user": [1, 1], "item": [2, 2]},
            "row 1: user 1 and item 2 stand already in row 0",
        ),
        ({"user": [], "item": []}, "no row"),
    ],
)
def test_bad_frames_name_the_row(columns, words):
    with pytest.raises(DataError) as caught:
        data.from_frame(
            pd.DataFrame(columns, index=range(10, 10 + len(columns["user"]))),
            name="mine",
        )
    assert str(caught.value).startswith("mine") and words in str(caught.value)


def test_frame_with_a_column_twice():
    with pytest.raises(DataError, match="2 columns stand for the user"):
        data.from_frame(pd.DataFrame([[1, 2, 3]], columns=["user", "item", "user"]))


# another table of the same users and items


@pytest.fixture
def train(write):
    return data.read_csv(write("user,item\nu1,10\nu2,20\n", "train.csv"))


def test_encode(train, write):
    path = write("itemID,userID,rating,timestamp\n20,u1,3,7\n10,u2,4,6\n", "valid.csv")
    expected = {
        "user": [0, 1],
        "item": [1, 0],
        "rating": [3.0, 4.0],
        "timestamp": [7, 6],
    }
    pd.testing.assert_frame_equal(data.encode(train, path), pd.DataFrame(expected))
    pd.testing.assert_frame_equal(
        data.encode(train, pd.read_csv(path)), pd.DataFrame(expected)
    )


def test_encode_needs_no_ratings(train, write):
    assert data.encode(train, write("user,item\nu2,10\n")).to_numpy().tolist() == [
        [1, 0, 1.0, 0]
    ]


@pytest.mark.parametrize(("row", "word"), [("u3,10", "user"), ("u1,30", "item")])
def test_encode_unknown_id(train, write, row, word):
    path = write(f"user,item\nu1,20\n{row}\n", "pairs.csv")
    refused(
        path,
        "line 3",
        f"{word} is not in train.csv",
        read=lambda path: data.encode(train, path),
    )
    marked = data.encode(train, path, unknown="mark")
    assert (
        marked[word].tolist()[1] == -1
        and (marked[["user", "item"]] >= 0).to_numpy().sum() == 3
    )


def test_encode_matches_text_and_numbers(write):
    """The ids of one file may all be numbers while another file of the same source has
    text among them.
    """
    train = data.read_csv(write("user,item\n7,1\nu,1\n", "train.csv"))
    assert list(data.encode(train, write("user,item\n7,1\n", "valid.csv"))["user"]) == [
        train.user_index("7")
    ]


def test_encode_checks_like_read_csv(train, write):
    path = write("user,item\nu1,10\nu1,10\n", "pairs.csv")
    refused(path, "line 3", "line 2", read=lambda path: data.encode(train, path))
    assert len(data.encode(train, path, duplicates="keep")) == 2
