"""The rows of page_and_viewer.md: what viewer-check says of a case on which the two differ."""

import pytest

from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.ohif.display_sets import predict
from fw_gear_viewer_check.ohif.failures import Effect
from tests.viewer import case
from tests.viewer.groups import GROUPS

CASES = {one.name: one for name, cases in GROUPS.items() if name != "random" for one in cases()}

SAID = [
    ("stack: 5 mm, 0.9 mm off", "MPR-205", "FAIL"),
    ("stack: 5 mm, 0.9 mm off", "MPR-193", "FAIL"),
    ("stack: 0.5 mm, 0.15 mm off", "MPR-205", "PASS"),
    ("stack: 0.5 mm, 0.15 mm off", "MPR-198", "FAIL"),
    ("stack: 11 images with a double gap", "MPR-206", "FAIL"),
    ("stack: 2 images, one place", "MPR-191", "FAIL"),
    ("stack: PixelSpacing absent in all", "MPR-103", "FAIL"),
    ("stack: PixelSpacing absent in all", "MPR-193", "FAIL"),
    ("stack: PixelSpacing of one value", "MPR-103", "FAIL"),
    ("stack: orientation of one value(s)", "MPR-203", "FAIL"),
    ("stack: CT: position absent in image 1 of 5", "V3-193", "FAIL"),
    ("4D: EchoTime, 2 volumes", "MPR-102", "FAIL"),
    ("4D: enhanced, cardiac delay", "MPR-102", "FAIL"),
    ("4D: enhanced, cardiac delay", "MPR-193", "FAIL"),
    ("4D: cardiac, first trigger 0", "MPR-102", "FAIL"),
    ("frames: SpacingBetweenSlices in place of SliceThickness", "MPR-301", "PASS"),
    ("frames: SpacingBetweenSlices in place of SliceThickness", "MPR-393", "FAIL"),
    ("frames: positions uneven", "MPR-391", "FAIL"),
    ("frames: positions all the same", "MPR-392", "FAIL"),
    ("frames: PlanePositionSequence: shared", "MPR-392", "FAIL"),
    ("frames: Modality absent", "V3-108", "FAIL"),
    ("frames: detector with orientation, SpacingBetweenSlices 2", "MPR-303", "FAIL"),
    ("frames: two enhanced instances", "LIM-102", "FAIL"),
    ("kind: class 66", "LIM-101", "FAIL"),
    ("kind: no class, an image", "V3-110", "FAIL"),
    ("stack: a duplicate leaves a hole", "V3-196", "FAIL"),
    ("stack: 2049 rows", "MPR-194", "FAIL"),
    ("kind: 66.4, instances absent", "SEG-291", "FAIL"),
    ("kind: structure set, two frames of reference", "SEG-394", "FAIL"),
    ("SUV: DecayCorrection ADMIN", "SUV-209", "FAIL"),
    ("SUV: Units CNTS", "SUV-292", "FAIL"),
    ("SUV: RadionuclideHalfLife is 0", "SUV-202", "FAIL"),
    ("SUV: RadionuclideTotalDose is 0", "SUV-204", "FAIL"),
    ("SUV: CNTS, implicit VR", "SUV-292", "PASS"),
    ("SUV: CNTS, implicit VR", "SUV-297", "FAIL"),
    ("SUV: PatientSex O, PatientSize 1.7", "SUV-295", "FAIL"),
    ("SUV: PatientSex blank, PatientSize 1.7", "SUV-295", "PASS"),
    ("SUV: PatientSex blank, PatientSize 1.7", "SUV-297", "FAIL"),
    ("SUV: injected at 235959", "SUV-293", "FAIL"),
]

LOST = [
    "stack: PixelSpacing of one value",
    "stack: orientation of one value(s)",
    "stack: CT: position absent in image 1 of 5",
    "frames: Modality absent",
    "frames: detector with orientation, SpacingBetweenSlices 2",
    "kind: 66.4, instances absent",
]


@pytest.mark.parametrize(("name", "requirement", "status"), SAID)
def test_what_is_said(name, requirement, status):
    finding = judging.judge(requirement, case.to_series(CASES[name]))

    assert finding.status == status, finding.evidence


@pytest.mark.parametrize("name", LOST)
def test_what_the_prediction_says_is_lost(name):
    prediction = predict(case.to_series(CASES[name]))

    assert prediction.display_sets == ()
    assert prediction.of_effect(Effect.DROPPED_SILENTLY)
