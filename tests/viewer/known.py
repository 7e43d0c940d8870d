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


_FIRST_YEARS = Disagreement(
    ("suv_factor",),
    "The viewer reads the date, and makes a factor of it that is no number.",
    "The model calls the date unreadable and gives no factor: no SUV is shown either way.",
)

_NOT_SERVED = Disagreement(
    ("drawn",),
    "The server gives no frames of such a file (it answers 500 or 400).",
    "Another server may; out of local files they are drawn.",
    (DICOMWEB,),
)
_SYNTAX_NOT_SERVED = Disagreement(
    ("drawn", "handler"),
    "The server does not say how the pixels are stored (AvailableTransferSyntaxUID), and the "
    "viewer takes the video for a stack of images.",
    "Another server may say it, and local files do.",
    (DICOMWEB,),
)

_VR_UN = "A server sends such a sequence or number as bytes, and the model treats files alike."
_NOT_LISTED = Disagreement(
    ("display sets",),
    "Out of local files the viewer lists nothing of a series whose frames' geometry has VR UN.",
    _VR_UN,
    (LOCAL,),
)

DISAGREEMENTS: dict[str, Disagreement] = {
    "file: enhanced, SharedFunctionalGroupsSequence in VR UN": _NOT_LISTED,
    "file: enhanced, PerFrameFunctionalGroupsSequence in VR UN": _NOT_LISTED,
    "file: Rows in VR UN": Disagreement(
        ("reconstructable", "messages"),
        "Out of local files the viewer reads the number.",
        _VR_UN,
        (LOCAL,),
    ),
    "file: declared big endian, encoded big endian": _NOT_SERVED,
    "file: two frames, a third beyond them": _NOT_SERVED,
    "file: class 77.1.1.1 as MPEG-4": _SYNTAX_NOT_SERVED,
    "file: class 7.4 as MPEG-4": _SYNTAX_NOT_SERVED,
    "SUV: SeriesDate 00010101": _FIRST_YEARS,
    "SUV: SeriesDate and AcquisitionDate 00010101": _FIRST_YEARS,
    "pydicom-data-CT-1.2-03": Disagreement(
        ("drawn",),
        "Out of local files the viewer finds no pixels behind a sequence of VR UN that is encoded "
        "in implicit VR; from a server it draws them.",
        "Only elements that a requirement asks for are looked into.",
        (LOCAL,),
    ),
    "dcmjs-OP-5.1-01": Disagreement(
        ("drawn",),
        "The viewer decodes the frame.",
        "The stream is of another coding than its transfer syntax says. Made-up series of this "
        "kind came out garbled; which pixels are right is not known of a real one.",
    ),
}
"""By name of the case."""


def fields(name: str, source: str = LOCAL) -> tuple[str, ...]:
    """Return the fields in which a case is known to differ."""
    known = DISAGREEMENTS.get(name)
    return known.fields if known and source in known.sources else ()
