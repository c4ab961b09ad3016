"""A machine like Colab's: a virtual environment with what Colab has and the course
uses, and a folder for each notebook that holds nothing but it and the wheel.

An environment is made once and kept; each notebook sees it through an empty one of its
own, so what the set-up cell installs is seen, and is gone afterwards.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from course import definitions, kernels
from course.modules import ROOT

PYTHONS = ("3.11", "3.12", "3.13")
# What Colab says it has, on github.com/googlecolab/backend-info: with Python 3.13 since
# August 2026, with 3.12 in its runtime 2026.07. It left 3.11 in 2025.
EVERYWHERE = {
    "ipykernel": "6.17.1",
    "ipython": "7.34.0",
    "jupyter_client": "7.4.9",
    "matplotlib": "3.10.0",
    "pip": "24.1.2",
    "pyzmq": "26.2.1",
    "scikit-learn": "1.6.1",
    "scipy": "1.16.3",
    "tornado": "6.5.7",
    "traitlets": "5.7.1",
}
NEWER = {"numpy": "2.1.3", "pandas": "2.2.3"}  # with Python 3.13
OLDER = {"numpy": "2.0.2", "pandas": "2.2.2"}
TENSORFLOW = "2.20.0"
# Each version of PyTorch has few builds without GPU code, so it is always that of
# constraints.txt.
TESTED = ("ipykernel", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy")
# No more than `import google.colab`, by which programs ask whether this is Colab.
STUB = '"""A stand-in: this is a machine like Colab\'s."""\n'
# Settings of whoever runs this, which a reader on Colab does not have.
OWN = re.compile(
    r"(CONDA|IPYTHON|JUPYTER|KERAS|MPL|PYTHON|PYTEST|RECTUTOR|VIRTUAL_ENV|XDG_)"
)


@dataclass(frozen=True)
class Machine:
    """One kind of machine.

    Attributes:
        python: such as "3.12".
        framework: "torch", "tensorflow", or "" for neither.
        versions: "colab", or "tested" for those of constraints.txt.
    """

    python: str
    framework: str
    versions: str = "colab"

    def __str__(self) -> str:
        versions = "" if self.versions == "colab" else self.versions
        return " ".join(filter(None, (self.python, self.framework, versions)))

    def packages(self) -> list[str]:
        """What pip is asked for."""
        pins = definitions.pinned(ROOT)
        if self.versions == "tested":
            wanted = {name: pins[name] for name in TESTED}
        else:
            wanted = EVERYWHERE | (NEWER if self.python >= "3.13" else OLDER)
        if self.framework == "torch":
            wanted["torch"] = pins["torch"]
        elif self.framework:
            # the build without GPU code, where there is one
            plain = (platform.system(), platform.machine()) == ("Linux", "x86_64")
            name = "tensorflow-cpu" if plain else "tensorflow"
            wanted[name] = pins[name] if self.versions == "tested" else TENSORFLOW
        return [f"{name}=={version}" for name, version in sorted(wanted.items())]

    @property
    def folder(self) -> str:
        """The name of its folder: another one when its packages change."""
        asked = hashlib.sha256("\n".join(self.packages()).encode()).hexdigest()
        return f"{str(self).replace(' ', '-')}-{asked[:8]}"


def python_of(environment: Path) -> Path:
    """The Python of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def packages_of(environment: Path) -> Path:
    """Where a virtual environment keeps its packages."""
    if os.name == "nt":
        return environment / "Lib" / "site-packages"
    return next((environment / "lib").glob("python3.*")) / "site-packages"


def make(machine: Machine, interpreter: str, shelf: Path) -> Path:
    """The environment of a machine; made, if it is not there yet, in the folder
    `shelf`.

    Raises:
        RuntimeError: it can't be made: the interpreter is another version, or pip says
            why.
    """
    environment = shelf / machine.folder
    ready = environment / "ready"
    if ready.exists():
        return environment
    shutil.rmtree(environment, ignore_errors=True)
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    if (found := ran([interpreter, "-c", asked]).strip()) != machine.python:
        raise RuntimeError(f"{interpreter} is Python {found}, not {machine.python}")
    ran([interpreter, "-m", "venv", str(environment)])
    pip = [str(python_of(environment)), "-m", "pip", "install", "--quiet"]
    more = ["-c", str(ROOT / "constraints.txt")] if machine.versions == "tested" else []
    ran([*pip, *machine.packages(), *more])
    stub = packages_of(environment) / "google" / "colab"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text(STUB, encoding="utf-8")
    ready.touch()
    return environment


def ran(command: list[str]) -> str:
    """What a command prints.

    Raises:
        RuntimeError: it failed, and why.
    """
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        why = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
        raise RuntimeError(f"{' '.join(command[:4])} …: {' '.join(why)}")
    return done.stdout


def empty_copy(environment: Path, folder: Path) -> Path:
    """An environment in `folder` that has what `environment` has, and is empty itself:
    its own packages are those that are installed from now on.
    """
    ran([str(python_of(environment)), "-m", "venv", "--without-pip", str(folder)])
    lower = packages_of(environment)
    line = f"import site; site.addsitedir({str(lower)!r})\n"
    (packages_of(folder) / "below.pth").write_text(line, encoding="utf-8")
    return folder


def installed(environment: Path) -> list[str]:
    """What was installed into an environment: "name version", in order."""
    found = metadata.distributions(path=[str(packages_of(environment))])
    return sorted(f"{one.metadata['Name'].lower()} {one.version}" for one in found)


def variables(
    copy: Path, home: Path, cache: Path, pip_cache: Path, given: Mapping[str, str]
) -> dict[str, str]:
    """The environment variables of a reader's kernel: of those `given`, of this
    process, only what concerns the machine.

    Args:
        home: an empty folder; cache: for data sets; pip_cache: for pip's downloads.
    """
    kept = {name: value for name, value in given.items() if not OWN.match(name)}
    programs = str(python_of(copy).parent)
    return {
        **kernels.USUAL,
        **kept,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PATH": os.pathsep.join([programs, os.defpath]),
        "PIP_CACHE_DIR": str(pip_cache),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else ipykernel 6 talks of a debugger
        "RECTUTOR_CACHE": str(cache),
        "RECTUTOR_CHECK": "strict",  # a solution that is wrong fails
    }
