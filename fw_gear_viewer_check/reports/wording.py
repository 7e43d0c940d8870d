"""What the HTML page says to people who do not know DICOM: about verdicts, and about the viewer.

What is said about a requirement stands with the requirement.
"""

from __future__ import annotations

from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import Capability, Status

SIGNS = {
    Status.PASS: "✓",
    Status.FAIL: "✗",
    Status.UNKNOWN: "?",
    Status.NOT_APPLICABLE: "\N{EN DASH}",
}
"""A sign for each state, so that it does not hang on a colour."""

STATES = {
    Status.PASS: "PASS",
    Status.FAIL: "FAIL",
    Status.UNKNOWN: "UNKNOWN",
    Status.NOT_APPLICABLE: "Not applicable",
}

HEADLINES = {
    Status.PASS: "Ready for the Flywheel viewer",
    Status.FAIL: "Not ready for the Flywheel viewer",
    Status.UNKNOWN: "Cannot be told from this file alone",
    Status.NOT_APPLICABLE: "Nothing here for the viewer to show",
}

MEANINGS: dict[Capability, dict[Status, str]] = {
    Capability.ARCHIVE: {
        Status.PASS: "Holds the images of one series and nothing else.",
        Status.FAIL: "Holds something that it should not, or cannot be read.",
        Status.UNKNOWN: "Cannot be told.",
        Status.NOT_APPLICABLE: "A single file, not an archive.",
    },
    Capability.V2_OPEN: {
        Status.PASS: "The older V2 viewer can open it.",
        Status.FAIL: "The older V2 viewer may not find or open it.",
        Status.UNKNOWN: "Cannot be told.",
        Status.NOT_APPLICABLE: "Not an object for the V2 viewer.",
    },
    Capability.V3_OPEN: {
        Status.PASS: "The V3 viewer opens it.",
        Status.FAIL: "The V3 viewer does not open it, or not all of it.",
        Status.UNKNOWN: "Cannot be told.",
        Status.NOT_APPLICABLE: "Not an object for the V3 viewer.",
    },
    Capability.V3_MPR: {
        Status.PASS: "Can be cut in any direction and shown in 3D.",
        Status.FAIL: "Can only be leafed through as single images.",
        Status.UNKNOWN: "Cannot be told.",
        Status.NOT_APPLICABLE: "Not a stack of slices.",
    },
    Capability.V3_OVERLAY: {
        Status.PASS: "Is drawn over the images it belongs to.",
        Status.FAIL: "Cannot be drawn over its images.",
        Status.UNKNOWN: "Needs a look at the images it belongs to.",
        Status.NOT_APPLICABLE: "Not a segmentation.",
    },
    Capability.V3_MEASURE: {
        Status.PASS: "Lengths are measured in mm.",
        Status.FAIL: "Lengths are measured in pixels, not in mm.",
        Status.UNKNOWN: "Cannot be told.",
        Status.NOT_APPLICABLE: "Nothing to measure in.",
    },
    Capability.V3_SUV: {
        Status.PASS: "Values are shown as SUV.",
        Status.FAIL: "Values are not shown as SUV.",
        Status.UNKNOWN: "Cannot be told.",
        Status.NOT_APPLICABLE: "Not a PET series.",
    },
}
"""What a verdict means for someone who waits for an image."""

NOUNS = {
    Capability.ARCHIVE: "clean archive",
    Capability.V2_OPEN: "V2 viewer",
    Capability.V3_OPEN: "V3 viewer",
    Capability.V3_MPR: "MPR and 3D",
    Capability.V3_OVERLAY: "segmentation overlay",
    Capability.V3_MEASURE: "measurements in mm",
    Capability.V3_SUV: "SUV",
}
"""A capability as a word in a list."""

INHERITED = "Not possible as long as V3 does not open the series."

SAME_CAUSE = "For the same reason as above."

NO_DICOM = "No readable DICOM"
NO_DICOM_WHY = (
    "The viewer shows DICOM images and documents only, and none was found that can be read."
)
NO_DICOM_REPAIR = repairs.CHECK_UPLOAD

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
    7: "images are missing between others",
    8: "the spacing is irregular",
    9: "images differ in rows or columns",
    10: "grey and colour images are mixed",
    11: "images are tilted against each other",
    12: "positions do not follow one line",
    13: "this kind of display is not supported",
    14: "this kind of object is not supported",
    15: "the kind of object (SOPClassUID) is missing",
}
"""The viewer's warning triangle on a series, by its code."""
