"""Chapter attention, with other contracts."""

from __future__ import annotations

from rec_tutor.check.contract import Family

FAMILIES: list[Family] = []
