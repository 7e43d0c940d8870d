"""DICOM made from keywords: perfect data sets, and what a test changes in them.

    ct(3)                                        three images that pass everything
    ct(z=[0, 1, 2.3])                            where they lie along the scan axis, in mm
    ct(3, Rows=9)                                in every image
    ct(3, Rows=each(9, 8, 9))                    image by image
    ct(3, Rows=ABSENT, Columns=BLANK)            removed; there, but without a value
    ct(3, Rows=raw(b"abc"))                      bytes as they are, whatever the VR
    pt(3, **{"RadiopharmaceuticalInformationSequence.RadionuclideHalfLife": 0})
                                                 in every item; "Sequence[0].Keyword" in one of them

Every maker returns a list of data sets; ``pack`` writes them.
"""

from __future__ import annotations

import math

from pydicom.dataelem import DataElement

from tests.keywords import ABSENT, BLANK, Each, change, each, empty, raw

__all__ = ["ABSENT", "BLANK", "change", "each", "raw"]

STORAGE = "1.2.840.10008.5.1.4.1.1."
CT, ENHANCED_CT, MR, ENHANCED_MR = (STORAGE + e for e in ("2", "2.1", "4", "4.1"))
PT, NM, US, US_MULTI_FRAME = (STORAGE + e for e in ("128", "20", "6.1", "3.1"))
CR, DX, SC, MICROSCOPY = (STORAGE + e for e in ("1", "1.1", "7", "77.1.6"))
SEG, LABELMAP, RTSTRUCT, SR, RAW_DATA = (
    STORAGE + e for e in ("66.4", "66.7", "481.3", "88.33", "66")
)
IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN = (
    "1.2.840.10008.1.2" + e for e in ("", ".1", ".1.99", ".2")
)
JPEG, JPEG_2000_PART_2, MPEG4 = ("1.2.840.10008.1.2.4." + e for e in ("50", "92", "102"))
AXIAL = [1, 0, 0, 0, 1, 0]
COLOUR_TABLES = {
    f"{colour}PaletteColorLookupTable{part}": value
    for colour in ("Red", "Green", "Blue")
    for part, value in (("Descriptor", [256, 0, 16]), ("Data", bytes(512)))
}
SLIDE = {
    "ImageType": ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"],
    "TotalPixelMatrixColumns": 8,
    "TotalPixelMatrixRows": 8,
    "ImageOrientationSlide": [0, -1, 0, -1, 0, 0],
    "TotalPixelMatrixOriginSequence": [{"XOffsetInSlideCoordinateSystem": 20}],
    "OpticalPathSequence": [{"IlluminationTypeCodeSequence": [{"CodeValue": "111741"}]}],
    "DimensionOrganizationType": "TILED_FULL",
    "PhotometricInterpretation": "RGB",
    "SamplesPerPixel": 3,
    "PlanarConfiguration": 0,
    "SharedFunctionalGroupsSequence": [{"PixelMeasuresSequence": [{"PixelSpacing": [1, 1]}]}],
}
DOSE = "RadiopharmaceuticalInformationSequence"
SHARED = "SharedFunctionalGroupsSequence"
PER_FRAME = "PerFrameFunctionalGroupsSequence"


def ct(n=5, z=None, **changes):
    return _stack("CT", CT, n, z, changes, RescaleSlope=1, RescaleIntercept=-1024)


def mr(n=5, z=None, **changes):
    return _stack("MR", MR, n, z, changes, EchoTime=4.5)


def pt(n=5, z=None, **changes):
    """PET with all that an SUV needs, and a window of SUV."""
    changes = {"WindowCenter": 5, "WindowWidth": 10, **changes}
    return _stack(
        *("PT", PT, n, z, changes),
        **{
            "Units": "BQML",
            "CorrectedImage": ["NORM", "DTIM", "ATTN", "SCAT", "DECY"],
            "DecayCorrection": "START",
            "SeriesDate": "20200102",
            "SeriesTime": "110000",
            "AcquisitionDate": "20200102",
            "AcquisitionTime": "110000",
            "PatientWeight": 70,
            "PatientSex": "F",
            DOSE: [
                {
                    "RadionuclideHalfLife": 6586.2,
                    "RadionuclideTotalDose": 370e6,
                    "RadiopharmaceuticalStartTime": "100000",
                }
            ],
        },
    )


def cr(n=1, **changes):
    return _series("CR", CR, n, changes, **_PIXELS, PixelSpacing=[0.2, 0.2])


def dx(n=1, **changes):
    return _series("DX", DX, n, changes, **_PIXELS, PixelSpacing=[0.2, 0.2])


def us(n=1, **changes):
    """Ultrasound with one calibrated region."""
    regions = [region(0.05)]
    return _series("US", US, n, changes, **_PIXELS, SequenceOfUltrasoundRegions=regions)


def nm(frames=5, **changes):
    """One reconstructed multi-frame NM image, placed by its detector."""
    return _series(
        *("NM", NM, 1, changes),
        **_PIXELS,
        NumberOfFrames=frames,
        PixelSpacing=[4, 4],
        SliceThickness=4,
        SpacingBetweenSlices=4,
        ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"],
        DetectorInformationSequence=[
            {"ImagePositionPatient": [0, 0, 0], "ImageOrientationPatient": AXIAL}
        ],
    )


def enhanced_mr(frames=5, z=None, n=1, **changes):
    """Multi-frame images (one unless told otherwise), each frame with a position of its own."""
    z = [3 * k for k in range(frames)] if z is None else z
    return _series(
        *("MR", ENHANCED_MR, n, changes),
        **_PIXELS,
        **{
            "NumberOfFrames": len(z),
            SHARED: [
                {
                    "PixelMeasuresSequence": [{"PixelSpacing": [1, 1], "SliceThickness": 3}],
                    "PlaneOrientationSequence": [{"ImageOrientationPatient": AXIAL}],
                }
            ],
            PER_FRAME: [
                {"PlanePositionSequence": [{"ImagePositionPatient": _position(at)}]} for at in z
            ],
        },
    )


def seg(images, **changes):
    """A segmentation with a frame for each image of a series."""
    first = images[0]
    frames = [
        {
            "PlanePositionSequence": [{"ImagePositionPatient": list(i.ImagePositionPatient)}],
            "SegmentIdentificationSequence": [{"ReferencedSegmentNumber": 1}],
            "DerivationImageSequence": [
                {"SourceImageSequence": [{"ReferencedSOPInstanceUID": i.SOPInstanceUID}]}
            ],
        }
        for i in images
    ]
    return _series(
        *("SEG", SEG, 1, changes),
        **{
            **_PIXELS,
            "BitsAllocated": 1,
            "BitsStored": 1,
            "HighBit": 0,
            "Rows": first.Rows,
            "Columns": first.Columns,
            "NumberOfFrames": len(images),
        },
        SegmentationType="BINARY",
        SegmentSequence=[{"SegmentNumber": 1}],
        ReferencedSeriesSequence=[
            {
                "SeriesInstanceUID": first.SeriesInstanceUID,
                "ReferencedInstanceSequence": _images_named(images),
            }
        ],
        SharedFunctionalGroupsSequence=[
            {
                "PixelMeasuresSequence": [{"PixelSpacing": [1, 1], "SliceThickness": 3}],
                "PlaneOrientationSequence": [
                    {"ImageOrientationPatient": list(first.ImageOrientationPatient)}
                ],
            }
        ],
        PerFrameFunctionalGroupsSequence=frames,
    )


def fractional_seg(images, pixels, **changes):
    """A segmentation whose pixels are parts of 255, with these bytes."""
    kind = {"SegmentationType": "FRACTIONAL", "MaximumFractionalValue": 255}
    bits = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    return seg(images, **{**kind, **bits, "PixelData": pixels, **changes})


def rtstruct(images, **changes):
    """A structure set with a contour on each image."""
    contours = [
        {
            "ContourGeometricType": "CLOSED_PLANAR",
            "NumberOfContourPoints": 3,
            "ContourData": [0, 0, 0, 1, 0, 0, 1, 1, 0],
            "ContourImageSequence": _images_named([image]),
        }
        for image in images
    ]
    referenced = {
        "SeriesInstanceUID": images[0].SeriesInstanceUID,
        "ContourImageSequence": _images_named(images),
    }
    return _series(
        *("RTSTRUCT", RTSTRUCT, 1, changes),
        StructureSetROISequence=[{"ROINumber": 1, "ROIName": "lung"}],
        ROIContourSequence=[{"ReferencedROINumber": 1, "ContourSequence": contours}],
        ReferencedFrameOfReferenceSequence=[
            {
                "FrameOfReferenceUID": _FRAME_OF_REFERENCE,
                "RTReferencedStudySequence": [{"RTReferencedSeriesSequence": [referenced]}],
            }
        ],
    )


def region(delta, units=3, place=(0, 0, 3, 3)):
    """A calibrated region (PS3.3 C.8.5.5): units 3 is cm, the place that of the whole image."""
    left, top, right, bottom = place
    return {
        "RegionLocationMinX0": left,
        "RegionLocationMinY0": top,
        "RegionLocationMaxX1": right,
        "RegionLocationMaxY1": bottom,
        "RegionDataType": 1,
        "PhysicalUnitsXDirection": units,
        "PhysicalUnitsYDirection": units,
        "PhysicalDeltaX": delta,
        "PhysicalDeltaY": delta,
    }


def sr(**changes):
    """A structured report: an object without pixels."""
    return _series("SR", SR, 1, changes, **{f"{CONTENT}.ConceptNameCodeSequence.CodeValue": "1"})


CONTENT = "ContentSequence"


_FRAME_OF_REFERENCE = "1.2.3.0.1"

_IDENTITY = {
    "StudyInstanceUID": "1.2.3",
    "FrameOfReferenceUID": _FRAME_OF_REFERENCE,
    "StudyDate": "20200102",
    "StudyTime": "101112",
    "StudyID": "study",
    "PatientID": "patient",
    "PatientName": "Doe^Jane",
    "AccessionNumber": "accession",
    "ScheduledProcedureStepID": "step",
    "RequestedProcedureID": "procedure",
    "SeriesNumber": 1,
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
}
_PIXELS = {
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "Rows": 4,
    "Columns": 4,
    "BitsAllocated": 16,
    "BitsStored": 12,
    "HighBit": 11,
    "PixelRepresentation": 0,
    "WindowCenter": 40,
    "WindowWidth": 400,
    "PixelData": b"",
}


def _images_named(images):
    return [
        {"ReferencedSOPClassUID": i.SOPClassUID, "ReferencedSOPInstanceUID": i.SOPInstanceUID}
        for i in images
    ]


def _position(z):
    return list(z) if isinstance(z, (list, tuple)) else [0, 0, z]


def _stack(modality, sop_class, n, z, changes, **more):
    """Single-frame images 3 mm apart, or at ``z``: numbers, or positions."""
    z = [3 * k for k in range(n)] if z is None else z
    geometry = {
        "PixelSpacing": [1, 1],
        "SliceThickness": 3,
        "ImageOrientationPatient": AXIAL,
        "ImagePositionPatient": Each(map(_position, z)),
    }
    return _series(modality, sop_class, len(z), changes, **_PIXELS, **geometry, **more)


def _series(modality, sop_class, n, changes, /, **more):
    uid = changes.get("SeriesInstanceUID") or f"1.2.3.{sop_class[len(STORAGE) :]}"
    base = uid if isinstance(uid, str) and uid[0].isdigit() else "1.2.3.0.2"
    perfect = {
        **_IDENTITY,
        "SeriesInstanceUID": base,
        "SOPClassUID": sop_class,
        "Modality": modality,
        "SOPInstanceUID": Each(f"{base}.{k + 1}" for k in range(n)),
        "InstanceNumber": Each(range(1, n + 1)),
        **more,
    }
    datasets = [empty(EXPLICIT) for _ in range(n)]
    change(datasets, **perfect)
    change(datasets, **changes)
    if "PixelData" in perfect and "PixelData" not in changes:
        for dataset in datasets:
            dataset.PixelData = bytes(_pixel_bytes(dataset))
    return datasets


def _pixel_bytes(dataset):
    """Return the length of native pixel data, as far as the attributes say it."""
    sizes = ("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames", "BitsAllocated")
    numbers = [_number(dataset, keyword) for keyword in sizes]
    length = math.ceil(math.prod(numbers) / 8)
    return length + length % 2


def _number(dataset, keyword):
    known = keyword in dataset and isinstance(dataset.get_item(keyword), DataElement)
    return int(dataset[keyword].value or 1) if known else 1
