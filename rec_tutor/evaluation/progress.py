"""A progress bar that stays quiet where nobody looks, and that stops no work."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from tqdm.auto import tqdm

MANY = 20  # steps that are worth a bar

Step = TypeVar("Step")


def steps(todo: Collection[Step], what: str, many: int = MANY) -> Iterator[Step]:
    """The steps, one after the other, with a bar on stderr if there are more than
    `many`; on a terminal or in a notebook only. A bar that cannot be drawn is given up.
    """
    bar = _bar(len(todo), what) if len(todo) > many else None
    try:
        for step in todo:
            yield step
            bar = _told(bar, "update")
    finally:
        _told(bar, "close")


def _bar(total: int, what: str) -> Any:
    try:
        return tqdm(total=total, desc=what, disable=None, leave=False)
    except Exception:  # no work fails because its bar cannot be drawn
        return _given_up()


def _told(bar: Any, what: str) -> Any:
    """The bar, or None once it has failed."""
    try:
        if bar is not None:
            getattr(bar, what)()
        return bar
    except Exception:  # as above: stderr is closed, say
        return _given_up()


def _given_up() -> None:
    """A bar that cannot write leaves tqdm's lock behind, for which the bars of all
    other threads would wait for ever.
    """
    with suppress(Exception):  # it was not left behind
        tqdm.get_lock().release()
