"""Cases in which the model does not follow the viewer, and why. Empty is the aim."""

from __future__ import annotations

from dataclasses import dataclass

from tests.viewer.real_viewer import LOCAL, SOURCES


@dataclass(frozen=True)
class Disagreement:
    """What differs, what the viewer does there, and why the model does not follow."""

    fields: tuple[str, ...]
    viewer: str
    reason: str
    sources: tuple[str, ...] = SOURCES
    """Where the viewer has its data from."""


DISAGREEMENTS: dict[str, Disagreement] = {}
"""By name of the case."""


def fields(name: str, source: str = LOCAL) -> tuple[str, ...]:
    """Return the fields in which a case is known to differ."""
    known = DISAGREEMENTS.get(name)
    return known.fields if known and source in known.sources else ()
