import pytest

from fw_gear_viewer_check.requirements import repairs
from tests import make
from tests.judge import FAIL, NA, PASS, UNKNOWN, judge
from tests.make import ABSENT, BLANK, DOSE, each, raw
from tests.repairs.situations import pet_with_page

IDS = ("SUV-291", "SUV-293", "SUV-294", "SUV-295")
SUV_FACTOR, ACTIVITY_FACTOR = "(7053,1000)", "(7053,1009)"
DATE_TIME, TIME = f"{DOSE}.RadiopharmaceuticalStartDateTime", f"{DOSE}.RadiopharmaceuticalStartTime"
DIFFERENT = {
    "Units": ("BQML", "GML"),
    "CorrectedImage": (["ATTN", "DECY"], ["DECY", "ATTN"]),
    "PatientWeight": (70, 71),
    "PatientSize": (1.7, 1.8),
    "PatientSex": ("F", "M"),
    "DecayCorrection": ("START", "ADMIN"),
    "SeriesDate": ("20200102", "20200103"),
    "SeriesTime": ("110000", "110001"),
    f"{DOSE}.RadionuclideHalfLife": (6586.2, 6586.3),
    f"{DOSE}.RadionuclideTotalDose": (370e6, 371e6),
}


@pytest.mark.parametrize("id_", IDS)
def test_suv_291_to_295_pass_a_perfect_series(id_):
    found = judge(id_, make.pt(3))
    assert (found.status, found.affected, found.checked) == (PASS, (), 3)


@pytest.mark.parametrize("id_", [*IDS, "SUV-292"])
def test_suv_291_to_295_speak_about_pet_in_suv_units_only(id_):
    assert judge(id_, make.ct(2)).status == NA
    assert judge(id_, make.pt(2, Units="CPS")).status == NA


@pytest.mark.parametrize(("path", "values"), DIFFERENT.items())
def test_suv_291_fails_where_an_attribute_differs(path, values):
    usual, other = values
    found = judge("SUV-291", make.pt(4, **{path: each(usual, other, usual, usual)}))
    assert (found.status, found.affected, found.checked) == (FAIL, ("002.dcm",), 4)
    assert found.evidence == f"not the same in every image: {path.rpartition('.')[2]} (2 values)"


def test_suv_291_names_all_attributes_and_images_that_differ():
    changes = {"PatientWeight": each(71, 70, 70, 70), "SeriesTime": each(*["110000"] * 3, "12")}
    found = judge("SUV-291", make.pt(4, **changes))
    assert found.affected == ("001.dcm", "004.dcm")
    assert found.values["attributes"] == ("SeriesTime", "PatientWeight")


@pytest.mark.parametrize("sex", [b"F\\", b"F\\M "])
def test_suv_291_fails_several_sexes_which_the_viewer_never_finds_equal(sex):
    """They are an array, a new one of each image: no SUV was shown, and the series passed."""
    found = judge("SUV-291", make.pt(3, PatientSex=raw(sex)))
    assert (found.status, len(found.affected)) == (FAIL, 3)
    assert found.evidence == "not the same in every image: PatientSex (several in one image)"
    assert judge("SUV-291", make.pt(1, PatientSex=raw(sex))).status == PASS


def test_suv_291_counts_a_missing_value_as_another():
    found = judge("SUV-291", make.pt(3, PatientWeight=each(70, 70, ABSENT)))
    assert found.affected == ("003.dcm",)


def test_suv_291_does_not_mind_times_that_differ_by_nature():
    images = make.pt(3, AcquisitionTime=each("110000", "110001", "110002"))
    assert judge("SUV-291", images).status == PASS


def factors(suv, activity):
    changes = {SUV_FACTOR: suv, ACTIVITY_FACTOR: activity}
    return make.pt(2, Units="CNTS", **changes)


ONE = raw(b"1.5 ", "DS")
ZERO = raw(b"0 ", "DS")


@pytest.mark.parametrize(
    ("suv", "activity", "status", "affected"),
    [
        (ONE, ONE, PASS, ()),
        (ONE, ABSENT, PASS, ()),
        (ABSENT, ONE, PASS, ()),
        (ZERO, ONE, PASS, ()),
        (ABSENT, ABSENT, FAIL, ("001.dcm", "002.dcm")),
        (ZERO, ZERO, FAIL, ("001.dcm", "002.dcm")),
        (each(ONE, ABSENT), ABSENT, FAIL, ("002.dcm",)),
        (ABSENT, each(ABSENT, ONE), FAIL, ("001.dcm",)),
        (each(ONE, ABSENT), ONE, FAIL, ("002.dcm",)),
        (each(ONE, ABSENT), each(ABSENT, ONE), FAIL, ("002.dcm",)),
    ],
)
def test_suv_292_asks_for_philips_factors_in_every_image(suv, activity, status, affected):
    found = judge("SUV-292", factors(suv, activity))
    assert (found.status, found.affected, found.checked) == (status, affected, 2)
    if status == FAIL:
        assert f"missing in {len(affected)} of 2 images" in found.evidence


def test_suv_292_passes_factors_in_implicit_vr_which_a_server_knows():
    images = make.pt(2, Units="CNTS", TransferSyntaxUID=make.IMPLICIT, **{SUV_FACTOR: ONE})
    assert judge("SUV-292", images).status == PASS


def test_suv_292_speaks_about_counts_only():
    assert judge("SUV-292", make.pt(2, Units="BQML")).status == NA
    assert judge("SUV-292", make.pt(2, Units="GML")).status == NA


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({TIME: "105959"}, PASS),
        ({TIME: "110000"}, PASS),
        ({TIME: "110000.5"}, FAIL),
        ({TIME: "120000"}, FAIL),
        ({TIME: ABSENT, DATE_TIME: "20200102110000"}, PASS),
        ({TIME: ABSENT, DATE_TIME: "20200102110001"}, FAIL),
        ({TIME: ABSENT, DATE_TIME: "20200101235959.0+0100"}, PASS),
        ({TIME: ABSENT, DATE_TIME: "20200103000000-0500"}, FAIL),
        # The viewer takes the date and time before the bare time.
        ({TIME: "120000", DATE_TIME: "20200102100000"}, PASS),
        # A series that starts after its earliest acquisition: the acquisition decides.
        ({"SeriesTime": "130000", TIME: "113000"}, FAIL),
        ({"SeriesTime": "130000", "AcquisitionTime": "120000", TIME: "113000"}, PASS),
        ({"SeriesTime": "100000", TIME: "103000"}, FAIL),
    ],
)
def test_suv_293_fails_a_scan_before_the_injection(changes, status):
    found = judge("SUV-293", make.pt(2, **changes))
    assert (found.status, found.checked) == (status, 2)
    assert len(found.affected) == (2 if status == FAIL else 0)
    assert not any(character.isdigit() for character in found.evidence)


@pytest.mark.parametrize(
    "path", ["SeriesDate", "SeriesTime", "AcquisitionDate", "AcquisitionTime", TIME]
)
@pytest.mark.parametrize("value", [ABSENT, BLANK, "noon"])
def test_suv_293_is_unknown_without_the_times_it_compares(path, value):
    found = judge("SUV-293", make.pt(2, **{path: value}))
    assert (found.status, found.checked) == (UNKNOWN, 2)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("SeriesDate", "2020-01-02", ("SeriesDate or SeriesTime", "the time of injection")),
        ("SeriesDate", "20201302", ("SeriesDate or SeriesTime", "the time of injection")),
        ("SeriesTime", "noon", ("SeriesDate or SeriesTime",)),
        ("SeriesTime", "250000", ("SeriesDate or SeriesTime",)),
        ("AcquisitionDate", "20200230", ("AcquisitionDate or AcquisitionTime",)),
        ("AcquisitionTime", "7", ("AcquisitionDate or AcquisitionTime",)),
        (TIME, "ten", ("the time of injection",)),
        (DATE_TIME, "20200102", ("the time of injection",)),
    ],
)
def test_suv_294_fails_dates_and_times_that_cannot_be_read(path, value, named):
    images = make.pt(2)
    make.change(images[1:], **{path: raw(value.encode())})
    found = judge("SUV-294", images)
    assert (found.status, found.affected, found.checked) == (FAIL, ("002.dcm",), 2)
    assert (found.code, found.values["attributes"]) == ("suv-time-unreadable", named)
    assert "in 1 of 2 images" in found.evidence
    assert value not in found.evidence


@pytest.mark.parametrize(
    ("path", "value"),
    [("AcquisitionTime", "125"), ("AcquisitionTime", "12050"), (TIME, "9:00")],
)
def test_suv_294_passes_odd_lengths_that_the_viewer_reads(path, value):
    """Seen in runs of the viewer (cases_suv.py): the viewer computes a factor."""
    assert judge("SUV-294", make.pt(2, **{path: raw(value.encode())})).status == PASS


def test_suv_294_reads_the_date_and_time_of_injection_where_it_stands_alone():
    images = make.pt(2, **{TIME: ABSENT, DATE_TIME: raw(b"20200102noon")})
    found = judge("SUV-294", images)
    assert (found.status, len(found.affected)) == (FAIL, 2)
    assert "the time of injection" in found.evidence


@pytest.mark.parametrize("path", ["SeriesDate", "AcquisitionTime", TIME])
def test_suv_294_leaves_missing_ones_to_their_own_rows(path):
    assert judge("SUV-294", make.pt(2, **{path: ABSENT})).status == PASS


@pytest.mark.parametrize(
    ("size", "sex", "status"),
    [
        (1.7, "M", PASS),
        (1.7, "F", PASS),
        (1.7, "O", FAIL),
        (1.7, ABSENT, PASS),
        (ABSENT, "O", PASS),
        (ABSENT, BLANK, PASS),
        (BLANK, "M", PASS),
        (BLANK, ABSENT, PASS),
        # Seen in runs of the viewer (cases_suv.py): blank is not absent, and 0 is a size.
        (BLANK, "O", FAIL),
        (0, "O", FAIL),
        # A server gives a blank sex as null, which passes.
        (1.7, BLANK, PASS),
        (BLANK, BLANK, PASS),
    ],
)
def test_suv_295_fails_another_sex_next_to_a_size(size, sex, status):
    found = judge("SUV-295", make.pt(2, PatientSize=size, PatientSex=sex))
    assert (found.status, found.checked) == (status, 2)
    if status == FAIL:
        assert found.evidence == "PatientSize is present and PatientSex is neither M nor F"


def test_suv_293_names_the_images():
    late = make.pt(2, **{f"{DOSE}.RadiopharmaceuticalStartTime": "230000"})
    assert judge("SUV-293", late).affected == ("001.dcm", "002.dcm")


@pytest.mark.parametrize(
    ("changes", "code", "evidence"),
    [
        ({"PatientSize": 1.7, "PatientSex": BLANK}, "suv-sex-beside-size", "PatientSex is blank"),
        (
            {"Units": "CNTS", "TransferSyntaxUID": make.IMPLICIT, SUV_FACTOR: ONE},
            "suv-no-count-factors",
            "in implicit VR (2 of 2 images)",
        ),
    ],
)
def test_suv_297_notes_what_costs_the_suv_in_local_files_only(changes, code, evidence):
    images = make.pt(2, **changes)
    found = judge("SUV-297", images)
    assert (found.status, found.code, len(found.affected)) == (FAIL, code, 2)
    assert evidence in found.evidence
    assert "local files" in found.evidence


OTHER = {"Modality": "OT", "Units": ABSENT, "SOPInstanceUID": "1.9"}
NOT_PET = {"Modality": "CT", "SOPInstanceUID": "1.9", "InstanceNumber": 9}
NOT_COMPUTED = {
    "an injection in 1900, as of de-identification": make.pt(3, **{DATE_TIME: "19000101100000"}),
    "a half life of a second": make.pt(3, **{f"{DOSE}.RadionuclideHalfLife": 1}),
    "a screenshot": [*make.pt(3), *make.pt(1, SOPClassUID=make.SC, **OTHER)],
    "another modality first": [*make.pt(1, **OTHER), *make.pt(3)],
}


@pytest.mark.parametrize("name", NOT_COMPUTED)
def test_suv_298_fails_where_the_viewer_computes_no_suv_and_no_other_row_says_so(name):
    found = judge("SUV-298", NOT_COMPUTED[name])
    assert found.status == FAIL
    assert found.evidence.startswith("the viewer computes no SUV: ")
    assert {judge(id_, NOT_COMPUTED[name]).status for id_ in IDS} == {PASS}


def test_a_screenshot_in_a_pet_asks_nothing_of_the_pet_site():
    """Of a page that is PT as its series is, Units and dose were to be exported again."""
    images = pet_with_page()
    assert {judge(id_, images).status for id_ in ("SUV-101", "SUV-201", "SUV-208")} == {PASS}
    assert judge("SUV-298", images).repair == repairs.SPLIT_BY_CLASS
    assert judge("SUV-101", images[-1:]).status == NA
    assert judge("SUV-101", make.pt(3, SOPClassUID=make.SC, Units=ABSENT)).status == FAIL


@pytest.mark.parametrize(
    ("id_", "keyword", "values", "alone"),
    [
        ("SUV-101", "Units", ("BQML", "PROPCPS"), repairs.OTHER_UNITS),
        ("SUV-207", "CorrectedImage", (["ATTN", "DECY"], ["DECY"]), repairs.ASK_CORRECTED),
    ],
)
def test_a_reconstruction_that_is_in_the_file_is_not_asked_for(id_, keyword, values, alone):
    def of(*found):
        return make.pt(8, **{keyword: each(*(v for v in found for _ in range(8 // len(found))))})

    repair = judge(id_, of(*values)).repair
    assert (repair.gear, repair.config["group_by"]) == ("dicom-splitter", keyword)
    assert judge(id_, of(values[1])).repair == alone
    assert judge(id_, of(*values * 4)).repair.gear == "dicom-splitter"


def test_no_split_whose_names_of_files_would_be_too_long():
    done = ["NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN", "RADL", "MOTN", "PMOT", "CLN", "DCAL"]
    halves = {
        "CorrectedImage": (done, [*done, "UNIF"]),
        "Units": ("BQML", "GML"),
        "SeriesTime": ("110000.123456", "110500.123456"),
        "SeriesDate": ("20200102", "20200102"),
    }
    images = make.pt(8, **{k: each(*[a] * 4, *[b] * 4) for k, (a, b) in halves.items()})
    assert judge("SUV-291", images).repair == repairs.ENTER_PET


def test_suv_298_does_not_depend_on_the_names_of_files():
    """Which image is the first one, a server decides."""
    pet, other = make.pt(3), make.pt(1, **NOT_PET)
    for images in ([*pet, *other], [*other, *pet]):
        found = judge("SUV-298", images)
        assert (found.status, found.repair) == (FAIL, repairs.SORT_OUT_PET)


def test_suv_298_passes_what_is_computed():
    assert judge("SUV-298", make.pt(3)).status == PASS
    assert judge("SUV-298", make.ct(2)).status == NA


def test_suv_298_leaves_it_to_the_rows_that_say_why():
    found = judge("SUV-298", make.pt(3, PatientWeight=ABSENT))
    assert (found.status, found.code, found.values["ids"]) == (UNKNOWN, "needs", ("SUV-212",))


def test_suv_297_passes_what_is_the_same_from_both():
    assert judge("SUV-297", make.pt(2)).status == PASS
    assert judge("SUV-297", make.pt(2, PatientSize=1.7, PatientSex="O")).status == PASS
    assert judge("SUV-297", make.ct(2)).status == NA


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"CorrectedImage": make.raw(b"DECY \\ATTN ")}, FAIL),
        ({"CorrectedImage": make.raw(b"DECY\\ ATTN ")}, FAIL),
        ({"CorrectedImage": make.raw(b"DECY\\ATTN ")}, PASS),
        ({"Units": make.raw(b" BQML ")}, FAIL),
        ({"Units": make.raw(b"BQML  ")}, PASS),
        ({"Modality": make.raw(b" PT ")}, FAIL),
        ({"DecayCorrection": make.raw(b" START")}, PASS),
    ],
)
def test_suv_298_takes_texts_with_the_blanks_that_a_server_leaves(changes, status):
    """The viewer compares them as they are, and showed no SUV; all of them passed."""
    assert judge("SUV-298", make.change(make.pt(3), **changes)).status == status


@pytest.mark.parametrize(
    ("keyword", "written", "status"),
    [
        ("DecayCorrection", b" START", FAIL),
        ("DecayCorrection", b"START   ", PASS),
        ("PatientSex", b"F \0 ", FAIL),
        ("PatientSex", b"F ", PASS),
    ],
)
def test_suv_291_compares_texts_with_the_blanks_that_a_server_leaves(keyword, written, status):
    """One image had them; the viewer showed no SUV, and all passed."""
    value = make.pt(1, PatientSex="F")[0].get(keyword)
    images = make.pt(3, PatientSex="F", PatientSize=make.ABSENT)
    make.change(images, **{keyword: make.each(value, make.raw(written), value)})
    assert judge("SUV-291", images).status == status


@pytest.mark.parametrize("keyword", ["SeriesTime", "AcquisitionTime"])
def test_suv_293_takes_times_with_the_blanks_that_a_server_leaves(keyword):
    images = make.change(make.pt(3), **{keyword: make.raw(b" 110000 ")})
    assert judge("SUV-293", images).status == FAIL


@pytest.mark.parametrize(
    ("keyword", "written"),
    [
        ("SeriesDate", b" 20200102 "),
        ("AcquisitionDate", b"20200102 \0"),
        (f"{make.DOSE}.RadiopharmaceuticalStartDateTime", b" 20200102100000 "),
    ],
)
def test_suv_294_takes_dates_with_the_blanks_that_a_server_leaves(keyword, written):
    images = make.change(make.pt(3), **{keyword: make.raw(written)})
    assert judge("SUV-294", images).status == FAIL
