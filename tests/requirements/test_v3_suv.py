import pytest

from fw_gear_viewer_check.requirements import repairs
from tests import make
from tests.judge import FAIL, NA, PASS, UNKNOWN, judge
from tests.make import ABSENT, BLANK, DOSE, each, raw

PRESENT = {
    "SUV-201": DOSE,
    "SUV-202": f"{DOSE}.RadionuclideHalfLife",
    "SUV-204": f"{DOSE}.RadionuclideTotalDose",
    "SUV-205": "SeriesDate",
    "SUV-206": "SeriesTime",
    "SUV-207": "CorrectedImage",
    "SUV-208": "Units",
    "SUV-209": "DecayCorrection",
    "SUV-210": "AcquisitionDate",
    "SUV-211": "AcquisitionTime",
    "SUV-212": "PatientWeight",
}
INJECTED = f"{DOSE}.RadiopharmaceuticalStartDateTime"
POSITIVE = {i: PRESENT[i] for i in ("SUV-202", "SUV-204", "SUV-212")}
ABOVE_ZERO = [(1, PASS), (0.001, PASS), (0, FAIL), (-1, FAIL)]
OF_UNITS = ("SUV-101", "SUV-102", "SUV-103")
IN_SUV_UNITS = (*PRESENT, "SUV-203")


@pytest.mark.parametrize("id_", [*OF_UNITS, *IN_SUV_UNITS])
@pytest.mark.parametrize("units", ["BQML", "CNTS", "GML"])
def test_suv_101_to_212_pass_a_perfect_series(id_, units):
    found = judge(id_, make.pt(3, Units=units))
    assert (found.status, found.affected, found.checked) == (PASS, (), 3)


@pytest.mark.parametrize("id_", [*OF_UNITS, *IN_SUV_UNITS])
def test_suv_101_to_212_speak_about_pet_images_only(id_):
    assert judge(id_, make.ct(2)).status == NA
    assert judge(id_, make.sr(Modality="PT")).status == NA


@pytest.mark.parametrize("id_", IN_SUV_UNITS)
def test_suv_201_to_212_do_not_speak_about_other_units(id_):
    assert judge(id_, make.pt(2, Units="CPS")).status == NA


@pytest.mark.parametrize(
    ("units", "meaning"),
    [
        ("CPS", "CPS (values are shown as counts per second, not as SUV)"),
        ("PROPCNTS", "PROPCNTS (values are shown as proportional to counts, not as SUV)"),
        ("ODD", "(not shown) (values are shown in this unit, not as SUV)"),
        ("bqml", "(not shown) (values are shown in this unit, not as SUV)"),
        (ABSENT, "absent (values are shown without a unit)"),
        (BLANK, "blank (values are shown without a unit)"),
    ],
)
def test_suv_101_fails_other_units_and_says_what_is_shown(units, meaning):
    images = make.pt(2) + make.pt(1, Units=units, SOPInstanceUID="1.9")
    found = judge("SUV-101", images)
    assert (found.status, found.affected, found.checked) == (FAIL, ("003.dcm",), 3)
    assert found.evidence == f"Units is {meaning} in 1 of 3 images"


@pytest.mark.parametrize(
    ("units", "evidence"),
    [
        ("CPS", "CPS (values are shown as counts per second, not as SUV)"),
        ("ODD", "(not shown) (values are shown in this unit, not as SUV)"),
        (ABSENT, ""),
        (BLANK, ""),
    ],
)
def test_suv_102_notes_units_that_are_shown_as_they_are(units, evidence):
    found = judge("SUV-102", make.pt(2, Units=units))
    assert found.status == (FAIL if evidence else PASS)
    assert not evidence or found.evidence == f"Units is {evidence} in all 2 images"


@pytest.mark.parametrize(("units", "status"), [("CPS", PASS), (ABSENT, FAIL), (BLANK, FAIL)])
def test_suv_103_notes_missing_units(units, status):
    found = judge("SUV-103", make.pt(2, Units=units))
    assert found.status == status
    if status == FAIL:
        word = "absent" if units is ABSENT else "blank"
        assert found.evidence == f"Units is {word} in all 2 images"


@pytest.mark.parametrize(("id_", "path"), PRESENT.items())
@pytest.mark.parametrize(("value", "word"), [(ABSENT, "absent"), (BLANK, "blank")])
def test_suv_201_to_212_ask_for_a_value_in_every_image(id_, path, value, word):
    images = make.pt(3)
    make.change(images[1:], **{path: value})
    found = judge(id_, images)
    assert (found.status, found.affected, found.checked) == (FAIL, ("002.dcm", "003.dcm"), 3)
    assert found.evidence == f"{path.rpartition('.')[2]} is {word} in 2 of 3 images"


@pytest.mark.parametrize("id_", ["SUV-202", "SUV-203", "SUV-204"])
def test_suv_202_to_204_need_the_sequence_that_holds_it(id_):
    found = judge(id_, make.pt(2, **{DOSE: ABSENT}))
    assert (found.status, found.code, found.values["ids"]) == (UNKNOWN, "needs", ("SUV-201",))


@pytest.mark.parametrize(("id_", "path"), POSITIVE.items())
@pytest.mark.parametrize(("value", "status"), ABOVE_ZERO)
def test_suv_202_204_and_212_ask_for_a_number_above_zero(id_, path, value, status):
    found = judge(id_, make.pt(2, **{path: value}))
    assert (found.status, found.checked) == (status, 2)
    if status == FAIL:
        name = path.rpartition(".")[2]
        assert found.evidence == f"{name} is not above zero in all 2 images"


@pytest.mark.parametrize(("id_", "path"), POSITIVE.items())
def test_suv_202_204_and_212_fail_a_number_that_is_none_without_quoting_it(id_, path):
    found = judge(id_, make.pt(2, **{path: raw(b"70kg")}))
    assert (found.status, len(found.affected)) == (FAIL, 2)
    assert "damaged (not a number)" in found.evidence
    assert "70" not in found.evidence
    found = judge(id_, make.pt(2, **{path: raw(b"70kg", "LO")}))
    assert (found.status, len(found.affected)) == (FAIL, 2)
    assert found.evidence.endswith(" is not a number in all 2 images")


@pytest.mark.parametrize("id_", POSITIVE)
def test_suv_202_204_and_212_fail_several_numbers_which_the_viewer_takes_for_none(id_):
    found = judge(id_, make.pt(2, **{PRESENT[id_]: raw(b"70\\80 ")}))
    assert (found.status, found.code, len(found.affected)) == (FAIL, "damaged", 2)


def test_suv_101_fails_several_units():
    images = make.pt(2, Units=["BQML", "PCNT"])
    assert (judge("SUV-101", images).status, judge("SUV-201", images).status) == (FAIL, NA)


@pytest.mark.parametrize("id_", ["SUV-202", "SUV-204"])
def test_suv_202_and_204_are_decided_by_the_first_item(id_):
    keyword = PRESENT[id_].rpartition(".")[2]
    images = make.pt(2)
    for image in images:
        image[DOSE].value.append(make.pt(1)[0][DOSE].value[0])
    make.change(images, **{f"{DOSE}[1].{keyword}": ABSENT})
    assert judge(id_, images).status == PASS
    make.change(images, **{f"{DOSE}[0].{keyword}": 0, f"{DOSE}[1].{keyword}": 5})
    assert judge(id_, images).status == FAIL


DATE_TIME, TIME = f"{DOSE}.RadiopharmaceuticalStartDateTime", f"{DOSE}.RadiopharmaceuticalStartTime"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({TIME: ABSENT}, FAIL),
        ({TIME: BLANK}, FAIL),
        ({TIME: BLANK, DATE_TIME: BLANK}, FAIL),
        ({TIME: ABSENT, DATE_TIME: "20200102100000"}, PASS),
        ({TIME: "100000", DATE_TIME: BLANK}, PASS),
        ({TIME: "100000", DATE_TIME: "20200102100000"}, PASS),
    ],
)
def test_suv_203_takes_either_time_of_injection(changes, status):
    found = judge("SUV-203", make.pt(2, **changes))
    assert (found.status, found.checked) == (status, 2)
    assert "1000" not in found.evidence


def test_suv_203_says_what_is_blank_and_not_absent():
    images = make.pt(3, **{TIME: each(BLANK, ABSENT, "100000")})
    assert judge("SUV-203", images).evidence.endswith(
        "in 2 of 3 images (RadiopharmaceuticalStartTime is blank in 1)"
    )


@pytest.mark.parametrize(
    ("corrections", "evidence"),
    [
        (["ATTN", "DECY"], ""),
        (["DECY", "NORM", "ATTN"], ""),
        (["ATTN"], "without DECY"),
        (["DECY", "SCAT"], "without ATTN"),
        (["NORM"], "without ATTN and DECY"),
        ("DECYATTN", "without ATTN and DECY"),
    ],
)
def test_suv_207_asks_for_both_corrections(corrections, evidence):
    found = judge("SUV-207", make.pt(2, CorrectedImage=corrections))
    assert found.status == (FAIL if evidence else PASS)
    assert evidence in found.evidence


@pytest.mark.parametrize(
    ("value", "evidence"),
    [
        ("ADMIN", "ADMIN (Flywheel requires START; the open-source viewer shows wrong values)"),
        ("NONE", "NONE (Flywheel requires START; the open-source viewer shows SUV anyway)"),
        ("start", "(not shown) (Flywheel requires START; the open-source viewer shows SUV anyway)"),
    ],
)
def test_suv_209_takes_start_only(value, evidence):
    found = judge("SUV-209", make.pt(2, DecayCorrection=value))
    assert found.status == FAIL
    assert found.evidence == f"DecayCorrection is {evidence} in all 2 images"


def test_suv_201_counts_by_image():
    found = judge("SUV-208", make.pt(3, Units=each("BQML", BLANK, "GML")))
    assert (found.status, found.affected) == (FAIL, ("002.dcm",))


NUCLIDE = f"{DOSE}.RadionuclideCodeSequence.CodeValue"
HALF_LIFE = f"{DOSE}.RadionuclideHalfLife"
GIVEN = f"{DOSE}.RadionuclideTotalDose"
F18 = {NUCLIDE: "C-111A1"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        (F18, ""),
        ({**F18, HALF_LIFE: 6586.2 * 1.049}, ""),
        ({**F18, HALF_LIFE: 6586.2 * 1.051}, "half-life"),
        ({**F18, HALF_LIFE: 109.77}, "half-life"),
        ({NUCLIDE: "77004003", HALF_LIFE: 4062.6}, "half-life"),
        ({NUCLIDE: "another", HALF_LIFE: 1}, ""),
        ({GIVEN: 1e6}, ""),
        ({GIVEN: 0.99e6}, "dose"),
        ({GIVEN: 100e9}, ""),
        ({GIVEN: 101e9}, "dose"),
        ({"PatientWeight": 0.5}, ""),
        ({"PatientWeight": 0.49}, "weight"),
        ({"PatientWeight": 400}, ""),
        ({"PatientWeight": 401}, "weight"),
        ({"Units": "GML"}, ""),
        ({"Units": "GML", "SUVType": "BW"}, ""),
        ({"Units": "GML", "SUVType": "LBM"}, "suv-type"),
        ({"Units": "BQML", "SUVType": "LBM"}, ""),
    ],
)
def test_suv_296_notes_what_cannot_be_right(changes, code):
    found = judge("SUV-296", make.pt(2, **changes))
    assert (found.status, found.code, found.checked) == (FAIL if code else PASS, code, 2)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({INJECTED: "20191203100000"}, FAIL),
        ({INJECTED: "20200101100000"}, PASS),
        ({INJECTED: "20191203100000", "Units": "GML"}, PASS),
    ],
)
def test_suv_296_notes_a_scan_of_a_dose_that_has_decayed(changes, status):
    found = judge("SUV-296", make.pt(2, **changes))
    assert (found.status, found.code) == (status, "decay" if status == FAIL else "")


def test_suv_296_tells_minutes_and_megabecquerel_and_quotes_nothing():
    assert "in minutes" in judge("SUV-296", make.pt(1, **F18, **{HALF_LIFE: 109.77})).evidence
    found = judge("SUV-296", make.pt(1, **{GIVEN: 371}))
    assert "in MBq" in found.evidence
    assert "371" not in found.evidence
    assert "403" not in judge("SUV-296", make.pt(1, PatientWeight=403)).evidence


@pytest.mark.parametrize("units", [ABSENT, "NONE", each("BQML", "NONE")])
def test_suv_202_to_212_are_asked_only_where_the_units_can_become_suv(units):
    for n in range(202, 213):
        status = judge(f"SUV-{n}", make.pt(2, Units=units, PatientWeight=ABSENT)).status
        assert status == (FAIL if n == 208 and units is ABSENT else NA if n != 208 else status), n


def test_suv_296_notes_images_of_another_time_of_injection():
    time = f"{DOSE}.RadiopharmaceuticalStartTime"
    found = judge("SUV-296", make.pt(4, **{time: each("100000", "090000", "100000", "100000")}))
    assert (found.status, found.code, found.affected) == (FAIL, "injection", ("002.dcm",))
    assert not any(digits in found.evidence for digits in ("0900", "1000"))


def test_suv_209_asks_for_one_value():
    found = judge("SUV-209", make.pt(3, DecayCorrection=["START", "ADMIN"]))
    assert (found.status, found.code) == (FAIL, "damaged")


def test_suv_101_speaks_of_a_unit_only_where_there_is_one():
    assert judge("SUV-101", make.pt(2, Units=ABSENT)).repair == repairs.ENTER_PET
    assert judge("SUV-101", make.pt(2, Units="PROPCNTS")).repair == repairs.OTHER_UNITS
