"""A perfect series passes everything; one attribute less changes exactly the rows that need it."""

from __future__ import annotations

from functools import cache

import pytest

from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.dicom.attributes import vr_of
from fw_gear_viewer_check.requirements import scopes
from fw_gear_viewer_check.requirements.checks import Positive, Present, Remarked, Valid
from fw_gear_viewer_check.requirements.registry import BY_ID, REQUIREMENTS
from tests import make, pack
from tests.judge import judge
from tests.make import ABSENT, BLANK

IMAGES = make.ct(4)
KINDS = {
    "ct": lambda: make.ct(4),
    "mr": lambda: make.mr(4),
    "pt": lambda: make.pt(4),
    "us": lambda: make.us(2),
    "dx": lambda: make.dx(2),
    "cr": lambda: make.cr(2),
    "nm": make.nm,
    "enhanced_mr": make.enhanced_mr,
    "seg": lambda: make.seg(IMAGES),
    "rtstruct": lambda: make.rtstruct(IMAGES),
    "sr": make.sr,
}
NEEDS_PEERS = {"ZIP-101", "V2-201"}
APPLYING = {
    "ct": "archive v2_open v3_open v3_mpr v3_measure",
    "mr": "archive v2_open v3_open v3_mpr v3_measure",
    "pt": "archive v2_open v3_open v3_mpr v3_measure v3_suv",
    "us": "archive v2_open v3_open v3_mpr v3_measure",
    "dx": "archive v2_open v3_open v3_measure",
    "cr": "archive v2_open v3_open v3_measure",
    "nm": "archive v2_open v3_open v3_mpr v3_measure",
    "enhanced_mr": "archive v2_open v3_open v3_mpr v3_measure",
    "seg": "archive v2_open v3_open v3_overlay",
    "rtstruct": "archive v2_open v3_open v3_overlay",
    "sr": "archive v2_open v3_open",
}
"""Capabilities that the page speaks of for each kind; the others are NA."""

US_IS_NO_VOLUME = {"MPR-102", "MPR-103", "MPR-203", "MPR-204"}
"""Ultrasound images are judged as if they could be a volume, and have no geometry."""


def findings(datasets, *, is_overlay=False):
    """Return the finding of every requirement for the first series."""
    reference = IMAGES if is_overlay else None
    series = pack.read(datasets, reference=reference)[0]
    found = {r.id: judging.judge(r.id, series) for r in REQUIREMENTS}
    for id_, one in found.items():
        assert bool(one.code) == (one.status in {"FAIL", "UNKNOWN"}), id_
    return found


def statuses(found):
    """Return the status of every requirement; "needs" where others that it needs are not met."""
    return {i: "needs" if f.code == "needs" else str(f.status) for i, f in found.items()}


def bare(check):
    return check.check if isinstance(check, Remarked) else check


VALUES = {"UI": "1.2.3", "SQ": [{}], "DA": "20200102", "TM": "101112", "DS": 1, "IS": 1, "US": 1}
"""Values of VRs for what the makers leave out; other VRs take a text."""


def made(kind, **changes):
    """Return a perfect series with changes; what the makers lack of single attributes is added."""
    datasets = KINDS[kind]()
    for check in (bare(r.check) for r in REQUIREMENTS):
        # A structure set that names its series has to name its images with it.
        if isinstance(check, Present) and check.path == "ReferencedSeriesSequence":
            continue
        if isinstance(check, Present) and "." not in check.path and check.path not in datasets[0]:
            make.change(datasets, **{check.path: VALUES.get(vr_of(check.path), "TEXT")})
    return make.change(datasets, **changes)


@cache
def perfect(kind):
    return statuses(findings(made(kind), is_overlay=is_overlay(kind)))


def is_overlay(kind):
    return kind in {"seg", "rtstruct"}


@cache
def without(kind, path, value):
    """Return the finding of every requirement for a perfect series with one attribute less."""
    return findings(made(kind, **{path: value}), is_overlay=is_overlay(kind))


def changed_by(kind, path, value):
    """Return what differs from the perfect series of that kind."""
    now = statuses(without(kind, path, value))
    return {id_: s for id_, s in now.items() if s not in {perfect(kind)[id_], "needs"}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_perfect_series_passes_everything_that_applies(kind):
    not_passed = {i: s for i, s in perfect(kind).items() if s in {"FAIL", "UNKNOWN"}}
    assert not_passed.keys() == (US_IS_NO_VOLUME if kind == "us" else set()), not_passed


@pytest.mark.parametrize("kind", KINDS)
def test_capabilities_apply_to_the_kinds_the_page_speaks_of(kind):
    applying = {str(BY_ID[i].capability) for i, s in perfect(kind).items() if s != "NOT_APPLICABLE"}
    assert applying == set(APPLYING[kind].split())


def test_every_requirement_passes_for_some_perfect_series():
    passed = {i for kind in KINDS for i, s in perfect(kind).items() if s == "PASS"}
    # Counts with Philips' factors, slides, fractional segmentations.
    only_for_some_data = {"SUV-292", "V3-297", "SEG-298"}
    assert set(BY_ID) - passed == NEEDS_PEERS | only_for_some_data


OF_SUV = " ".join(
    r.id
    for r in REQUIREMENTS
    if r.scope is scopes.PET_SUV and perfect("pt")[r.id] != "NOT_APPLICABLE"
)
"""Asked only where the units can become SUV."""

REMOVED = [
    # kind, attribute, and every row that changes: (to FAIL, to UNKNOWN, to NA)
    ("ct", "StudyInstanceUID", "V2-102 V3-101", "", ""),
    ("ct", "SeriesInstanceUID", "V2-101 V3-102", "", ""),
    ("ct", "SOPInstanceUID", "V3-103", "", ""),
    ("ct", "SeriesNumber", "V2-104", "", ""),
    ("ct", "ScheduledProcedureStepID", "V2-105", "", ""),
    ("ct", "RequestedProcedureID", "V2-106", "", ""),
    ("ct", "StudyDate", "V2-107", "", ""),
    ("ct", "StudyTime", "V2-108", "", ""),
    ("ct", "StudyID", "V2-109", "", ""),
    ("ct", "PatientID", "V2-110", "", ""),
    ("ct", "PhotometricInterpretation", "V3-104", "", ""),
    ("ct", "Rows", "V3-105", "", "V3-195"),
    ("ct", "Columns", "V3-106", "", "V3-195"),
    ("ct", "PixelRepresentation", "V3-107", "", ""),
    ("ct", "Modality", "V2-103 V3-108", "", "V3-193"),
    ("ct", "BitsAllocated", "V3-109", "", "V3-195"),
    ("ct", "SOPClassUID", "V3-110", "", ""),
    ("ct", "InstanceNumber", "V3-111", "", ""),
    ("ct", "SamplesPerPixel", "", "", ""),
    ("ct", "PixelSpacing", "MPR-103 MEA-101", "", ""),
    ("ct", "ImageOrientationPatient", "MPR-203", "", ""),
    ("ct", "ImagePositionPatient", "MPR-204", "MPR-102", "MPR-191"),
    ("ct", "WindowCenter", "MPR-192", "", ""),
    ("ct", "WindowWidth", "", "", ""),
    ("ct", "FrameOfReferenceUID", "", "", ""),
    ("nm", "ImageType", "MPR-401", "", ""),
    ("nm", "PixelSpacing", "MPR-301 MEA-101", "", ""),
    ("nm", "SliceThickness", "MPR-393", "", ""),
    ("nm", "DetectorInformationSequence", "MPR-302 MPR-303", "MPR-102", "MPR-391 MPR-392"),
    ("enhanced_mr", f"{make.SHARED}.PixelMeasuresSequence", "MPR-301 MEA-101", "", ""),
    ("enhanced_mr", f"{make.SHARED}.PlaneOrientationSequence", "MPR-302", "", "MPR-391"),
    (
        *("enhanced_mr", f"{make.PER_FRAME}.PlanePositionSequence", "MPR-303"),
        *("MPR-102", "MPR-391 MPR-392"),
    ),
    ("us", "SequenceOfUltrasoundRegions", "MEA-201", "", ""),
    ("pt", "Units", "SUV-101 SUV-103 SUV-208", "", OF_SUV),
    ("pt", make.DOSE, "SUV-201", "", ""),
    ("pt", f"{make.DOSE}.RadionuclideHalfLife", "SUV-202", "", ""),
    ("pt", f"{make.DOSE}.RadiopharmaceuticalStartTime", "SUV-203", "", ""),
    ("pt", f"{make.DOSE}.RadionuclideTotalDose", "SUV-204", "", ""),
    ("pt", "SeriesDate", "SUV-205", "", ""),
    ("pt", "SeriesTime", "SUV-206", "", ""),
    ("pt", "CorrectedImage", "SUV-207", "", ""),
    ("pt", "DecayCorrection", "SUV-209", "", ""),
    ("pt", "AcquisitionDate", "SUV-210", "", ""),
    ("pt", "AcquisitionTime", "SUV-211", "", ""),
    ("pt", "PatientWeight", "SUV-212", "", ""),
    ("pt", "PatientSex", "", "", ""),
    ("seg", "FrameOfReferenceUID", "SEG-201", "", ""),
    ("seg", "ReferencedSeriesSequence", "SEG-101 SEG-202", "", ""),
    ("seg", make.SHARED, "SEG-203", "", ""),
    ("seg", make.PER_FRAME, "SEG-204", "", ""),
    ("seg", "SegmentSequence", "SEG-294", "", ""),
    ("rtstruct", "FrameOfReferenceUID", "", "", ""),
    ("rtstruct", "ROIContourSequence", "SEG-302", "", ""),
    ("rtstruct", "StructureSetROISequence", "SEG-303", "", ""),
    (
        *("rtstruct", "ReferencedFrameOfReferenceSequence", "SEG-101 SEG-304"),
        *("", ""),
    ),
    ("sr", "Modality", "V2-103 V3-108", "", ""),
]

SAID_BY_THE_VIEWER = {"MPR-193", "MPR-198", "SUV-298", "V3-198", "V3-199", "V3-294"}
"""Tell what the viewer would do without the attribute: tested with the prediction itself."""


@pytest.mark.long
@pytest.mark.parametrize("value", [ABSENT, BLANK], ids=["absent", "blank"])
@pytest.mark.parametrize(
    ("kind", "path", "to_fail", "to_unknown", "to_na"),
    REMOVED,
    ids=[f"{row[0]}-{row[1].rpartition('.')[2]}" for row in REMOVED],
)
def test_one_attribute_less_changes_exactly_its_rows(  # noqa: PLR0917
    kind, path, to_fail, to_unknown, to_na, value
):
    changed = changed_by(kind, path, value)
    expected = dict.fromkeys(to_fail.split(), "FAIL")
    expected |= dict.fromkeys(to_unknown.split(), "UNKNOWN")
    expected |= dict.fromkeys(to_na.split(), "NOT_APPLICABLE")
    assert {k: v for k, v in changed.items() if k not in SAID_BY_THE_VIEWER} == {
        k: v for k, v in expected.items() if k not in SAID_BY_THE_VIEWER
    }


@pytest.mark.parametrize("row", REMOVED, ids=lambda row: f"{row[0]}-{row[1]}")
def test_what_needs_a_row_that_is_not_met_is_unknown_for_it(row):
    kind, path, *_ = row
    found = without(kind, path, ABSENT)
    not_met = {id_ for id_, one in found.items() if one.status in {"FAIL", "UNKNOWN"}}
    for id_, one in found.items():
        lacking = tuple(n for n in BY_ID[id_].requires if n in not_met)
        needs = one.values.get("ids") if one.code == "needs" else ()
        assert one.status == "NOT_APPLICABLE" or needs == lacking, id_


ONE_ATTRIBUTE = [r for r in REQUIREMENTS if isinstance(bare(r.check), (Present, Valid, Positive))]


@pytest.mark.parametrize("value", [ABSENT, BLANK], ids=["absent", "blank"])
@pytest.mark.parametrize("requirement", ONE_ATTRIBUTE, ids=lambda r: r.id)
def test_what_asks_for_one_attribute_fails_without_it(requirement, value):
    kind = next(k for k in KINDS if perfect(k)[requirement.id] == "PASS")
    path, _, inside = bare(requirement.check).paths[0].rpartition(".")
    changes = dict.fromkeys(bare(requirement.check).paths, value)
    found = judge(requirement.id, made(kind, **changes), reference=IMAGES)
    missing = "absent" if value is ABSENT or (path and not inside) else "blank"
    assert (found.status, found.code) == ("FAIL", missing)
