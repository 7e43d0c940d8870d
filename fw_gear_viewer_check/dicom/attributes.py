"""The attributes that are read, and no others: a tree of keywords.

Rule of this file: what a requirement looks at is read because it names it (:func:`read_also`);
here stands what the model, the prediction of the viewer and the pictures need besides. A name maps
to None (a value) or to the tree of a sequence's items. Private attributes stand in PRIVATE.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

from fw_gear_viewer_check.model import dictionary

Tree: TypeAlias = "dict[str, Tree | None]"


def _values(text: str) -> Tree:
    return dict.fromkeys(text.split())


_PIXEL_MEASURES = _values("PixelSpacing SliceThickness SpacingBetweenSlices")
_DETECTOR = _values("ImagePositionPatient ImageOrientationPatient")
_CONVERTED = _values(
    "TemporalPositionIdentifier TriggerTime EchoTime FrameReferenceTime DiffusionBValue StackID "
    "InStackPositionNumber CardiacNumberOfImages ImagePositionPatient ImageOrientationPatient "
    "PixelSpacing"
)
"""Attributes of a converted single-frame image that the viewer takes for the frame's own."""

FUNCTIONAL_GROUPS: Tree = {
    "PixelMeasuresSequence": _PIXEL_MEASURES,
    "PlaneOrientationSequence": _values("ImageOrientationPatient"),
    "PlanePositionSequence": _values("ImagePositionPatient"),
    "CTPositionSequence": {},
    "PixelValueTransformationSequence": _values("RescaleSlope RescaleIntercept"),
    "FrameContentSequence": _values(
        "TemporalPositionIndex DimensionIndexValues StackID InStackPositionNumber"
    ),
    "MRDiffusionSequence": _values("DiffusionBValue"),
    "MREchoSequence": _values("EffectiveEchoTime"),
    "CardiacSynchronizationSequence": _values("NominalCardiacTriggerDelayTime"),
    "FrameVOILUTSequence": _values("VOILUTFunction"),
    "SegmentIdentificationSequence": {},
    "DerivationImageSequence": {"SourceImageSequence": _values("ReferencedSOPInstanceUID")},
    "UnassignedSharedConvertedAttributesSequence": _CONVERTED,
    "UnassignedPerFrameConvertedAttributesSequence": _CONVERTED,
}
"""Functional groups that are judged (PS3.3 C.7.6.16)."""

TREE: Tree = {
    # identity and kind
    **_values("ImageType SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID"),
    **_values("Modality InstanceNumber FrameOfReferenceUID"),
    **_values("AvailableTransferSyntaxUID SeriesDescription CommandGroupLength"),
    # the image
    **_values("SamplesPerPixel PhotometricInterpretation NumberOfFrames Rows Columns"),
    **_values("BitsStored PlanarConfiguration BurnedInAnnotation RecognizableVisualFeatures"),
    **_values("WindowCenter WindowWidth VOILUTFunction"),
    **_values("RescaleSlope RescaleIntercept DoseGridScaling"),
    **_values("RedPaletteColorLookupTableData GreenPaletteColorLookupTableData"),
    **_values("BluePaletteColorLookupTableData RedPaletteColorLookupTableDescriptor"),
    **_values("GreenPaletteColorLookupTableDescriptor BluePaletteColorLookupTableDescriptor"),
    "ModalityLUTSequence": _values("LUTDescriptor"),
    "VOILUTSequence": _values("LUTDescriptor"),
    # a slide
    **_values("TotalPixelMatrixColumns TotalPixelMatrixRows ImageOrientationSlide"),
    "TotalPixelMatrixOriginSequence": {},
    "OpticalPathSequence": {},
    # geometry
    **_values("ImagePositionPatient ImageOrientationPatient SliceThickness SpacingBetweenSlices"),
    **_values("PixelSpacing ImagerPixelSpacing NominalScannedPixelSpacing"),
    "DetectorInformationSequence": _DETECTOR,
    "SharedFunctionalGroupsSequence": FUNCTIONAL_GROUPS,
    "PerFrameFunctionalGroupsSequence": FUNCTIONAL_GROUPS,
    # time and other dimensions
    **_values("TemporalPositionIdentifier TemporalPositionIndex DiffusionBValue TriggerTime"),
    **_values("EchoTime EchoNumbers FrameReferenceTime AcquisitionNumber InversionTime FlipAngle"),
    **_values("CardiacNumberOfImages StackID InStackPositionNumber TimeSlotVector SliceVector"),
    **_values("AcquisitionTime ContentTime ConvolutionKernel KVP ReconstructionDiameter"),
    **_values("NominalPercentageOfCardiacPhase MagneticFieldStrength"),
    # PET
    **_values("Units CorrectedImage DecayCorrection SeriesDate SeriesTime AcquisitionDate"),
    **_values("PatientWeight PatientSize PatientSex"),
    "RadiopharmaceuticalInformationSequence": _values(
        "RadionuclideHalfLife RadionuclideTotalDose RadiopharmaceuticalStartDateTime "
        "RadiopharmaceuticalStartTime"
    ),
    # reports
    "ContentSequence": {"ConceptNameCodeSequence": {}},
    "ConceptNameCodeSequence": _values("CodeValue"),
    "SpecificCharacterSet": None,
    # segmentations
    "SegmentSequence": _values("SegmentNumber"),
    "StructureSetROISequence": _values("ROINumber"),
    "ROIContourSequence": {
        "ReferencedROINumber": None,
        "ContourSequence": _values("NumberOfContourPoints ContourData"),
    },
    "ReferencedSeriesSequence": {
        "SeriesInstanceUID": None,
        "ReferencedInstanceSequence": _values("ReferencedSOPInstanceUID"),
    },
    "ReferencedFrameOfReferenceSequence": {
        "FrameOfReferenceUID": None,
        "RTReferencedStudySequence": {
            "RTReferencedSeriesSequence": {
                "SeriesInstanceUID": None,
                "ContourImageSequence": _values("ReferencedSOPInstanceUID"),
            },
        },
    },
}

OF_SEGMENTATIONS: Tree = {
    "SourceImageSequence": _values("ReferencedSOPInstanceUID ReferencedFrameNumber")
}
"""What is read of a segmentation besides: a derived image may have a long one, which nobody needs.

It stands in the first group of a data set, 0008.
"""

FILE_META: Tree = _values(
    "FileMetaInformationGroupLength FileMetaInformationVersion MediaStorageSOPClassUID "
    "MediaStorageSOPInstanceUID TransferSyntaxUID ImplementationClassUID"
)
"""What a file meta information must have (PS3.10 section 7.1)."""

COUNTED = frozenset({"ContourData", "MediaStorageSOPInstanceUID"})
"""Values that are only counted: the mapping holds their VM as an int."""

MEASURED = frozenset({"SeriesDescription"})
"""Texts that gears name files after, of which is kept only how many bytes that takes (UTF-8)."""

PALETTES = frozenset(f"{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue"))
"""Tables of colours, of which is kept how many bytes they have: below 0 where these can be text."""

SIZED = PALETTES | {"WaveformData"}
"""All of which only that is kept."""

DESCRIPTORS = frozenset(
    _values("LUTDescriptor RedPaletteColorLookupTableDescriptor")
    | _values("GreenPaletteColorLookupTableDescriptor BluePaletteColorLookupTableDescriptor")
)
"""What tables hold: how many entries (0 for 65,536), the first value mapped, bits of an entry."""

ONE_PER_FRAME = frozenset(
    _values(
        "TimeSlotVector SliceVector RRIntervalVector PhaseVector EnergyWindowVector "
        "ReferencedFrameNumber"
    )
)
"""Attributes with a value for each frame: the only long ones among those that are kept."""

PRIVATE = {
    "(2001,1003)": (0x20011003, "FL"),
    "(0019,100C)": (0x0019100C, "IS"),
    "(0019,0010)": (0x00190010, "LO"),
    "(0019,100A)": (0x0019100A, "US"),
    "(0043,1039)": (0x00431039, "IS"),
    "(7053,1000)": (0x70531000, "DS"),
    "(7053,1009)": (0x70531009, "DS"),
}
"""Private attributes that are read by their bare tag: tag and VR.

Diffusion b value of Philips, Siemens and GE; Siemens' creator and number of images in a mosaic;
Philips' SUV scale factor and activity concentration scale factor.
"""


def everything() -> Tree:
    """Return the tree with the private attributes."""
    return TREE | dict.fromkeys(PRIVATE)


def read_also(path: str) -> None:
    """Add what a requirement looks at: a keyword, behind those of the sequences that it is in.

    Raises :class:`LookupError` for a keyword that is not in the DICOM dictionary.
    """
    *sequences, last = path.split(".")
    for keyword in sequences:
        if vr_of(keyword) != "SQ":
            message = f"{keyword} is not a sequence ({path})"
            raise LookupError(message)
    is_read_apart = last in PRIVATE or tag_of(last) >> 16 in _READ_APART
    tree = TREE
    for keyword in sequences:
        items = tree.get(keyword)
        if items is None:
            items = tree[keyword] = {}
        tree = items
    if not is_read_apart:
        tree.setdefault(last, {} if vr_of(last) == "SQ" else None)


_READ_APART = {0x0002, 0x7FE0}
"""Groups of the file meta information and of the pixel data."""


@cache
def tag_of(keyword: str) -> int:
    """Return the tag of an attribute: 0x00280010 for "Rows"."""
    if keyword in PRIVATE:
        return PRIVATE[keyword][0]
    tag = dictionary.tag_of(keyword)
    if tag is None:
        message = f"{keyword} is not in the DICOM dictionary"
        raise LookupError(message)
    return tag


@cache
def vr_of(keyword: str) -> str:
    """Return the VR that the DICOM dictionary gives an attribute.

    US where it may be SS: of a descriptor only the first value mapped is signed. OW where it may be
    OB: such values are not looked at.
    """
    vr = PRIVATE[keyword][1] if keyword in PRIVATE else dictionary.vr_of(tag_of(keyword))
    return {"US or SS": "US", "OB or OW": "OW"}.get(vr, vr)
