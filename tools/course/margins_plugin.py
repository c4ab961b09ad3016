"""Margins of the tests:
`RECTUTOR_MARGINS=FILE python -m pytest -p course.margins_plugin …`, see `margins`.

With RECTUTOR_SEED_SHIFT=K all seeds that tests and models name are other ones, so that
the same assertion can be seen under several. Without these variables this plugin does
nothing.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from course import margins


def pytest_configure(config: Any) -> None:
    file = os.environ.get("RECTUTOR_MARGINS")
    if file:
        builtins.__margin__ = margins.recorder("", os.path.abspath(file))  # type: ignore[attr-defined]
        _rewrite()
        _allclose(os.path.abspath(file))
    shift = int(os.environ.get("RECTUTOR_SEED_SHIFT", "0"))
    if shift:
        _shift_numpy(shift)
        framework = config.getoption("--framework", None)
        if framework:
            {"torch": _shift_torch, "tensorflow": _shift_tensorflow}[framework](shift)


def _rewrite() -> None:
    """Instrument test modules before pytest rewrites their asserts; neither read nor
    write its cache.
    """
    rewrite: Any = importlib.import_module("_pytest.assertion.rewrite")
    plain = rewrite.rewrite_asserts

    def both(
        tree: ast.Module,
        source: bytes,
        module_path: str | None = None,
        config: Any = None,
    ) -> None:
        if Path(module_path or "").name.startswith("test_"):
            margins.instrument(tree)
        plain(tree, source, module_path, config)

    rewrite.rewrite_asserts = both
    rewrite._read_pyc = lambda *_, **__: None
    rewrite._write_pyc = lambda *_, **__: False


def _allclose(file: str) -> None:
    """What is left of the tolerance in every `numpy.testing.assert_allclose`."""
    plain = np.testing.assert_allclose

    def assert_allclose(
        actual: Any, desired: Any, rtol: float = 1e-7, atol: float = 0, **more: Any
    ) -> None:
        a, b = (np.asarray(side, dtype=float) for side in (actual, desired))
        try:
            a, b = np.broadcast_arrays(a, b)
        except ValueError:
            a = b = np.zeros(0)
        tolerance = atol + rtol * np.abs(b)
        with np.errstate(all="ignore"):
            left = np.where(tolerance > 0, 1 - np.abs(a - b) / tolerance, np.nan)
        if np.isfinite(left).any():
            at = int(np.nanargmin(left))
            caller = sys._getframe(1)
            text = (
                f"assert_allclose(rtol={rtol},"
                f" atol={atol}{', ' + more['err_msg'] if more.get('err_msg') else ''})"
            )
            numbers = float(a.flat[at]), float(b.flat[at]), float(left.flat[at])
            margins.note(
                caller.f_code.co_filename, file, caller.f_lineno, text, numbers, "share"
            )
        plain(actual, desired, rtol=rtol, atol=atol, **more)

    np.testing.assert_allclose = assert_allclose  # type: ignore[assignment]


def _shift_numpy(shift: int) -> None:
    plain = np.random.default_rng
    np.random.default_rng = lambda seed=None: plain(
        seed + shift if isinstance(seed, int) else seed
    )


def _shift_torch(shift: int) -> None:
    torch: Any = importlib.import_module("torch")

    class Generator(torch.Generator):
        def manual_seed(self, seed: int) -> Any:
            return super().manual_seed(seed + shift)

    torch.Generator = Generator


def _shift_tensorflow(shift: int) -> None:
    keras = importlib.import_module("keras")
    for cls in (keras.initializers.RandomNormal.__base__, keras.random.SeedGenerator):
        plain = cls.__init__

        def init(
            self: Any, seed: Any = None, *given: Any, plain: Any = plain, **more: Any
        ) -> None:
            plain(self, seed + shift if isinstance(seed, int) else seed, *given, **more)

        cls.__init__ = init
