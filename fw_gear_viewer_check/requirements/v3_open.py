"""Tags required for all images to open in the V3 viewer."""

from __future__ import annotations

from functools import partial

from fw_gear_viewer_check.requirements import causes, repairs, scopes
from fw_gear_viewer_check.requirements.checks import Positive, Present, Remarked
from fw_gear_viewer_check.requirements.types import (
    Capability,
    RepairTable,
    Requirement,
)

_OPENS_WITHOUT = "the open-source viewer opens images without it"

_row = partial(
    Requirement,
    capability=Capability.V3_OPEN,
    source="DICOM tags required for all images to open in the viewer",
    scope=scopes.IMAGES,
    repair=repairs.ASK_SOURCE,
)

REQUIRED_TAGS = (
    _row(
        id="V3-101",
        scope=scopes.OBJECTS,
        title="StudyInstanceUID",
        statement="Every instance says which study (visit) it belongs to.",
        why="The viewer sorts images into studies by it: without it nothing is shown.",
        check=Present("StudyInstanceUID"),
        repair=RepairTable(
            causes.of_uid("StudyInstanceUID"),
            {
                "missing": repairs.NEW_UIDS,
                "some": repairs.ASK_SOURCE,
                "digits": repairs.ASK_SOURCE,
                "letters": repairs.ASK_SOURCE,
            },
        ),
    ),
    _row(
        id="V3-102",
        scope=scopes.OBJECTS,
        title="SeriesInstanceUID",
        statement="Every instance says which series it belongs to.",
        why="The viewer sorts images into series by it: without it nothing is shown.",
        check=Present("SeriesInstanceUID"),
        repair=RepairTable(
            causes.of_uid("SeriesInstanceUID"),
            {
                "missing": repairs.ADD_SERIES_UID,
                "some": repairs.ASK_SOURCE,
                "digits": repairs.ASK_SOURCE,
                "letters": repairs.ASK_SOURCE,
            },
        ),
    ),
    _row(
        id="V3-103",
        scope=scopes.OBJECTS,
        title="SOPInstanceUID",
        statement="Every instance has an identifier of its own.",
        why="The viewer identifies images by it: of images without one it shows only one.",
        check=Present("SOPInstanceUID"),
        repair=repairs.ADD_INSTANCE_UIDS,
    ),
    _row(
        id="V3-104",
        title="PhotometricInterpretation",
        statement="Every image says what its pixel values mean as grey or colour.",
        why="Without it the viewer has to guess the colours.",
        check=Remarked(Present("PhotometricInterpretation"), _OPENS_WITHOUT),
    ),
    _row(
        id="V3-105",
        title="Rows",
        statement="Every image says how many rows of pixels it has.",
        why="Without the size of the image the viewer stops with an error page.",
        check=Positive("Rows"),
    ),
    _row(
        id="V3-106",
        title="Columns",
        statement="Every image says how many columns of pixels it has.",
        why="Without the size of the image the viewer stops with an error page.",
        check=Positive("Columns"),
    ),
    _row(
        id="V3-107",
        title="PixelRepresentation",
        statement="Every image says whether its pixel values can be negative.",
        why="Read the wrong way, dark parts turn bright.",
        check=Remarked(Present("PixelRepresentation"), _OPENS_WITHOUT),
    ),
    _row(
        id="V3-108",
        scope=scopes.OBJECTS,
        title="Modality",
        statement="Every instance says by which kind of scanner it was made (CT, MR, ...).",
        why="The viewer chooses layouts and tools by it; a multi-frame image without it is lost.",
        check=Remarked(
            Present("Modality"), "the open-source viewer opens single-frame images without it"
        ),
        repair=repairs.ASK_MODALITY,
    ),
    _row(
        id="V3-109",
        title="BitsAllocated",
        statement="Every image says how many bits each pixel takes.",
        why="Without it the pixels cannot be decoded.",
        check=Positive("BitsAllocated"),
    ),
    _row(
        id="V3-110",
        scope=scopes.OBJECTS,
        title="SOPClassUID",
        statement="Every instance says what kind of DICOM object it is.",
        why="The viewer chooses by it which of its parts shows the object.",
        check=Remarked(
            Present("SOPClassUID"),
            "where it is absent, not blank, the open-source viewer takes the object for an image",
        ),
        repair=RepairTable(
            causes.of_sop_class,
            {
                "in-header": repairs.ADD_CLASS_UID,
                "missing": repairs.ASK_SOURCE,
            },
        ),
    ),
    _row(
        id="V3-111",
        title="InstanceNumber",
        statement="Every image has its number in the series.",
        why="The viewer sorts images by it before it knows their positions.",
        check=Remarked(Present("InstanceNumber"), _OPENS_WITHOUT),
    ),
)
