"""Which column of a table is the user, the item, the rating, the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rec_tutor.data.layouts import (
    ALSO,
    DOCUMENTED,
    ROLES,
    Layout,
    layout_of,
    plain,
)
from rec_tutor.data.schema import DataError

WITHOUT = {
    "rating": "no rating column: every row counts 1.0",
    "timestamp": "no time column: the order of the rows is taken for time",
}
LIKELY = {  # what a column of another name may be called
    "rating": ("rating", "score", "star", "grade", "plays", "count", "weight"),
    "timestamp": ("time", "date", "stamp", "created", "when", "year"),
}


def roles_of(
    given: Sequence[str],
    name: str,
    columns: Mapping[str, str | int] | None = None,
    *,
    hint: str = "",
) -> tuple[dict[str, int], Layout | None, list[str]]:
    """Find our columns among those of a table.

    Args:
        given: the names of the table's columns.
        name: of the table, for messages.
        columns: role -> name or position (from 1), for what the names do not tell; ""
            or 0: there is no such column.
        hint: what else may be wrong if a column is missing.

    Returns:
        Role -> position; the published form, if it is one; what a reader should know.

    Raises:
        DataError: where a column is missing or there twice.
    """
    names = [plain(own) for own in given]
    layout = layout_of(names)
    wanted: dict[str, int] = {}
    chosen = _chosen(given, name, columns or {})
    for role in ROLES:
        if role in chosen:
            found = [chosen[role]] if chosen[role] >= 0 else []
        elif layout is not None and role in layout.columns:
            own = layout.columns[role]
            found = [names.index(own)] if own else []
        else:
            found = _named(names, role)
        if len(found) > 1:
            both = ", ".join(repr(given[at]) for at in found)
            raise DataError(
                f"{name}: {len(found)} columns stand for the {role}: {both}. Keep one"
                f" of them, or say which: columns={{{role!r}: {given[found[0]]!r}}} (on"
                f" the command line --columns {role}={given[found[0]]})."
            )
        if found:
            wanted[role] = found[0]
    _need_both(wanted, given, name, layout, hint)
    taken = list(wanted.values())
    twice = next((at for at in taken if taken.count(at) > 1), None)
    if twice is not None:
        raise DataError(f"{name}: the column {given[twice]!r} is named for two things.")
    return wanted, layout, _notes(wanted, given, names, layout, set(chosen))


def _named(names: Sequence[str], role: str) -> list[int]:
    """Positions of the columns that have the documented names, else one of the other
    names.
    """
    for known in (DOCUMENTED[role], ALSO[role]):
        found = [at for at, own in enumerate(names) if own in known]
        if found:
            return found
    return []


def _chosen(
    given: Sequence[str], name: str, columns: Mapping[str, str | int]
) -> dict[str, int]:
    """Role -> position, -1 for none, as somebody asked for."""
    found = {}
    for role, own in columns.items():
        if role not in ROLES:
            raise DataError(
                f"columns names {role!r}: it takes {', '.join(ROLES)}, each with a"
                " column of the table."
            )
        if own in ("", 0, None):
            found[role] = -1
        elif list(given).count(str(own)) == 1:
            found[role] = list(given).index(str(own))
        elif str(own) in given:
            raise DataError(
                f"{name}: several columns are called {own!r}: say which by its number,"
                " counted from 1."
            )
        elif str(own).isdecimal() and 1 <= int(own) <= len(given):
            found[role] = int(own) - 1
        else:
            raise DataError(
                f"{name}: there is no column {own!r} among {list(given)} for the"
                f" {role}."
            )
    return found


def _need_both(
    wanted: Mapping[str, int],
    given: Sequence[str],
    name: str,
    layout: Layout | None,
    hint: str,
) -> None:
    single = layout is not None and layout.columns.get("user") == ""
    missing = [own for own in ("user", "item") if own not in wanted]
    if single:
        missing = [own for own in missing if own != "user"]
    if missing:
        rest = [
            own for at, own in enumerate(given) if own and at not in wanted.values()
        ]
        names = [*rest, "NAME", "NAME"]
        some = ",".join(
            f"{role}={own}" for role, own in zip(missing, names, strict=False)
        )
        way_out = hint or (
            "The first line must be a header: userID,itemID[,rating][,timestamp]; or"
            f" say what the columns are called: columns={{'{missing[0]}': …}}, on the"
            f" command line for instance --columns {some},rating=…,timestamp=…"
        )
        raise DataError(
            f"{name}: no column for the {' and the '.join(missing)} among"
            f" {list(given)}. {way_out}"
        )


def _notes(
    wanted: Mapping[str, int],
    given: Sequence[str],
    names: Sequence[str],
    layout: Layout | None,
    chosen: set[str],
) -> list[str]:
    notes = []
    also = [
        f"{role} = {given[at]}"
        for role, at in wanted.items()
        if role not in chosen and names[at] not in DOCUMENTED[role]
    ]
    if layout is not None:
        notes.append(f"the columns are those of {layout.name}")
        if layout.note:
            notes.append(layout.note)
    elif also:
        notes.append(f"taken by their names: {', '.join(also)}")
    rest = [own for at, own in enumerate(given) if at not in wanted.values()]
    rest = [own for own in rest if own]
    if chosen and rest and len(wanted) < len(ROLES):
        notes.append(f"further columns, not named: {', '.join(rest[:6])}")
        return notes
    for role, words in LIKELY.items():
        if role in wanted or role in chosen:
            continue
        likely = [own for own in rest if any(w in plain(own) for w in words)]
        if likely:
            notes.append(
                f"is {likely[0]!r} the {role}? If so: columns={{{role!r}:"
                f" {likely[0]!r}}}, --columns {role}={likely[0]}"
            )
    return notes
