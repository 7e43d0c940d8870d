"""Why something fails, in a few words: for sentences that have no room for more.

Rule of this file: nothing out of a file is quoted but its counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fw_gear_viewer_check.checker.report import Result
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import Repair

_WITH_VALUES = {
    "MPR-102": ("volumes", "4D series, {:,} volumes"),
    "ZIP-102": ("series", "{:,} series in one archive"),
    "LIM-103": ("images", "{:,} images are too many"),
}
"""Causes with a number, where the finding has it."""

_BY_CODE = {
    "MEA-101 other-spacing-only": "PixelSpacing missing",
    "empty-item": "a sequence with an empty item",
    "rt-colour-single-value": "a colour is not valid",
    "rt-contour-without-points": "contours without valid points",
    "rt-structure-twice": "contours of a structure in several items",
    "seg-no-frames": "its frames cannot be told apart",
    "SEG-101 images-apart": "its images are shown in several stacks",
    "MPR-202 missing": "SamplesPerPixel missing",
    "MPR-203 absent": "image orientation missing",
    "MPR-203 blank": "image orientation missing",
    "MPR-203 damaged": "image orientation not valid",
    "MPR-203 no-plane": "image orientation not valid",
    "MPR-204 damaged": "image positions not valid",
    "SUV-298 not-all-pet": "other images in the PET series",
    "SUV-298 suv-factor-unusable": "injection too long before the scan",
    "SUV-201 absent": "radiopharmaceutical missing",
    "SUV-201 blank": "radiopharmaceutical missing",
    "SUV-101 absent": "Units missing",
    "SUV-101 blank": "Units missing",
    "broken-reference": "incomplete references to its images",
    "coded-otherwise": "its transfer syntax is wrong",
    "colours-shared": "uncompressed in YBR_FULL_422",
    "cut-off": "pixel data truncated",
    "frames-missing": "frames missing from the pixel data",
    "other-element": "its pixels are of another kind",
    "detector-without-position": "detector without a position",
    "ZIP-103 archive": "archives inside the archive",
    "ZIP-103 empty": "empty files",
    "ZIP-103 empty-archive": "no image inside",
    "ZIP-103 encrypted": "password-protected files",
    "ZIP-103 same-name": "files of the same name",
    "ZIP-103 truncated": "truncated files",
    "ZIP-103 unreadable": "unreadable files",
    "aside": "slices go from side to side",
    "different-images": "different images with the same SOPInstanceUID",
    "not-compared": "one SOPInstanceUID in two encodings",
    "not-read-again": "images with the same SOPInstanceUID, not compared",
    "encoded-otherwise": "its transfer syntax is wrong",
    "frame-cut": "compressed frames cannot be located",
    "irregular-spacing": "gaps too uneven for the viewer",
    "modality-blank": "Modality missing",
    "mosaic": "mosaic, each image is a whole volume",
    "no-frame-count": "NumberOfFrames not valid",
    "under-several-patients": "PatientID differs between its objects",
    "short": "pixel data shorter than its attributes say",
    "no-concept-name": "a content item has no name",
    "no-modality": "Modality missing",
    "no-pixel-measures": "pixel spacing missing",
    "no-points": "contours without points",
    "no-reference": "no reference to its images",
    "nothing-readable": "no readable DICOM",
    "no-study-or-series": "StudyInstanceUID or SeriesInstanceUID missing",
    "one-place": "all images at one position",
    "orientation-single-value": "image orientation not valid",
    "position-damaged": "image positions not valid",
    "position-in-some": "positions in some images only",
    "repeated-positions": "several images at one position",
    "side-by-side": "images side by side",
    "sideways": "images shifted sideways",
    "several-frames-of-reference": "more than one frame of reference",
    "single-image": "only one image",
    "size-missing": "image size not complete",
    "sizes-differ": "images of different size",
    "some-images-missing": "some reference images were not found",
    "spacing-single-value": "pixel spacing not valid",
    "too-many-holes": "too many missing images",
}
"""Causes by the code of a finding, where it is more precise; some for one requirement only."""

_BY_REPAIR = {
    repairs.PLANAR_NM: "not a reconstructed NM image",
    repairs.NOT_A_VOLUME: "single views, no volume",
    repairs.RT_DOSE: "normal for RT dose",
    repairs.EACH_TILTED: "nearly every image has its own orientation",
    repairs.FIND_IMAGES: "missing images",
    repairs.SPLIT_BY_CLASS: "several kinds of object",
}
"""Causes that the choice of a repair has found out, whatever requirement shows them."""

_OF_ANOTHER = {
    repairs.UNEVEN: "uneven slice spacing",
    repairs.ONE_POSITION: "all images at one position",
    repairs.MOSAIC: "mosaic, each image is a whole volume",
    repairs.FOUR_D_MIXED: "4D series",
    repairs.FOUR_D_MANY: "4D series",
}
"""The same where the repair is that of another requirement, which would not be met after this."""

_ROOTS: tuple[str | Repair, ...] = (
    *("ZIP-102", "LIM-", "V3-191", "V3-192"),
    *("MPR-102 mosaic", "MPR-101", repairs.PLANAR_NM, repairs.NOT_A_VOLUME, repairs.RT_DOSE),
    *(repairs.SPLIT_BY_CLASS, "MPR-204", "MPR-303", "MPR-102", "MPR-203 tilted"),
)
"""What explains other failures, the most important first: ids, with a code or without, and repairs
whose choice has found the cause out."""

RARE_V2 = frozenset({"V2-105", "V2-106"})
"""Attributes that almost no scanner writes."""

_LAST = RARE_V2 | {"V3-198", "MPR-198", "SUV-298"}
"""What says least about why."""


IN_SOME = " in some images"


def of_results(results: Iterable[Result]) -> list[tuple[str, ...]]:
    """Return the causes of results that fail, the root first; each in words, long to short.

    Attributes that are missing are one cause together, and so are those that are not valid.
    """
    unique: dict[str, Result] = {}
    for result in results:
        unique.setdefault(result.requirement.id, result)
    ordered = sorted(unique.values(), key=rank)
    found: dict[str, tuple[str, ...]] = {}
    for result in ordered:
        if not is_attribute(result):
            found.setdefault(of_result(result), _alternatives(result))
            continue
        lack = _lack(result)
        same = [r for r in ordered if is_attribute(r) and _lack(r) == lack]
        found.setdefault(lack, _of_attributes([keyword_of(r) for r in same], lack))
        if len(same) == 1:
            found[lack] = _alternatives(result)
    return list(found.values())


def _of_attributes(keywords: Sequence[str], lack: str) -> tuple[str, ...]:
    count = len(keywords)
    more = f"{keywords[0]} and {count - 1} more attributes {lack}"
    return (f"{joined(keywords)} {lack}" if count == 2 else more, f"{count} attributes {lack}")


def _alternatives(result: Result) -> tuple[str, ...]:
    """Return the words of one cause; where it is known, first with how far it reaches."""
    words, finding = of_result(result), result.finding
    in_some = 0 < len(finding.affected) < finding.checked
    if in_some and words.endswith(" missing") and "frame" not in words:
        return f"{words}{IN_SOME}", words
    return (words,)


def of_result(result: Result) -> str:
    """Return what a requirement that is not met means, in a few words."""
    finding, identifier = result.finding, result.requirement.id
    if found_out := _found_out(result):
        return found_out
    for key in (f"{identifier} {finding.code}", finding.code):
        if key in _BY_CODE:
            return _BY_CODE[key]
    name, template = _WITH_VALUES.get(identifier, ("", ""))
    if name in finding.values:
        return template.format(finding.values[name])
    if result.requirement.cause:
        return result.requirement.cause
    if is_attribute(result):
        return f"{keyword_of(result)} {_lack(result)}"
    return f"requirement {identifier} is not met"


def rank(result: Result) -> int:
    """Order results: what explains others first, what only follows from them last."""
    identifier = result.requirement.id
    is_last = identifier in _LAST or result.repair == repairs.WITH_OTHERS
    key = f"{identifier} {result.finding.code}"
    rest = len(_ROOTS) + is_last
    return next((n for n, root in enumerate(_ROOTS) if _is(result, key, root)), rest)


def _is(result: Result, key: str, root: str | Repair) -> bool:
    return key.startswith(root) if isinstance(root, str) else result.repair == root


def is_attribute(result: Result) -> bool:
    """Return True for a requirement that asks for an attribute and no more."""
    requirement = result.requirement
    is_plain = not requirement.cause and result.finding.code not in _BY_CODE
    return is_plain and bool(requirement.attributes) and not _found_out(result)


def _found_out(result: Result) -> str:
    """Return the cause that the choice of the repair has found out; "" for none.

    An object that the viewer does not support is a cause, whatever it is mixed with.
    """
    is_limit = result.requirement.id.startswith("LIM-")
    if is_limit or result.repair is None:
        return ""
    if found := _BY_REPAIR.get(result.repair, ""):
        return found
    others = (one for one in _OF_ANOTHER if one not in result.requirement.repairs)
    return next((_OF_ANOTHER[one] for one in others if _is_filled(result.repair, one)), "")


def _is_filled(repair: Repair, template: Repair) -> bool:
    """Return True for the repair itself, with or without the values of a series."""
    return repair.text.startswith(template.text.partition("{")[0])


def keyword_of(result: Result) -> str:
    """Return the name of the attribute."""
    return result.requirement.attributes[0].rpartition(".")[2]


def _lack(result: Result) -> str:
    return "missing" if result.finding.code in {"absent", "blank"} else "not valid"


def joined(words: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
