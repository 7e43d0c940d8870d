"""The failures of a prediction: causes, effects, the instances concerned, and the two sources."""

from dataclasses import replace

import pytest

from fw_gear_viewer_check.ohif.display_sets import (
    are_read_alike,
    predict,
    prediction_of,
    reads_alike,
)
from fw_gear_viewer_check.ohif.failures import Effect, FailureCode
from fw_gear_viewer_check.ohif.javascript import Source
from tests import make, pack
from tests.make import ABSENT, BLANK, DOSE, each
from tests.viewer import case
from tests.viewer.groups import GROUPS


def predicted(datasets, **how):
    return predict(pack.read(datasets)[0], **how)


def codes(prediction):
    return [failure.code for failure in prediction.failures]


def test_a_series_that_is_shown_as_it_should_be_has_no_failure():
    for images in (make.ct(3), make.pt(3), make.enhanced_mr(), make.seg(make.ct(3)), make.sr()):
        assert codes(predicted(images)) == []


def test_every_code_has_an_effect_and_a_text_of_its_own():
    values = [code.value for code in FailureCode]
    assert len(set(values)) == len(values)
    assert all(isinstance(code.effect, Effect) for code in FailureCode)
    assert {code.effect for code in FailureCode} == set(Effect)


@pytest.mark.parametrize(
    ("datasets", "code", "instances"),
    [
        (make.ct(1), FailureCode.SINGLE_IMAGE, ("001.dcm",)),
        (make.ct(3, Rows=each(4, 4, 5)), FailureCode.SIZES_DIFFER, ("003.dcm",)),
        (make.ct(2, Rows=2049), FailureCode.TOO_LARGE, ("001.dcm",)),
        (make.ct(3, ImagePositionPatient=ABSENT), FailureCode.NO_POSITION, None),
        (make.ct(z=[0, 1, 2, 3.5, 4.5]), FailureCode.IRREGULAR_SPACING, ("004.dcm",)),
        (make.nm(SliceThickness=ABSENT), FailureCode.NO_PIXEL_MEASURES, ("001.dcm",)),
        (make.nm(ImageType=["A", "B", "C"]), FailureCode.NOT_RECONSTRUCTED_NM, ("001.dcm",)),
        (make.ct(2, SOPClassUID=make.RAW_DATA), FailureCode.NO_HANDLER, None),
        (make.pt(2, Units="CPS"), FailureCode.SUV_UNITS, None),
        (make.pt(2, CorrectedImage=["DECY"]), FailureCode.SUV_NOT_CORRECTED, None),
        (
            make.pt(2, AcquisitionTime=each(ABSENT, "1")),
            FailureCode.SUV_TIME_UNREADABLE,
            ("002.dcm",),
        ),
    ],
)
def test_a_failure_names_its_cause_and_the_instances(datasets, code, instances):
    (failure,) = predicted(datasets).of_code(code)
    everything = tuple(f"{n:03}.dcm" for n in range(1, len(datasets) + 1))
    assert failure.instances == (instances or everything)
    assert failure.reason


def test_what_fails_alike_is_one_failure():
    (failure,) = predicted(make.cr(3)).failures
    assert (failure.code, len(failure.instances)) == (FailureCode.SINGLE_IMAGE, 3)


def test_the_most_serious_failure_comes_first():
    images = make.ct(3, Modality=each("CT", BLANK, "CT"), Rows=each(4, 4, 5))
    assert codes(predicted(images)) == [FailureCode.MODALITY_BLANK, FailureCode.SIZES_DIFFER]


def test_copies_are_told_and_the_first_is_kept():
    images = make.ct(4, SOPInstanceUID=each("1.1", "1.2", "1.3", "1.2"))
    prediction = predicted(images)
    (copies,) = prediction.of_code(FailureCode.COPIES)
    assert (copies.effect, copies.instances) == (Effect.SOME_DROPPED, ("004.dcm",))
    assert prediction.display_sets[0].frames == 3


def test_a_series_in_two_studies_is_listed_in_each():
    images = make.ct(6, StudyInstanceUID=each("1.1", "1.2", "1.1", "1.2", "1.1", "1.2"))
    prediction = predicted(images)
    assert [s.frames for s in prediction.display_sets] == [3, 3]


@pytest.mark.parametrize("made", [make.seg, make.rtstruct])
def test_a_segmentation_has_the_volume_of_its_images(made):
    series = pack.read(made(make.ct(3)))[0]
    alone, opened = (prediction_of(series, with_references=known) for known in (False, True))
    assert [s.reconstructable for s in alone.display_sets] == [False]
    assert [s.reconstructable for s in opened.display_sets] == [True]
    assert not opened.of_effect(Effect.ERROR_PAGE)
    assert bool(alone.of_effect(Effect.ERROR_PAGE)) == (made is make.rtstruct)


@pytest.mark.parametrize(
    ("datasets", "local", "server"),
    [
        (
            make.pt(2, PatientSize=1.7, PatientSex=BLANK),
            [FailureCode.SUV_SEX_BESIDE_SIZE],
            [],
        ),
        (make.ct(3, Modality=BLANK), [], [FailureCode.MODALITY_BLANK]),
        (
            make.seg(
                make.ct(3),
                **{"ReferencedSeriesSequence.ReferencedInstanceSequence": BLANK},
            ),
            [],
            [FailureCode.BROKEN_REFERENCE],
        ),
    ],
)
def test_what_has_no_value_differs_between_the_sources(datasets, local, server):
    assert codes(predicted(datasets, source=Source.LOCAL)) == local
    assert codes(predicted(datasets)) == server


def test_no_failure_quotes_a_date_or_time():
    images = make.pt(2, SeriesDate="20200230", AcquisitionTime="999999", **{f"{make.DOSE}": ABSENT})
    reasons = " ".join(failure.reason for failure in predicted(images).failures)
    assert "20200230" not in reasons
    assert "999999" not in reasons


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
def test_files_that_are_read_alike_make_one_prediction(group):
    """The prediction from local files is that from a server there, and not worked out again."""
    for one in GROUPS[group]():
        series = case.to_series(one)
        if are_read_alike(series.instances):
            assert predict(series) == predict(series, source=Source.LOCAL), one.name


@pytest.mark.parametrize(
    ("datasets", "syntax", "expected"),
    [
        (make.ct(1), make.EXPLICIT, True),
        (make.ct(1), make.IMPLICIT, True),
        (make.enhanced_mr(), make.EXPLICIT, True),
        (make.ct(1, PatientID=BLANK), make.EXPLICIT, True),
        (make.ct(1, Modality=BLANK), make.EXPLICIT, False),
        (make.ct(1, SeriesInstanceUID=BLANK), make.EXPLICIT, False),
        (make.ct(1, StudyInstanceUID=ABSENT), make.EXPLICIT, False),
        (make.ct(1, DetectorInformationSequence=[]), make.EXPLICIT, False),
        (make.ct(1, DetectorInformationSequence=[{}]), make.EXPLICIT, False),
        (make.pt(1), make.EXPLICIT, False),
    ],
)
def test_what_tells_a_local_file_from_a_server(datasets, syntax, expected):
    series = pack.read(pack.members(datasets, syntax))[0]
    assert [reads_alike(one) for one in series.instances] == [expected]


def test_of_several_structure_sets_only_the_last_is_drawn():
    images = make.ct(3)
    structures = [make.rtstruct(images, SOPInstanceUID=f"1.2.{n}")[0] for n in (1, 2)]
    found = predicted(structures, with_references=True)
    (failure,) = found.of_effect(Effect.SOME_DROPPED)
    assert (failure.code, failure.instances) == (FailureCode.ONLY_LAST_DRAWN, ("001.dcm",))
    assert codes(predicted(structures[:1], with_references=True)) == []


def test_members_that_are_shown_by_one_name_are_told_apart():
    """Those whose names differ in a control character only: all were left out for one."""
    (series,) = pack.read(make.ct(5))
    same = [replace(instance, name="1.dcm") for instance in series.instances]
    same[2] = replace(same[2], transfer_syntax_uid=make.IMPLICIT)
    (made,) = predict(replace(series, instances=tuple(same))).display_sets
    assert made.frames == 4


def test_the_suv_is_computed_by_the_first_image_by_number_not_by_name():
    time = f"{DOSE}.RadiopharmaceuticalStartTime"
    images = make.pt(3, **{time: each("100000", "100000", "090000")})
    (expected,) = predicted(images).display_sets
    backwards = {f"{9 - n}.dcm": pack.to_bytes(image) for n, image in enumerate(images)}
    (found,) = predicted(backwards).display_sets
    assert found.suv_factor == expected.suv_factor
