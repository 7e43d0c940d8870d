"""Cases in which the model does not follow the viewer, and why. Empty is the aim."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Disagreement:
    """What differs, what the viewer does there, and why the model does not follow."""

    fields: tuple[str, ...]
    viewer: str
    reason: str


DISAGREEMENTS: dict[str, Disagreement] = {}
"""By name of the case."""


def fields(name: str) -> tuple[str, ...]:
    """Return the fields in which a case is known to differ."""
    known = DISAGREEMENTS.get(name)
    return known.fields if known else ()
