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

_OPENS_WITHOUT = "Flywheel requires it; the open-source viewer opens images without it"

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
        statement="Every DICOM object has a StudyInstanceUID.",
        why="The viewer groups images into studies by it, and shows nothing without it.",
        check=Present("StudyInstanceUID"),
        repair=RepairTable(
            causes.of_uid("StudyInstanceUID"),
            {
                "missing": repairs.NEW_UIDS,
                "some": repairs.ASK_SOURCE,
                "zeros": repairs.ASK_SOURCE,
                "other": repairs.ASK_SOURCE,
            },
        ),
    ),
    _row(
        id="V3-102",
        scope=scopes.OBJECTS,
        title="SeriesInstanceUID",
        statement="Every DICOM object has a SeriesInstanceUID.",
        why="The viewer groups images into series by it, and shows nothing without it.",
        check=Present("SeriesInstanceUID"),
        repair=RepairTable(
            causes.of_uid("SeriesInstanceUID"),
            {
                "missing": repairs.ADD_SERIES_UID,
                "some": repairs.ASK_SOURCE,
                "zeros": repairs.ASK_SOURCE,
                "other": repairs.ASK_SOURCE,
            },
        ),
    ),
    _row(
        id="V3-103",
        scope=scopes.OBJECTS,
        title="SOPInstanceUID",
        statement="Every DICOM object has a SOPInstanceUID, its own identifier.",
        why="The viewer identifies images by it. Of all images without one, it shows only one.",
        check=Present("SOPInstanceUID"),
        repair=repairs.ADD_INSTANCE_UIDS,
    ),
    _row(
        id="V3-104",
        title="PhotometricInterpretation",
        statement="Every image has a PhotometricInterpretation: how its pixel values become grey "
        "or colour.",
        why="Without it the viewer has to guess whether the image is grey or in colour.",
        check=Remarked(Present("PhotometricInterpretation"), _OPENS_WITHOUT),
    ),
    _row(
        id="V3-105",
        title="Rows",
        statement="Every image has Rows (its height in pixels), above zero.",
        why="Without the size of the image the viewer shows an error page.",
        check=Positive("Rows"),
    ),
    _row(
        id="V3-106",
        title="Columns",
        statement="Every image has Columns (its width in pixels), above zero.",
        why="Without the size of the image the viewer shows an error page.",
        check=Positive("Columns"),
    ),
    _row(
        id="V3-107",
        title="PixelRepresentation",
        statement="Every image has a PixelRepresentation: whether its pixel values can be "
        "negative.",
        why="Without it the viewer has to guess, and may show dark parts as bright.",
        check=Remarked(Present("PixelRepresentation"), _OPENS_WITHOUT),
    ),
    _row(
        id="V3-108",
        scope=scopes.OBJECTS,
        title="Modality",
        statement="Every DICOM object has a Modality, such as CT, MR or PT.",
        why="The viewer chooses layouts and tools by it, and does not show a multi-frame image "
        "without it.",
        check=Remarked(
            Present("Modality"),
            "Flywheel requires it; the open-source viewer opens single-frame images without it, "
            "unless it is blank",
        ),
        repair=repairs.ASK_MODALITY,
    ),
    _row(
        id="V3-109",
        title="BitsAllocated",
        statement="Every image has BitsAllocated (the bits stored for each pixel value), above "
        "zero.",
        why="Without it the viewer cannot decode the pixels.",
        check=Positive("BitsAllocated"),
    ),
    _row(
        id="V3-110",
        scope=scopes.OBJECTS,
        title="SOPClassUID",
        statement="Every DICOM object has a SOPClassUID: what kind of object it is.",
        why="The viewer decides by it how to show the object.",
        check=Remarked(
            Present("SOPClassUID"),
            "Flywheel requires it; the open-source viewer shows an object without it as an image, "
            "unless it is blank",
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
        statement="Every image has an InstanceNumber, its number in the series.",
        why="The viewer orders images by it where it cannot order them by position.",
        check=Remarked(Present("InstanceNumber"), _OPENS_WITHOUT),
    ),
)
