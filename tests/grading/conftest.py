"""Notebooks of made-up students, made for each test."""

import json
import sys
from pathlib import Path

import pytest

RIGHT = {
    "misses": """
def misses(R, U, V):
    wrong = abs(U @ V - R) >= 0.5
    return int(wrong[R > 0].sum())
""",
    "compare": """
import numpy as np
def compare(low, high):
    return np.where(low > 0, 1, np.where(high < 0, -1, 0))
""",
    "sgd_step": """
def sgd_step(p, q, r, eta, penalty):
    e = r - p @ q
    return p + eta * (e * q - penalty * p), q + eta * (e * p - penalty * q)
""",
}
WRONG = {
    "holes_are_zeros": """
def misses(R, U, V):
    return int((abs(U @ V - R) >= 0.5).sum())
""",
    "no_penalty": """
def sgd_step(p, q, r, eta, penalty):
    error = r - p @ q  # the old vectors
    return p + eta * error * q, q + eta * error * p
""",
}
STUB = {name: f'def {name}(*given):\n    """Text."""\n    ...\n' for name in RIGHT}


def text_of(*cells: str | tuple[str, str]) -> str:
    """A notebook of code cells; ("markdown", text) is a cell of text."""
    made = []
    for one in cells:
        kind, text = ("code", one) if isinstance(one, str) else one
        made.append({"cell_type": kind, "source": text, "metadata": {}})
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": made})


@pytest.fixture
def put():
    """put(path, cells …) writes a notebook, and the folders above it."""

    def put(path: Path, *cells):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(*cells), encoding="utf-8")
        return path

    return put


linux = pytest.mark.skipif(sys.platform != "linux", reason="answers run on Linux")
