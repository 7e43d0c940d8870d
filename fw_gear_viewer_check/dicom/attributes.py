"""The attributes that are read, and no others: a tree of keywords.

Rule of this file: what no requirement and no rule of the viewer model looks at is not read. A name
maps to None (a value) or to the tree of a sequence's items. Private attributes stand in PRIVATE.
"""

from __future__ import annotations

from typing import TypeAlias

Tree: TypeAlias = "dict[str, Tree | None]"


def _values(text: str) -> Tree:
    return dict.fromkeys(text.split())


_REFERENCED_INSTANCES = _values("ReferencedSOPInstanceUID ReferencedFrameNumber")

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
    "CTPositionSequence": _values("TablePosition"),
    "FrameContentSequence": _values(
        "TemporalPositionIndex DimensionIndexValues StackID InStackPositionNumber"
    ),
    "MRDiffusionSequence": _values("DiffusionBValue"),
    "MREchoSequence": _values("EffectiveEchoTime"),
    "CardiacSynchronizationSequence": _values("NominalCardiacTriggerDelayTime"),
    "SegmentIdentificationSequence": _values("ReferencedSegmentNumber"),
    "DerivationImageSequence": {"SourceImageSequence": _values("ReferencedSOPInstanceUID")},
    "UnassignedSharedConvertedAttributesSequence": _CONVERTED,
    "UnassignedPerFrameConvertedAttributesSequence": _CONVERTED,
}
"""Functional groups that are judged (PS3.3 C.7.6.16)."""

TREE: Tree = {
    # identity and kind
    **_values("ImageType SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID"),
    **_values("Modality SeriesNumber InstanceNumber FrameOfReferenceUID SegmentationType"),
    **_values("AvailableTransferSyntaxUID"),
    # asked for by the V2 viewer; only their presence is looked at
    **_values("StudyDate StudyTime StudyID PatientID"),
    **_values("ScheduledProcedureStepID RequestedProcedureID"),
    "RequestAttributesSequence": _values("ScheduledProcedureStepID RequestedProcedureID"),
    # the image
    **_values("SamplesPerPixel PhotometricInterpretation NumberOfFrames Rows Columns"),
    **_values("BitsAllocated BitsStored PixelRepresentation PlanarConfiguration"),
    **_values("WindowCenter WindowWidth RescaleSlope RescaleIntercept"),
    # geometry
    **_values("ImagePositionPatient ImageOrientationPatient SliceThickness SpacingBetweenSlices"),
    **_values("PixelSpacing ImagerPixelSpacing NominalScannedPixelSpacing"),
    **_values("PixelSpacingCalibrationType EstimatedRadiographicMagnificationFactor"),
    "DetectorInformationSequence": _DETECTOR,
    "SharedFunctionalGroupsSequence": FUNCTIONAL_GROUPS,
    "PerFrameFunctionalGroupsSequence": FUNCTIONAL_GROUPS,
    # time and other dimensions
    **_values("TemporalPositionIdentifier TemporalPositionIndex DiffusionBValue TriggerTime"),
    **_values("EchoTime EchoNumbers FrameReferenceTime AcquisitionNumber InversionTime FlipAngle"),
    **_values("CardiacNumberOfImages StackID InStackPositionNumber NumberOfTimeSlots"),
    **_values("TimeSlotVector SliceVector RRIntervalVector PhaseVector EnergyWindowVector"),
    **_values("AcquisitionTime ContentTime"),
    # ultrasound
    "SequenceOfUltrasoundRegions": _values(
        "RegionDataType PhysicalUnitsXDirection PhysicalUnitsYDirection PhysicalDeltaX "
        "PhysicalDeltaY"
    ),
    # PET
    **_values("Units CorrectedImage DecayCorrection SeriesDate SeriesTime AcquisitionDate"),
    **_values("PatientWeight PatientSize PatientSex"),
    "RadiopharmaceuticalInformationSequence": _values(
        "RadionuclideHalfLife RadionuclideTotalDose RadiopharmaceuticalStartDateTime "
        "RadiopharmaceuticalStartTime"
    ),
    # segmentations
    "ReferencedSeriesSequence": {
        "SeriesInstanceUID": None,
        "ReferencedInstanceSequence": _REFERENCED_INSTANCES,
    },
    "SegmentSequence": _values("SegmentNumber"),
    "StructureSetROISequence": _values("ROINumber"),
    "ROIContourSequence": {
        "ReferencedROINumber": None,
        "ContourSequence": _values("NumberOfContourPoints ContourData ContourGeometricType"),
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

COUNTED = frozenset({"ContourData"})
"""Values that are only counted: the mapping holds their VM as an int."""

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
    "(0043,1039)": (0x00431039, "IS"),
    "(7053,1000)": (0x70531000, "DS"),
    "(7053,1009)": (0x70531009, "DS"),
    "(0009,100D)": (0x0009100D, "DT"),
}
"""Private attributes that the viewer reads by their bare tag: tag and VR.

Diffusion b value of Philips, Siemens and GE; Philips' SUV scale factor and activity concentration
scale factor; GE's scan date and time.
"""
