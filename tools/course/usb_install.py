"""Set up the course from this folder, without internet.

    python install.py              into the folder rec_tutor in your home folder
    python install.py FOLDER       into another one

It needs Python alone. It checks the files, makes an environment of its own in
FOLDER/venv, installs from wheels/ and copies notebooks, data and website, so that the
stick can go to the next person. A second run mends what is missing and keeps notebooks
that you changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
COPIED = ("notebooks", "data", "site")
SPARE = 200_000_000  # bytes that are to be left on the disk
# the variables that would lead Python or pip elsewhere
AWAY = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")
SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}

POSIX = """\
#!/bin/sh
# ./start.sh opens the notebooks; ./start.sh COMMAND … runs a command of the course.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
export RECTUTOR_CACHE="$here/data" PATH="$here/venv/bin:$PATH"
unset PYTHONPATH PYTHONHOME
{settings}
if [ $# -gt 0 ]; then exec "$@"; fi
cd "$here/notebooks" && exec jupyter lab
"""
WINDOWS = """\
@echo off
rem start.bat opens the notebooks; start.bat COMMAND ... runs a command of the course.
setlocal
set "RECTUTOR_CACHE=%~dp0data"
set "PATH=%~dp0venv\\Scripts;%PATH%"
set "PYTHONPATH="
set "PYTHONHOME="
{settings}
if "%~1"=="" goto lab
%*
exit /b
:lab
cd /d "%~dp0notebooks"
jupyter lab
"""


class Stop(Exception):
    """What stands in the way; the text says what to do."""


def this_machine() -> dict[str, str]:
    """What wheels depend on, as the stick names it."""
    machine = {"amd64": "x86_64", "aarch64": "arm64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    return {
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "system": {"win32": "windows", "darwin": "macos"}.get(
            sys.platform, sys.platform
        ),
        "machine": machine,
    }


def check_machine(stick: dict[str, str], here: dict[str, str]) -> None:
    """Are the wheels of the stick for this computer and this Python?"""
    if (stick["system"], stick["machine"]) != (here["system"], here["machine"]):
        raise Stop(
            f"This folder is for {stick['system']} on {stick['machine']}; this computer"
            f" has {here['system']} on {here['machine']}. Ask for the folder that was"
            " made for it."
        )
    if stick["python"] != here["python"]:
        name = "py -" if here["system"] == "windows" else "python"
        raise Stop(
            f"This folder is for Python {stick['python']}, and this is Python"
            f" {here['python']}. If you have the other one, too, start it by its name:"
            f" {name}{stick['python']} install.py. Else install Python"
            f" {stick['python']} from python.org, beside the one that you have."
        )


def check_files(stick: Path) -> None:
    """Is every file there, and as it was written?"""
    lines = (stick / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    wrong = []
    for line in lines:
        known, _, name = line.partition("  ")
        path = stick / name
        if not path.is_file():
            wrong.append(f"{name}: missing")
        elif digest(path) != known:
            wrong.append(f"{name}: damaged")
    if wrong:
        more = f"\n  and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise Stop(
            "The folder is not what it was when it was made:\n  "
            + "\n  ".join(wrong[:10])
            + f"{more}\nCopy it again from its source. Nothing was installed."
        )


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    found = hashlib.sha256()  # by hand, so that an older Python can say it is too old
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def check_room(folder: Path, needed: int) -> None:
    """Is there space for it?"""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    free = shutil.disk_usage(there).free
    if free < needed + SPARE:
        raise Stop(
            f"The disk of {folder} has {free / 1e6:,.0f} MB left, and about"
            f" {(needed + SPARE) / 1e6:,.0f} MB are needed. Free some space, or name a"
            " folder on another disk: python install.py FOLDER"
        )


def check_target(folder: Path) -> None:
    """May the folder be used? It is new or empty, or an earlier run began there."""
    if folder == HERE or HERE in folder.parents:
        raise Stop(
            f"{folder} is inside the folder that this is installed from. Name another:"
            " python install.py FOLDER"
        )
    if folder.exists() and not folder.is_dir():
        raise Stop(f"{folder} is a file. Name another folder.")
    before = (folder / "usb.json").is_file()  # `run` writes it first
    if folder.is_dir() and any(folder.iterdir()) and not before:
        raise Stop(
            f"{folder} has other things in it. Name a new folder:"
            " python install.py FOLDER"
        )


def program(folder: Path) -> Path:
    """The Python of the environment."""
    if os.name == "nt":
        return folder / "venv" / "Scripts" / "python.exe"
    return folder / "venv" / "bin" / "python"


def install(stick: Path, folder: Path, requirements: list[str]) -> None:
    """Make the environment and install into it from wheels/ alone."""
    python = program(folder)
    if not python.exists():
        # pip comes from the stick: some systems leave it out of their Python
        venv.EnvBuilder(symlinks=os.name != "nt").create(folder / "venv")
    wheels = stick / "wheels"
    pip = next(wheels.glob("pip-*.whl"))
    env = {name: own for name, own in os.environ.items() if name not in AWAY}
    done = subprocess.run(
        # -m: on Windows a pip that is started as "pip" refuses to install pip
        [str(python), "-P", "-m", "pip", "--isolated", "install", "--quiet"]
        + ["--disable-pip-version-check", "--no-input", "--no-index"]
        + ["--no-warn-script-location", "--find-links", str(wheels), *requirements],
        env=env | {"PYTHONPATH": str(pip)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise Stop(
            f"pip could not install:\n{done.stdout.strip()}\nRun this once more; if it"
            f" says the same, delete {folder / 'venv'} and try again."
        )


def copy(stick: Path, folder: Path) -> int:
    """Copy what is not there yet; returns how many files that are there differ, and so
    were kept.
    """
    kept = 0
    for name in COPIED:
        for source in sorted((stick / name).rglob("*")):
            target = folder / source.relative_to(stick)
            if source.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            elif not target.exists() or (
                name != "notebooks" and target.stat().st_size != source.stat().st_size
            ):
                target.parent.mkdir(parents=True, exist_ok=True)
                part = target.with_name(target.name + ".part")
                shutil.copyfile(source, part)
                os.replace(part, target)
            elif name == "notebooks" and digest(target) != digest(source):
                kept += 1
    return kept


def start_script(folder: Path) -> Path:
    """What starts Jupyter."""
    return folder / ("start.bat" if os.name == "nt" else "start.sh")


def write_start(folder: Path) -> None:
    """Write the script that starts Jupyter."""
    script = start_script(folder)
    if os.name == "nt":
        lines = "\n".join(f'set "{name}={own}"' for name, own in SETTINGS.items())
        script.write_text(WINDOWS.format(settings=lines), newline="\r\n")
    else:
        lines = "export " + " ".join(f"{name}={own}" for name, own in SETTINGS.items())
        script.write_text(POSIX.format(settings=lines), newline="\n")
        script.chmod(0o755)


def run(folder: Path, stick: Path = HERE) -> None:
    """Check, install, copy, and say how to start.

    Raises:
        Stop: with what stands in the way.
    """
    about = json.loads((stick / "usb.json").read_text(encoding="utf-8"))
    check_machine(about, this_machine())
    check_target(folder)
    print("Checking the files …", flush=True)
    check_files(stick)
    if not start_script(folder).exists():  # it is written last
        check_room(folder, about["bytes"])
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(stick / "usb.json", folder / "usb.json")
    print(f"Installing into {folder}: some minutes …", flush=True)
    install(stick, folder, about["requirements"])
    kept = copy(stick, folder)
    write_start(folder)
    if kept:
        print(
            f"{kept} notebooks there differ from those of this folder: you changed"
            " them, or they are from an older one. They were kept."
        )
    script = start_script(folder)
    how = "Open this file:\n    {}" if os.name == "nt" else 'Type\n    "{}"'
    print(f"Ready. {how.format(script)}")
    print("The stick is not needed any more.")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    p = argparse.ArgumentParser(
        prog="install.py", description="Set up the course, without internet."
    )
    p.add_argument("folder", nargs="?", type=Path, default=Path.home() / "rec_tutor")
    options = p.parse_args(arguments)
    try:
        run(options.folder.expanduser().resolve())
    except Stop as stop:
        print(f"error: {stop}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}. Mend that, and run this again.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
