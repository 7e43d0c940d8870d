"""Cases in which the model does not follow the viewer, and why. Empty is the aim."""

from __future__ import annotations

from dataclasses import dataclass

from tests.viewer.real_viewer import DICOMWEB, LOCAL, SOURCES


@dataclass(frozen=True)
class Disagreement:
    """What differs, what the viewer does there, and why the model does not follow."""

    fields: tuple[str, ...]
    viewer: str
    reason: str
    sources: tuple[str, ...] = SOURCES
    """Where the viewer has its data from."""


_LATER = "The error page comes when the series is drawn, which the run did not wait for."

DISAGREEMENTS: dict[str, Disagreement] = {
    "stack: Modality blank": Disagreement(
        ("error page",), "Listed beside other series.", _LATER, (DICOMWEB,)
    ),
    "fo-dicom-SR-88.33-01": Disagreement(("error page",), "Listed.", _LATER, (LOCAL,)),
}
"""By name of the case."""


def fields(name: str, source: str = LOCAL) -> tuple[str, ...]:
    """Return the fields in which a case is known to differ."""
    known = DISAGREEMENTS.get(name)
    return known.fields if known and source in known.sources else ()
