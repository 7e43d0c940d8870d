"""What a repair is made of: the gears, their options and what else they do, and who acts.

Rule of this file: a caution holds for every run of its gear, as the gear's own code was seen to do.
"""

from __future__ import annotations

from collections.abc import Mapping

from fw_gear_viewer_check.requirements.types import ConfigValue, Repair, RepairKind

SPLITTER = "dicom-splitter"
FIXER = "dicom-fixer"
SPLIT_TAG = "delete"  # dicom-splitter leaves it on what it has split and not deleted

_SPLITTER_CONFIG: dict[str, ConfigValue] = {
    "group_by": "",
    "max_geometric_splits": -1,
    "extract_localizer": False,
    "filter_archive": True,
    "delete_input": False,
}
"""The gear's defaults delete the input, and may take images for localizers that are none."""

_FIXER_CONFIG: dict[str, ConfigValue] = {
    "unique": False,
    "fix-uids": False,
    "new-uids-needed": False,
    "standardize-transfer-syntax": False,
    "strict-validation": False,
    "pixel-data-check": False,
}
"""Nothing besides the repair: "unique" takes images without SOPInstanceUID for copies."""

_REWRITES = "Invalid values change, too (1,5 becomes 15)."
"""Both gears read numbers, texts and codes with the same code, and write what it makes of them."""
NEW_SERIES = (
    "The original is kept, tagged 'delete'. The new series get new SeriesInstanceUIDs: "
    f"segmentations of the original do not fit. {_REWRITES}"
)
_SAME_NAMES = " A second split in the acquisition may replace files of the first by its own."
SAME_SERIES = (
    "The original is kept, tagged 'delete'. The new files have the same SeriesInstanceUIDs: "
    f"check them, then delete the original. {_REWRITES}"
)
NEW_VERSION = (
    "The file is replaced by a version with DICOM files only. Invalid values change, too (1,5 "
    "becomes 15; 3000 tesla, 3; PatientSex U, blank)."
)


def export(text: str) -> Repair:
    """Return what to ask of scanner, PACS or de-identification."""
    return Repair(RepairKind.EXPORT, text)


def manual(text: str) -> Repair:
    """Return a step by hand."""
    return Repair(RepairKind.MANUAL, text)


def nothing(why: str) -> Repair:
    """Return why nothing can or need be done."""
    return Repair(RepairKind.NONE, why)


def split(text: str, *, caution: str = NEW_SERIES, **options: ConfigValue) -> Repair:
    """Return a run of dicom-splitter."""
    caution += _SAME_NAMES if options.get("group_by") != "SOPInstanceUID" else ""
    return Repair(RepairKind.GEAR, text, SPLITTER, {**_SPLITTER_CONFIG, **options}, caution)


def may_write(config: Mapping[str, object], name: str) -> bool:
    """Return whether dicom-splitter, so configured, may give one of its files this name.

    All are called series-, a number (by geometry 1, 2 ..., else the SeriesNumber), Modality and
    SeriesDescription; then _attribute-value for each attribute that they are grouped by, but two.
    """
    attributes = set(str(config["group_by"]).split(",")) - {"", "SeriesInstanceUID", "SeriesNumber"}
    return name.startswith("series-") and all(f"_{one}-" in name for one in attributes)


def fix(text: str, options: dict[str, ConfigValue], caution: str = NEW_VERSION) -> Repair:
    """Return a run of dicom-fixer."""
    return Repair(RepairKind.GEAR, text, FIXER, {**_FIXER_CONFIG, **options}, caution)
