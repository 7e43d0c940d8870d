"""Words of the reports for verdicts, and for what the viewer shows.

The texts of a requirement are part of it; sentences about a whole file or a
capability are made in :mod:`~fw_gear_viewer_check.reports.headline`.
"""

from __future__ import annotations

import textwrap

from fw_gear_viewer_check.ohif.failures import Effect
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import Status

SIGNS = {
    Status.PASS: "✓",
    Status.FAIL: "✗",
    Status.UNKNOWN: "?",
    Status.NOT_APPLICABLE: "\N{EN DASH}",
}
"""A sign for each status, so that it does not hang on a colour."""

STATES = {
    Status.PASS: "PASS",
    Status.FAIL: "FAIL",
    Status.UNKNOWN: "UNKNOWN",
    Status.NOT_APPLICABLE: "Does not apply",
}

NO_DICOM = "No readable DICOM"
NO_DICOM_WHY = "The viewer shows only DICOM images and documents, and none could be read."
NO_DICOM_REPAIR = repairs.CHECK_UPLOAD.text

HANDLERS = {
    "stack": "Images",
    "video": "Video",
    "seg": "Segmentation",
    "rtstruct": "Radiotherapy structures",
    "sr": "Structured report",
    "pdf": "PDF document",
    "microscopy": "Whole-slide image",
    "pmap": "Parametric map",
    "ecg": "ECG",
    "unsupported": "Entry marked as unsupported, without an image",
}

MESSAGES = {
    1: "there is no valid image",
    2: "positions are missing",
    3: "MPR and 3D are not offered",
    4: "the pixel spacing of the frames is missing",
    5: "the orientation of the frames is missing",
    6: "the position of the frames is missing",
    7: "images are missing",
    8: "the spacing is uneven",
    9: "images differ in rows or columns",
    10: "grey and colour images are mixed",
    11: "images have different orientations",
    12: "positions are not on one line",
    13: "this kind of display is not supported",
    14: "this kind of object is not supported",
    15: "the kind of object (SOPClassUID) is missing",
}
"""The viewer's warning triangle on a series, by its code."""

EFFECTS = {
    Effect.DROPPED_SILENTLY: "does not list the series, or part of it, and shows no message",
    Effect.SOME_DROPPED: "leaves out images and shows no message",
    Effect.ERROR_PAGE: "shows an error page",
    Effect.UNSUPPORTED: "lists it as unsupported",
    Effect.NOT_DRAWN: "lists it but cannot draw its images",
    Effect.NO_MPR: "offers no MPR or 3D",
    Effect.MPR_BLACK: "offers MPR and 3D, but black until another window is chosen",
    Effect.BLACK_AT_FIRST: "shows it black until another window is chosen",
    Effect.NOT_LOADED: "lists it but does not load it",
    Effect.NO_SUV: "shows no SUV",
}
"""What a user of the viewer meets, after "The viewer"."""


def wrapped(line: str, width: int, indent: str = "") -> list[str]:
    """Return a line cut to a width; what people copy, names and commands, stays whole."""
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def source_of(source: str) -> str:
    """Say where a requirement comes from."""
    if source.startswith("viewer"):
        return f"seen in the open-source {source}"
    return f"Flywheel's requirements, “{source}”"
