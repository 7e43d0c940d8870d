"""Series that the viewer is fully content with, for cases to spoil."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.viewer.case import Attributes

STORAGE = "1.2.840.10008.5.1.4.1.1."
AXIAL = [1, 0, 0, 0, 1, 0]

CT: Attributes = {
    "SOPClassUID": STORAGE + "2",
    "Modality": "CT",
    "Rows": 2,
    "Columns": 2,
    "SamplesPerPixel": 1,
    "PixelSpacing": [1, 1],
    "ImageOrientationPatient": AXIAL,
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
}
MR = {**CT, "SOPClassUID": STORAGE + "4", "Modality": "MR"}
PT = {**CT, "SOPClassUID": STORAGE + "128", "Modality": "PT"}
NM = {**CT, "SOPClassUID": STORAGE + "20", "Modality": "NM"}

ENHANCED: Attributes = {
    "SOPClassUID": STORAGE + "4.1",
    "Modality": "MR",
    "Rows": 2,
    "Columns": 2,
    "SamplesPerPixel": 1,
    "ImageType": ["ORIGINAL", "PRIMARY", "M", "NONE"],
}

GONE: Any = object()
"""Marks an attribute to take away."""


def changed(attributes: Attributes, **changes: Any) -> Attributes:
    """Return the attributes with some replaced, added or (:data:`GONE`) taken away."""
    joined = {**attributes, **changes}
    return {k: v for k, v in joined.items() if v is not GONE}


def stack(heights: Iterable[float], base: Attributes = CT, /, **changes: Any) -> list[Attributes]:
    """Return axial images at these heights (mm)."""
    return [
        changed({**base, "ImagePositionPatient": [0, 0, height]}, **changes) for height in heights
    ]


def even(count: int, base: Attributes = CT, step: float = 1, /, **changes: Any) -> list[Attributes]:
    """Return axial images, evenly spaced."""
    return stack((round(step * i, 6) for i in range(count)), base, **changes)


def spoil(
    instances: Sequence[Attributes], index: int | Iterable[int], **changes: Any
) -> list[Attributes]:
    """Return the instances with one or some changed."""
    chosen = {index} if isinstance(index, int) else set(index)
    return [changed(one, **changes) if n in chosen else one for n, one in enumerate(instances)]


def numbered(
    instances: Sequence[Attributes], value_of: Callable[[int], Any], keyword: str
) -> list[Attributes]:
    """Return the instances with an attribute that depends on their index."""
    return [{**one, keyword: value_of(n)} for n, one in enumerate(instances)]


def frames(count: int, group: Callable[[int], Attributes]) -> list[Attributes]:
    """Return per-frame functional groups."""
    return [group(n) for n in range(count)]


def enhanced(count: int = 3, /, **changes: Any) -> Attributes:
    """Return a multi-frame MR instance with all geometry in functional groups."""
    made = {
        **ENHANCED,
        "NumberOfFrames": count,
        "SharedFunctionalGroupsSequence": [
            {
                "PixelMeasuresSequence": [{"PixelSpacing": [1, 1], "SliceThickness": 1}],
                "PlaneOrientationSequence": [{"ImageOrientationPatient": AXIAL}],
            }
        ],
        "PerFrameFunctionalGroupsSequence": [
            {"PlanePositionSequence": [{"ImagePositionPatient": [0, 0, n]}]} for n in range(count)
        ],
    }
    return changed(made, **changes)


def plain_multi_frame(count: int = 3, /, **changes: Any) -> Attributes:
    """Return a multi-frame instance with all geometry at top level."""
    made = {
        **changed(NM, ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"]),
        "NumberOfFrames": count,
        "SliceThickness": 1,
        "ImagePositionPatient": [0, 0, 0],
    }
    return changed(made, **changes)


PET: Attributes = {
    **PT,
    "Units": "BQML",
    "CorrectedImage": ["DECY", "ATTN"],
    "DecayCorrection": "START",
    "SeriesDate": "20200101",
    "SeriesTime": "120000",
    "AcquisitionDate": "20200101",
    "AcquisitionTime": "120500",
    "PatientWeight": 70,
    "RadiopharmaceuticalInformationSequence": [
        {
            "RadiopharmaceuticalStartTime": "110000",
            "RadionuclideTotalDose": 370000000,
            "RadionuclideHalfLife": 6586.2,
        }
    ],
}


def pet(count: int = 3, /, **changes: Any) -> list[Attributes]:
    """Return a PET series with all that SUV needs."""
    return even(count, PET, **changes)


def injected(**changes: Any) -> list[Attributes]:
    """Return RadiopharmaceuticalInformationSequence with changes to its item."""
    return [changed(PET["RadiopharmaceuticalInformationSequence"][0], **changes)]
