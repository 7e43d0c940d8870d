import json
import os
import re
from pathlib import Path

import pytest

from fw_gear_viewer_check.checker.judging import check, report_on
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.ohif.prediction import DisplaySet, Prediction
from fw_gear_viewer_check.reports import causes, headline
from fw_gear_viewer_check.reports.headline import MAX_HEADLINE, MAX_PHRASE, Tone
from fw_gear_viewer_check.reports.view import view_of
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.checks import Present
from fw_gear_viewer_check.requirements.registry import BY_ID, REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability, Level, Status
from fw_gear_viewer_check.survey import work
from fw_gear_viewer_check.survey.records import Record, series_rows
from tests import hand_made, make, pack
from tests.repairs import scans
from tests.viewer import case
from tests.viewer.groups import GROUPS

CORPUS = Path(
    os.environ.get("VIEWER_CHECK_CORPUS") or Path(__file__).parents[2] / "../shared/corpus"
)

OPEN, MPR, MEASURE = Capability.V3_OPEN, Capability.V3_MPR, Capability.V3_MEASURE
OVERLAY, SUV = Capability.V3_OVERLAY, Capability.V3_SUV
ARCHIVE, V2 = Capability.ARCHIVE, Capability.V2_OPEN
PASS, FAIL, UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN


def report_with(verdicts, *, ids=None, also=(), viewer=None, **changes):
    """Return a report of one series with these statuses; ``ids`` name what is not met."""
    results = [
        hand_made.result(status, (ids or {}).get(capability, f"XX-{n}"), capability)
        for n, (capability, status) in enumerate(verdicts.items())
    ]
    return hand_made.report(hand_made.series_report(*results, *also, viewer=viewer), **changes)


def entry(handler):
    shown = DisplaySet(handler, (), None, reconstructable=False, four_d=False, messages=())
    return Prediction((shown,))


@pytest.mark.parametrize(
    ("verdicts", "ids", "sentence", "tone"),
    [
        (
            {OPEN: PASS, MPR: PASS, MEASURE: PASS},
            {},
            "Opens in V3 with MPR, 3D and measurements.",
            Tone.GOOD,
        ),
        (
            {OPEN: PASS, MPR: PASS, MEASURE: PASS, SUV: PASS, V2: FAIL},
            {},
            "Opens in V3 with MPR, 3D, measurements and SUV.",
            Tone.GOOD,
        ),
        (
            {OPEN: PASS, MPR: FAIL, MEASURE: PASS},
            {MPR: "MPR-205"},
            "Opens in V3 with measurements; no MPR or 3D: uneven slice spacing.",
            Tone.PARTLY,
        ),
        (
            {OPEN: PASS, MPR: FAIL, MEASURE: FAIL},
            {MPR: "MPR-101"},
            "Opens in V3; lengths in pixels, not mm; no MPR or 3D: only one image.",
            Tone.PARTLY,
        ),
        (
            {OPEN: PASS, MPR: UNKNOWN, MEASURE: PASS},
            {},
            "Opens in V3 with measurements; MPR not determined.",
            Tone.PARTLY,
        ),
        (
            {OPEN: PASS, MPR: PASS, ARCHIVE: FAIL},
            {ARCHIVE: "ZIP-104"},
            "Opens in V3 with MPR and 3D; clean up the archive: hidden files.",
            Tone.PARTLY,
        ),
        (  # "clean up the archive: files that are not DICOM images" is too long
            {OPEN: PASS, MPR: PASS, MEASURE: PASS, ARCHIVE: FAIL},
            {ARCHIVE: "ZIP-103"},
            "Opens in V3 with MPR, 3D and measurements; clean up the archive.",
            Tone.PARTLY,
        ),
        ({OPEN: FAIL}, {OPEN: "V3-192"}, "Does not open in V3: no pixel data.", Tone.BAD),
        (
            {OPEN: FAIL},
            {OPEN: "LIM-104"},
            "Not supported in V3: ultrasound with palette colours.",
            Tone.BAD,
        ),
        ({OPEN: UNKNOWN}, {}, "Could not determine whether V3 opens it.", Tone.UNKNOWN),
        ({V2: PASS}, {}, "Not checked whether V3 opens it.", Tone.NOTHING),
        ({OPEN: PASS, OVERLAY: PASS}, {}, "Opens in V3, drawn over its images.", Tone.GOOD),
        (
            {OPEN: PASS, OVERLAY: FAIL},
            {OVERLAY: "SEG-294"},
            "Not drawn over its images in V3: no segments.",
            Tone.BAD,
        ),
        (
            {OPEN: PASS, OVERLAY: UNKNOWN},
            {OVERLAY: "SEG-101"},
            "Opens in V3 once its reference images are provided.",
            Tone.UNKNOWN,
        ),
    ],
)
def test_the_sentence_and_its_tone_follow_from_the_verdicts(verdicts, ids, sentence, tone):
    report = report_with(verdicts, ids=ids)
    assert (headline.headline(report), headline.tone(report)) == (sentence, tone)


@pytest.mark.parametrize(
    ("handler", "kind"), [("pdf", "a PDF document"), ("sr", "a structured report")]
)
def test_what_is_no_image_is_named(handler, kind):
    report = report_with({OPEN: PASS}, viewer=entry(handler))
    assert headline.headline(report) == f"Opens in V3 as {kind}."


def test_a_structured_report_needs_its_images():
    """It said "Opens in V3", and below that the viewer shows an error page."""
    needs = hand_made.result(UNKNOWN, "V3-198", OPEN, code="no-reference-images")
    report = hand_made.report(hand_made.series_report(needs, viewer=entry("sr")))
    assert headline.headline(report) == (
        "Opens in V3 as a structured report, together with its images."
    )


@pytest.mark.parametrize(
    ("verdicts", "noted", "sentence"),
    [
        (
            {OPEN: PASS, MPR: FAIL, MEASURE: PASS},
            "V3-290",
            "Opens in V3, black until the window is changed; no MPR or 3D: 4D series.",
        ),
        (
            {OPEN: PASS, MPR: FAIL, MEASURE: PASS, ARCHIVE: FAIL, V2: FAIL},
            "V3-290",
            (
                "Opens in V3, black until the window is changed; "
                "clean up the archive; V2 may not open it."
            ),
        ),
        (
            {OPEN: PASS, MPR: PASS, MEASURE: PASS},
            "V3-295",
            "Opens in V3, but release 3.13 leaves it black.",
        ),
        (
            {OPEN: PASS, MPR: PASS, MEASURE: PASS},
            "MPR-291",
            "Opens in V3 with MPR, 3D and measurements; MPR is black until the window is changed.",
        ),
    ],
)
def test_a_note_that_a_user_sees_at_once_is_said(verdicts, noted, sentence):
    """Dynamic PET was black, and the first line said that it opens."""
    noted = BY_ID[noted]
    seen = hand_made.result(FAIL, noted.id, noted.capability, level=Level.NOTE)
    report = report_with(verdicts, ids={MPR: "MPR-102"}, also=[seen], require=tuple(Capability))
    assert headline.headline(report) == sentence
    opens = headline.phrase(report.series[0].verdicts[OPEN])
    assert opens == (
        "Opens in V3" if noted.capability is MPR else re.split(r"[;.]$|; ", sentence)[0]
    )


def test_what_is_required_and_fails_is_said():
    verdicts = {OPEN: PASS, MPR: PASS, V2: FAIL}
    assert "V2" not in headline.headline(report_with(verdicts))
    report = report_with(verdicts, require=(OPEN, V2))
    assert headline.headline(report) == "Opens in V3 with MPR and 3D; V2 may not open it."
    assert headline.tone(report) is Tone.PARTLY


def test_several_series_are_counted():
    good = hand_made.series_report(
        hand_made.result(PASS, "V3-101", OPEN), hand_made.result(PASS, "MPR-101", MPR)
    )
    bad = hand_made.series_report(hand_made.result(FAIL, "V3-192", OPEN))
    many = hand_made.report(good, bad, good)
    assert headline.headline(many) == "2 of 3 series open in V3, 2 with MPR and 3D."
    assert headline.tone(many) is Tone.PARTLY
    assert headline.headline(hand_made.report(good, good)).startswith(
        "Both series open in V3, both with MPR and 3D"
    )
    none = hand_made.report(bad, bad)
    assert headline.headline(none) == "None of 2 series opens in V3."
    assert headline.tone(none) is Tone.BAD


def test_a_segmentation_that_is_not_drawn_is_told_among_other_series(tmp_path):
    """It decides the overall result, and the sentence had only good news."""
    images = make.ct(5)
    both = check(pack.zip_file(tmp_path, [*images, *make.rtstruct(images, **WITHOUT_STRUCTURES)]))
    assert headline.headline(both) == (
        "Both series open in V3; 1 segmentation not drawn; clean up the archive."
    )
    twice = [*images, *make.rtstruct(images, **WITHOUT_STRUCTURES), *make.seg(images, Rows=8)]
    options = Options(require=(OPEN, OVERLAY))
    assert headline.headline(check(pack.zip_file(tmp_path, twice), options=options)) == (
        "All 3 series open in V3, 1 with MPR and 3D; 2 segmentations not drawn."
    )


WITHOUT_STRUCTURES = {"StructureSetROISequence": make.ABSENT}


def test_nothing_readable(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"hello")
    report = check(tmp_path / "a.dcm")
    assert headline.headline(report) == "Does not open: no readable DICOM."
    assert headline.tone(report) is Tone.BAD


def missing(identifier, keyword, capability=OPEN, **changes):
    check = Present(keyword)
    return hand_made.result(FAIL, identifier, capability, code="absent", check=check, **changes)


@pytest.mark.parametrize(
    ("keywords", "cause"),
    [
        (["Rows"], "Rows missing"),
        (["Rows", "Columns"], "Rows and Columns missing"),
        (["Rows", "Columns", "Modality"], "Rows and 2 more attributes missing"),
    ],
)
def test_missing_attributes_are_one_cause(keywords, cause):
    results = [missing(f"V3-9{n}", keyword) for n, keyword in enumerate(keywords)]
    verdict = hand_made.series_report(*results).verdicts[OPEN]
    assert headline.cause_of(verdict) == cause
    if len(keywords) > 2:
        assert headline.cause_of(verdict, room=25) == "3 attributes missing"


def test_a_damaged_attribute_is_not_said_to_be_missing():
    result = hand_made.result(FAIL, "V3-105", OPEN, code="damaged", check=Present("Rows"))
    assert causes.of_result(result) == "Rows not valid"
    result = hand_made.result(FAIL, "MPR-202", MPR, code="missing")
    assert causes.of_result(result) == "SamplesPerPixel missing"


def test_the_cause_that_explains_the_others_comes_first():
    results = [
        hand_made.result(FAIL, identifier, MPR) for identifier in ("MPR-205", "MPR-198", "MPR-102")
    ]
    found = [words[0] for words in causes.of_results(results)]
    assert found == ["4D series", "uneven slice spacing", "the viewer offers no MPR"]


@pytest.mark.parametrize(
    ("repair", "cause"),
    [
        (repairs.PLANAR_NM, "not a reconstructed NM image"),
        (repairs.NOT_A_VOLUME, "single views, no volume"),
        (repairs.RT_DOSE, "normal for RT dose"),
        (repairs.FIND_IMAGES, "missing images"),
    ],
)
def test_a_cause_that_the_repair_has_found_out_comes_before_its_signs(repair, cause):
    signs = [
        hand_made.result(FAIL, "MPR-102", MPR, code="four-d-in-one-image"),
        hand_made.result(FAIL, "MPR-301", MPR, code="absent"),
    ]
    found = hand_made.result(FAIL, "MPR-198", MPR, code="irregular-spacing", repair=repair)
    assert causes.of_result(found) == cause
    if repair is not repairs.FIND_IMAGES:
        assert causes.of_results([*signs, found])[0] == (cause,)


def test_a_dose_report_in_a_scan_is_one_cause_with_one_repair(tmp_path):
    page = scans.dose_report(Rows=8, **scans.COLOUR, **scans.BYTES)
    report = check(pack.zip_file(tmp_path, [*scans.ct(6), *page]))
    assert headline.headline(report) == (
        "Opens in V3; lengths in pixels, not mm; no MPR or 3D: several kinds of object."
    )
    assert [step.repair for step in view_of(report).steps] == [repairs.SPLIT_BY_CLASS]


def test_what_is_mixed_with_a_scan_is_not_the_cause_where_that_has_no_mpr_either(tmp_path):
    uneven = [*make.ct(z=[0, 3, 7, 9, 20]), *scans.dose_report()]
    fmri = [*scans.volumes(51, z=(0, 3, 6)), *scans.part(make.mr(1, **scans.OF_PAGE), 99)]
    for n, (images, cause) in enumerate(((uneven, "uneven slice spacing"), (fmri, "4D series"))):
        report = check(pack.zip_file(tmp_path, images, f"{n}.zip"))
        assert headline.headline(report).endswith(f"no MPR or 3D: {cause}.")


def test_what_only_follows_from_a_missing_attribute_comes_last():
    follows = hand_made.result(FAIL, "V3-108", OPEN, repair=repairs.WITH_OTHERS)
    own = hand_made.result(FAIL, "V3-195", OPEN)
    assert causes.rank(own) < causes.rank(follows)


def test_how_far_a_missing_attribute_reaches_is_said_where_there_is_room():
    some = missing("MPR-103", "PixelSpacing", affected=("a",), checked=7)
    every = missing("MPR-103", "PixelSpacing", affected=("a",), checked=1)
    assert causes.of_results([some]) == [
        ("PixelSpacing missing in some images", "PixelSpacing missing")
    ]
    assert causes.of_results([every]) == [("PixelSpacing missing",)]


@pytest.mark.parametrize("name", ["scan.nii", "folder.zip"])
def test_where_nothing_is_readable_every_capability_says_so(tmp_path, name):
    path = tmp_path / name
    if name.endswith("zip"):
        path = pack.zip_file(tmp_path, {"a.nii": b"hello", "b.txt": b"hello"})
    else:
        path.write_bytes(b"hello")
    report = check(path)
    assert headline.short_cause(report.verdicts[OPEN]) == "no readable DICOM"
    assert headline.short_cause(report.verdicts[V2]) == "no readable DICOM"
    assert not [v for v in report.verdicts.values() if "not valid" in headline.phrase(v)]
    described = tuple(work.described(report, one) for one in report.series)
    record = Record("key", "name", "", "", series=described)
    for capability in Capability:
        options = Options(require=(capability,))
        assert check(path, options=options).overall is FAIL
        assert {row.overall for row, _ in series_rows(record, options)} == {FAIL}


def test_numbers_come_from_the_values_of_a_finding():
    result = hand_made.result(FAIL, "MPR-102", MPR, values={"volumes": 1200})
    assert causes.of_result(result) == "4D series, 1,200 volumes"


@pytest.mark.parametrize(
    ("identifier", "code", "cause"),
    [
        ("MPR-203", "tilted", "images of different orientation"),
        ("MPR-203", "blank", "image orientation missing"),
        ("MPR-198", "single-image", "only one image"),
        ("V3-198", "no-modality", "Modality missing"),
        ("V3-192", "cut-off", "pixel data truncated"),
    ],
)
def test_the_code_of_a_finding_makes_the_cause_more_precise(identifier, code, cause):
    assert causes.of_result(hand_made.result(FAIL, identifier, code=code)) == cause


def test_a_structure_set_alone_needs_its_images():
    alone = hand_made.series_report(
        hand_made.result(UNKNOWN, "V3-198", OPEN, code="no-reference-images"),
        hand_made.result(UNKNOWN, "SEG-101", OVERLAY),
    )
    report = hand_made.report(alone)
    assert headline.headline(report) == "Opens in V3 once its reference images are provided."
    assert headline.phrase(alone.verdicts[OPEN]) == "Reference images needed"
    assert headline.tone(report) is Tone.UNKNOWN


def test_a_requirement_without_words_is_named_by_its_id():
    assert causes.of_result(hand_made.result(FAIL, "XX-999")) == "requirement XX-999 is not met"


def test_v2_without_what_nobody_writes_is_told_apart():
    rare = [
        missing("V2-105", "ScheduledProcedureStepID", V2),
        missing("V2-106", "RequestedProcedureID", V2),
    ]
    phrases = [
        headline.phrase(hand_made.series_report(*results).verdicts[V2])
        for results in (rare, [*rare, missing("V2-109", "StudyID", V2)])
    ]
    assert phrases == [
        "V2 may not open it: 2 rarely written attributes missing",
        "V2 may not open it: StudyID and 2 more attributes missing",
    ]


def test_what_v3_does_not_open_fails_for_that_reason(tmp_path):
    report = check(pack.zip_file(tmp_path, make.us(2, PhotometricInterpretation="PALETTE COLOR")))
    assert headline.phrase(report.verdicts[MEASURE]) == ("No measurements: V3 does not open it")


def test_every_requirement_that_can_fail_a_capability_has_words():
    nameless = [
        r.id for r in REQUIREMENTS if r.level is Level.REQUIRED and not r.cause and not r.attributes
    ]
    assert nameless == []


def assert_short_and_one_sentence(report):
    sentence = headline.headline(report)
    assert len(sentence) < MAX_HEADLINE
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0
    for series in report.series:
        assert len(headline.headline_of_series(series, report.require)) < MAX_HEADLINE
        for verdict in series.verdicts.values():
            phrase = headline.phrase(verdict)
            assert phrase
            assert len(phrase) < MAX_PHRASE
            assert bool(headline.short_cause(verdict)) == (
                verdict.status in {Status.FAIL, Status.UNKNOWN}
            )
    assert headline.tone(report) in Tone
    assert sentence == headline.headline(report)


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
def test_sentences_of_the_generated_cases_are_short(group):
    for one in GROUPS[group]():
        series = case.to_series(one)
        options = Options()
        assert_short_and_one_sentence(report_on(series.archive, [series], options))


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize("index", ["index.json", "more.json"])
def test_sentences_of_the_corpus_are_short(index):
    for one in json.loads((CORPUS / index).read_text(encoding="utf-8")):
        assert_short_and_one_sentence(check(CORPUS / one["file"]))


def test_nothing_out_of_the_file_is_quoted():
    hostile = "<b>DOE^JANE"
    series = hand_made.series_report(
        hand_made.result(FAIL, "V3-191", OPEN, evidence=hostile), uid=hostile, modality=hostile
    )
    report = hand_made.report(series, name=hostile)
    words = [headline.headline(report), *map(headline.phrase, report.verdicts.values())]
    assert not [one for one in words if "JANE" in one]


@pytest.mark.parametrize(
    "options", [Options(ignore=("MPR", "ZIP")), Options(as_note=("MPR", "ZIP"))]
)
def test_what_options_leave_out_is_no_fact_about_the_images(tmp_path, options):
    """A stack whose MPR requirements were ignored was "not a stack of images"."""
    path = pack.zip_file(tmp_path, make.ct(z=[0, 3, 6, 12]))
    found = check(path, options=options)
    assert headline.headline(found) == "Opens in V3 with measurements."
    said = {name: headline.phrase(verdict) for name, verdict in found.verdicts.items()}
    assert said[MPR] == said[ARCHIVE] == "Not judged, as the options ask"
    assert said[SUV] == "Not PET"
    assert "not a stack" not in headline.phrase(check(path).verdicts[MPR]).lower()


def test_pixel_data_that_is_too_short_is_not_called_absent(tmp_path):
    report = check(pack.zip_file(tmp_path, make.ct(5, PixelData=bytes(10))))
    assert headline.headline(report) == (
        "Does not open in V3: pixel data shorter than its attributes say."
    )
