"""A survey of a small archive, through the library with workers, and as users run it."""

import base64
import copy
import csv
import errno
import gzip
import json
import os
import shutil
import tracemalloc
import zlib
from contextlib import ExitStack

import pandas as pd
import pytest

from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.model import limits
from fw_gear_viewer_check.reports.rows import COLUMNS, FOUND
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability
from fw_gear_viewer_check.survey import index, journal, work
from fw_gear_viewer_check.survey import run as survey_run
from fw_gear_viewer_check.survey.inputs import FOLDER_LINK, Input, SourceFile
from fw_gear_viewer_check.survey.journal import Journal
from fw_gear_viewer_check.survey.run import Part, Plan, survey
from fw_gear_viewer_check.survey.urls import StoreError
from fw_gear_viewer_check.survey.work import Settings
from fw_gear_viewer_check.system.few_lines import MOST_TOLD
from tests import make, pack
from tests.survey import archive
from tests.survey.inline import InlinePool


def run(root, out, *more_roots, options=None, pool=InlinePool, **more):
    settings = Settings(options or Options(), with_reports=more.pop("reports", False))
    plan = Plan((str(root), *map(str, more_roots)), out, settings, **more)
    return survey(plan, pool)


def table(out):
    with (out / "series.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def by_name(out, root):
    return {row["input"].removeprefix(f"{root}/"): row for row in table(out)}


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("survey")
    root = archive.mixed(folder)
    rollup = run(root, folder / "out")
    return root, folder / "out", rollup


def test_one_row_for_each_series(surveyed):
    root, out, rollup = surveyed
    names = {row["input"].removeprefix(f"{root}/") for row in table(out)}
    assert names == {
        *("good.dicom.zip", "copy.dicom.zip", "uneven.zip", "images.zip", "segmentation.zip"),
        *("lonely_segmentation.zip", "broken.zip", "empty.zip", "loose/", "loose/third/"),
        *("radiograph.dcm", "damaged.dcm"),
    }
    assert rollup.inputs == rollup.series == len(table(out)) == 12


def test_verdicts_reasons_and_prediction(surveyed):
    root, out, _ = surveyed
    rows = by_name(out, root)
    uneven = rows["uneven.zip"]
    assert (uneven["v3_open"], uneven["v3_mpr"]) == ("PASS", "FAIL")
    assert "MPR-205" in uneven["failing"].split(";")
    assert uneven["viewer_handlers"] == "stack"
    assert rows["images.zip"]["viewer_reconstructable"] == "1"
    assert rows["images.zip"]["sop_class"] == "CT Image Storage"
    assert (rows["broken.zip"]["overall"], rows["empty.zip"]["overall"]) == ("FAIL", "FAIL")
    assert rows["radiograph.dcm"]["archive"] in {"PASS", "NOT_APPLICABLE"}


def test_loose_files_of_a_series_are_one_input_wherever_they_lie(surveyed):
    root, out, _ = surveyed
    loose = by_name(out, root)["loose/"]
    assert (loose["series_instance_uid"], loose["instances"]) == ("1.2.3.6", "4")


def test_zip_101_and_v2_201_see_the_other_inputs(surveyed):
    root, out, _ = surveyed
    rows = by_name(out, root)
    doubled = {name for name, row in rows.items() if "ZIP-101" in row["failing"]}
    assert doubled == {"good.dicom.zip", "copy.dicom.zip"}
    assert {name for name, row in rows.items() if "V2-201" in row["failing"]} == doubled
    found = pd.read_csv(out / "findings.csv.gz", keep_default_na=False)
    row = found[(found.file == f"{root}/good.dicom.zip") & (found.requirement == "ZIP-101")].iloc[0]
    assert (row.status, row.examples) == ("FAIL", f"{root}/copy.dicom.zip")


def test_seg_101_finds_its_images_in_another_input(surveyed):
    root, out, _ = surveyed
    rows = by_name(out, root)
    assert rows["segmentation.zip"]["v3_overlay"] == "PASS"
    assert rows["lonely_segmentation.zip"]["v3_overlay"] == "UNKNOWN"
    assert "SEG-101" in rows["lonely_segmentation.zip"]["unknown"]


def test_findings_are_the_rows_that_check_writes(surveyed):
    _, out, _ = surveyed
    found = pd.read_csv(out / "findings.csv.gz", keep_default_na=False)
    assert tuple(found.columns) == COLUMNS
    rows = found.groupby(["file", "series_instance_uid"]).size()
    assert set(rows) == {len(REQUIREMENTS)}


def test_what_is_left_out_is_told(surveyed):
    root, out, _ = surveyed
    with (out / "left_out.csv").open(newline="") as file:
        rows = {row["file"].removeprefix(f"{root}/"): row["reason"] for row in csv.DictReader(file)}
    hidden = "hidden or operating-system file"
    assert rows == {".DS_Store": hidden, ".git": hidden, "notes.txt": "not DICOM"}


def test_the_page_tells_the_numbers(surveyed):
    _, out, _ = surveyed
    page = (out / "survey.html").read_text(encoding="utf-8")
    assert "Survey of 12 series" in page
    assert 'id="fail-ZIP-101"' in page
    # One reason for all three that hold no DICOM, and not one for each attribute they lack.
    assert 'id="no-dicom"' in page
    assert 'id="fail-V3-101"' not in page
    assert "http" not in page.replace("http-equiv", "")


def test_no_output_tells_who_the_patient_is(surveyed):
    _, out, _ = surveyed
    texts = [gzip.decompress((out / "findings.csv.gz").read_bytes()).decode()]
    names = ("series.csv", "journal/survey.jsonl", "survey.html")
    texts += [(out / name).read_text(encoding="utf-8") for name in names]
    identifying = ("Doe^", "Jane", "20200102", "accession", "101112")
    assert not [word for word in identifying for text in texts if word in text]


def test_a_rerun_gives_the_same_bytes_and_judges_nothing_when_resumed(surveyed, tmp_path):
    root, out, _ = surveyed
    run(root, tmp_path)
    assert archive.outputs(tmp_path) == archive.outputs(out)
    lines = (tmp_path / "journal" / "survey.jsonl").read_text().count("\n")
    run(root, tmp_path, resume=True)
    assert archive.outputs(tmp_path) == archive.outputs(out)
    assert (tmp_path / "journal" / "survey.jsonl").read_text().count("\n") == lines + 1


def test_reports_are_written_and_linked(tmp_path):
    root = archive.many(tmp_path, 2)
    run(root, tmp_path / "out", reports=True)
    for row in table(tmp_path / "out"):
        report = tmp_path / "out" / row["report"]
        assert row["series_instance_uid"] in report.read_text(encoding="utf-8")
    assert len(list((tmp_path / "out" / "reports").iterdir())) == 2


def test_resume_judges_what_changed_and_forgets_what_is_gone(tmp_path):
    root = archive.many(tmp_path, 3)
    run(root, tmp_path / "out")
    pack.zip_file(root, make.ct(4, z=[0, 3, 4.5, 9], SeriesInstanceUID="1.2.3.2"), "001.dicom.zip")
    (root / "002.dicom.zip").unlink()
    run(root, tmp_path / "out", resume=True)
    rows = by_name(tmp_path / "out", root)
    assert set(rows) == {"000.dicom.zip", "001.dicom.zip"}
    assert rows["001.dicom.zip"]["v3_mpr"] == "FAIL"
    assert keys(tmp_path / "out").count(f"{root}/000.dicom.zip") == 1


@pytest.mark.long
def test_resume_takes_back_a_double_that_is_gone(tmp_path):
    root = archive.mixed(tmp_path)
    run(root, tmp_path / "out")
    (root / "copy.dicom.zip").unlink()
    run(root, tmp_path / "out", resume=True)
    assert "ZIP-101" not in by_name(tmp_path / "out", root)["good.dicom.zip"]["failing"]
    run(root, tmp_path / "new")
    assert archive.outputs(tmp_path / "out") == archive.outputs(tmp_path / "new")


def test_resume_with_other_tolerances_judges_all_again(tmp_path):
    root = archive.many(tmp_path, 2)
    run(root, tmp_path / "out")
    run(root, tmp_path / "out", resume=True, options=Options(spacing_tolerance_mm=0.1))
    assert len(keys(tmp_path / "out")) == 4


@pytest.mark.parametrize(
    "options",
    [
        Options(ignore=("V2-105", "MPR-205")),
        Options(as_note=("MPR", "ZIP-101"), as_error=("V2-106",)),
        Options(require=(Capability.V3_MPR,)),
    ],
)
def test_resume_with_other_levels_reads_no_file_again(surveyed, tmp_path, options):
    root, out, _ = surveyed
    shutil.copytree(out, tmp_path / "out")
    before = keys(tmp_path / "out")
    run(root, tmp_path / "out", resume=True, options=options)
    assert keys(tmp_path / "out") == before
    run(root, tmp_path / "new", options=options)
    assert archive.outputs(tmp_path / "out") == archive.outputs(tmp_path / "new")


def test_reports_are_written_again_for_other_levels(tmp_path):
    root = archive.many(tmp_path, 1)
    run(root, tmp_path / "out", reports=True)
    run(root, tmp_path / "out", resume=True, reports=True, options=Options(ignore=("V2-105",)))
    run(root, tmp_path / "new", reports=True, options=Options(ignore=("V2-105",)))
    report = table(tmp_path / "out")[0]["report"]
    assert (tmp_path / "out" / report).read_bytes() == (tmp_path / "new" / report).read_bytes()


def keys(out):
    lines = (out / "journal" / "survey.jsonl").read_text().splitlines()
    return [record["key"] for record in map(json.loads, lines) if "key" in record]


def test_an_unfinished_survey_is_not_overwritten(tmp_path):
    root = archive.many(tmp_path, 3)
    run(root, tmp_path / "out")
    journal = tmp_path / "out" / "journal" / "survey.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(b"".join(whole.splitlines(keepends=True)[:2])[:-5])
    with pytest.raises(UsageError, match="--resume"):
        run(root, tmp_path / "out")
    expected = archive.outputs(tmp_path / "out")
    run(root, tmp_path / "out", resume=True)
    assert archive.outputs(tmp_path / "out") == expected
    assert sorted(keys(tmp_path / "out")) == [f"{root}/{n:03}.dicom.zip" for n in range(3)]


@pytest.mark.parametrize("is_writing", [True, False])
def test_a_part_that_begins_while_a_survey_lists_its_inputs_is_kept(
    tmp_path, monkeypatch, is_writing
):
    """Its journal was removed, while it wrote or after it: it said that it was complete."""
    root, out = archive.many(tmp_path, 2), tmp_path / "out"
    real = survey_run._list_inputs
    run(root, out)

    with ExitStack() as held:

        def listing(plan, index):
            monkeypatch.setattr(survey_run, "_list_inputs", real)
            run(root, out, part=Part(1, 1))
            if is_writing:
                (part,) = (out / "journal").glob("part-*.jsonl")
                held.enter_context(Journal(part))
            real(plan, index)

        monkeypatch.setattr(survey_run, "_list_inputs", listing)
        with pytest.raises(UsageError, match="--resume"):
            run(root, out)
    (part,) = (out / "journal").glob("part-*.jsonl")
    assert part.stat().st_size > 100


class NoPool:
    def __enter__(self):
        message = "no dask scheduler answers"
        raise UsageError(message)

    def __exit__(self, *_):
        """Never entered."""


@pytest.mark.parametrize("case", ["no workers", "no DICOM"])
def test_a_survey_that_cannot_begin_costs_no_earlier_one(tmp_path, case):
    root, out, texts = archive.many(tmp_path, 2), tmp_path / "out", tmp_path / "texts"
    run(root, out, reports=True)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    texts.mkdir()
    (texts / "notes.txt").write_text("not DICOM")
    wrong = {"no workers": (root, NoPool), "no DICOM": (texts, InlinePool)}
    where, pool = wrong[case]
    with pytest.raises(UsageError):
        run(where, out, reports=True, pool=pool)
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    run(texts, out, root, reports=True)
    assert len(table(out)) == len([*(out / "reports").iterdir()]) == 2


def test_images_of_many_inputs_are_read_again_once_for_all_segmentations(tmp_path, monkeypatch):
    """Each of a hundred segmentations read a hundred copies of its images."""
    root, names, read = tmp_path / "root", [], Input.read
    root.mkdir()
    images = make.ct(2, SeriesInstanceUID="1.2.3.3")
    for n in range(7):
        pack.zip_file(root, images, f"images{n}.zip")
        pack.zip_file(root, make.seg(images, SeriesInstanceUID=f"1.2.4.{n}"), f"seg{n}.zip")

    def noted(self, budget=None):
        names.append(self.name)
        return read(self, budget)

    monkeypatch.setattr(Input, "read", noted)
    run(root, tmp_path / "out")
    # Judged alone, judged for its copies, and read once for the segmentations.
    assert {names.count(f"{root}/images{n}.zip") for n in range(7)} == {3}


def test_a_segmentation_of_images_that_are_not_shown_in_another_input(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    images = make.ct(3, SeriesInstanceUID="1.2.3.3")
    pack.zip_file(root, make.change(images, StudyInstanceUID=make.BLANK), "images.zip")
    pack.zip_file(root, make.seg(images, SeriesInstanceUID="1.2.3.4"), "segmentation.zip")
    run(root, tmp_path / "out")
    verdict, why = overlay(root, tmp_path / "out")
    assert verdict == "FAIL"
    assert "images.zip, but not shown: " in why


def test_a_segmentation_of_images_that_are_shown_apart_in_another_input(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    images = make.dx(3, SeriesInstanceUID="1.2.3.3", **PLACED)
    pack.zip_file(root, images, "images.zip")
    pack.zip_file(root, make.seg(images, SeriesInstanceUID="1.2.3.4"), "segmentation.zip")
    run(root, tmp_path / "out")
    verdict, why = overlay(root, tmp_path / "out")
    assert verdict == "FAIL"
    assert "images.zip, but shown in 3 separate stacks" in why


PLACED = {
    "ImagePositionPatient": [0, 0, 0],
    "ImageOrientationPatient": make.AXIAL,
    "FrameOfReferenceUID": "1.2.3.0.1",
}


@pytest.mark.parametrize(
    ("rest", "verdict", "why"),
    [
        (slice(2, 4), "PASS", "all 4 reference images found in the input ROOT/a.zip and 1 more"),
        (slice(0, 4), "UNKNOWN", "2 of 4 reference images found in the input ROOT/a.zip; an input"),
        (slice(2, 3), "FAIL", "3 of 4 reference images found in the input ROOT/a.zip and 1 more"),
    ],
)
def test_images_of_one_series_in_two_inputs(tmp_path, monkeypatch, rest, verdict, why):
    """A part of a series beside it turned what was unknown, or whole together, into a FAIL."""
    root = tmp_path / "root"
    root.mkdir()
    images = make.ct(4, SeriesInstanceUID="1.2.3.3")
    pack.zip_file(root, images[:2], "a.zip")
    pack.zip_file(root, images[rest], "b.zip")
    pack.zip_file(root, make.seg(images, SeriesInstanceUID="1.2.3.4"), "segmentation.zip")
    read = Input.read

    def limited(self, budget=None):
        if budget is not None and self.name.endswith("b.zip") and verdict == "UNKNOWN":
            budget.kept = 1_000
        return read(self, budget)

    monkeypatch.setattr(Input, "read", limited)
    run(root, tmp_path / "out")
    found, evidence = overlay(root, tmp_path / "out")
    assert found == verdict
    assert evidence.startswith(why.replace("ROOT", str(root)))


def _without_sources(segmentation):
    for k, frame in enumerate(segmentation[0].PerFrameFunctionalGroupsSequence):
        del frame.DerivationImageSequence
        frame.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 3 * k + 1.5]
    return segmentation


@pytest.mark.parametrize(
    ("images", "change", "found"),
    [
        (
            make.dx(2, SeriesInstanceUID="1.2.3.3", **PLACED),
            list,
            ("SEG-101", "2 separate stacks"),
        ),
        (
            make.ct(4, SeriesInstanceUID="1.2.3.3"),
            _without_sources,
            ("SEG-296", "4 of 4 frames neither name a reference image nor lie on one"),
        ),
    ],
)
@pytest.mark.parametrize("parts", [1, 2])
def test_a_series_in_two_inputs_is_judged_as_it_is_in_one(tmp_path, images, change, found, parts):
    """In two, nothing was known of its stacks, nor of where its images lie: SEG-101 passed."""
    root = tmp_path / "root"
    root.mkdir()
    for part in range(parts):
        pack.zip_file(root, images[part::parts], f"{part}.zip")
    pack.zip_file(root, change(make.seg(images, SeriesInstanceUID="1.2.3.4")), "segmentation.zip")
    run(root, tmp_path / "out")
    requirement, why = found
    all_found = pd.read_csv(tmp_path / "out" / "findings.csv.gz", keep_default_na=False)
    failed = all_found[all_found.status == "FAIL"]
    (row,) = failed[failed.requirement == requirement].to_dict("records")
    assert why in row["evidence"]


def test_a_series_in_inputs_that_are_too_large_together_is_not_judged(tmp_path, monkeypatch):
    root = tmp_path / "root"
    root.mkdir()
    images = make.ct(8, SeriesInstanceUID="1.2.3.3")
    pack.zip_file(root, images[:4], "a.zip")
    pack.zip_file(root, images[4:], "b.zip")
    pack.zip_file(root, make.seg(images, SeriesInstanceUID="1.2.3.4"), "segmentation.zip")
    read, whole = Input.read, limits.Budget.of_part().kept

    def limited(self, budget=None):
        if budget is not None and budget.kept < whole:
            budget.kept = 1_000
        return read(self, budget)

    monkeypatch.setattr(Input, "read", limited)
    run(root, tmp_path / "out")
    verdict, why = overlay(root, tmp_path / "out")
    assert verdict == "UNKNOWN"
    assert why == (
        f"4 of 8 reference images found in the input {root}/a.zip; the inputs that contain parts "
        "of a reference series are too large to be read together"
    )


def test_a_copy_of_another_size_beside_its_images_costs_a_segmentation_nothing(tmp_path):
    """A strange zip that repeats the UIDs of a CT made an honest segmentation FAIL."""
    root = tmp_path / "root"
    root.mkdir()
    images = make.ct(4, SeriesInstanceUID="1.2.3.3")
    other = make.change(copy.deepcopy(images), Rows=8, Columns=8, PixelData=bytes(128))
    pack.zip_file(root, other, "a.zip")
    pack.zip_file(root, images, "m.zip")
    pack.zip_file(root, make.seg(images, SeriesInstanceUID="1.2.3.4"), "segmentation.zip")
    run(root, tmp_path / "out")
    assert overlay(root, tmp_path / "out")[0] == "PASS"
    (root / "m.zip").unlink()
    run(root, tmp_path / "other")
    assert overlay(root, tmp_path / "other")[0] == "FAIL"


def test_results_that_a_journal_cannot_hold_are_a_problem(tmp_path, monkeypatch):
    """The line was written and never read: each run checked the input again."""
    root = archive.many(tmp_path, 1)
    monkeypatch.setattr(journal, "MAX_LINE", 2_000)
    run(root, tmp_path / "out", reports=True)
    (row,) = table(tmp_path / "out")
    assert row["problem"] == "its results take more than 16 MiB"
    assert not (tmp_path / "out" / "reports").exists()
    run(root, tmp_path / "out", reports=True, resume=True)
    assert len(table(tmp_path / "out")) == 1


def test_the_places_of_frames_are_counted_among_what_is_kept(tmp_path):
    """One enhanced image of a hundred thousand frames counted as one image."""
    path = pack.zip_file(tmp_path, make.enhanced_mr(40))
    images = read_input(path)[1]
    assert work._memory(work._image_series(images)) > 40 * work.IMAGE_BYTES


def test_frames_in_one_place_take_little_of_what_is_kept(tmp_path):
    """32 series of 7.5 KB were read anew for each segmentation, which took a minute and a half."""
    path = pack.zip_file(tmp_path, make.enhanced_mr(z=[0] * 400))
    (found,) = work._image_series(read_input(path)[1])
    (positions,) = found.positions.values()
    assert (len(positions), len(set(map(id, positions)))) == (400, 1)
    assert work._memory([found]) < 20 * work.IMAGE_BYTES


def test_what_is_read_again_is_kept_within_bounds(tmp_path, monkeypatch):
    monkeypatch.setattr(work, "MAX_KEPT", 3 * work.IMAGE_BYTES + 200)
    monkeypatch.setattr(work, "_kept", {})
    for n in range(4):
        pack.zip_file(tmp_path, make.ct(1, SeriesInstanceUID=f"1.2.3.{n}"), f"{n}.zip")
        path = str(tmp_path / f"{n}.zip")
        work._read_again([Input(path, (SourceFile(path, 1, ""),))], "a run")
        assert len(work._kept) == 1


def bomb():
    """Return findings of a few bytes that become 64 MiB."""
    return base64.b64encode(zlib.compress(b"[" * (64 << 20), 9))


@pytest.mark.long
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"key":"', b'"kez":"'),
        (b'"series":[{', b'"series":[[]],"x":[{'),
        (b'"findings":"', b'"findings":"x'),
        (b'"findings":"', b'"findings":"eJwDAAAAAAE=","x":"'),
        (b'"scanned":[', b'"scanned":["a",'),
        (b'"instances":', b'"instances":{},"x":'),
        (b'"holds":["', b'"holds":[[],"'),
        (b'"viewer":{"', b'"viewer":{"x":1},"y":{"'),
        (b'"instances":', b'"instances":Infinity,"x":'),
        (b'"instances":', b'"instances":' + b"9" * 4299 + b',"x":'),
        (b'"messages":[', b'"messages":5,"x":['),
        (b'"handlers":[', b'"handlers":[1],"x":['),
        (b'"lost":', b'"lost":5,"x":'),
        (b'"modality":', b'"modality":5,"x":'),
        (b'"findings":"', lambda: b'"findings":"' + bomb() + b'","x":"'),
        (b'"context":', b'"context":' + b"[" * 100_000 + b"]" * 100_000 + b',"x":'),
        (b'"context":', b'"context":[' + b"{}," * 100_000 + b'{}],"x":'),
        (b'"crc":"', b'"crc":"0'),
    ],
)  # fmt: skip
def test_a_damaged_journal_costs_its_lines_only(surveyed, tmp_path, old, new, caplog):
    """A line that was not what it should be ended the survey with a traceback at every resume."""
    root, out, _ = surveyed
    again = shutil.copytree(out, tmp_path / "out")
    journal = again / "journal" / "survey.jsonl"
    whole = journal.read_bytes()
    changed = whole.replace(old, new() if callable(new) else new)
    if b"crc" not in old:  # nothing but the content tells that it is not ours
        rests = [line[len(b'{"crc":"12345678",') :] for line in changed.splitlines(keepends=True)]
        changed = b"".join(b'{"crc":"%08x",%b' % (zlib.crc32(rest), rest) for rest in rests)
    journal.write_bytes(changed)
    assert changed != whole
    run(root, again, resume=True)
    assert archive.outputs(again) == archive.outputs(out)
    assert "is damaged: its input is checked again" in caplog.text


def test_a_line_without_end_is_not_kept(tmp_path, monkeypatch):
    """A sparse file of 4 GB filled the memory."""
    monkeypatch.setattr(journal, "MAX_LINE", 1 << 20)
    path = tmp_path / "part-0001-of-0002.jsonl"
    with path.open("wb") as file:
        file.write(b'{"crc":"00000000",')
        file.truncate(8 << 20)
    tracemalloc.start()
    damaged = list(journal.lines(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20
    assert damaged == [(n << 20, 1 << 20, None) for n in range(8)]


def test_what_refers_to_too_many_series_has_a_record_that_can_be_read(tmp_path, monkeypatch):
    """A line of 20 MB was damaged for each --resume, and written once more by it."""
    assert work.MOST_REFERRED * len(f'"{"1" * 64}",') < journal.MAX_LINE // 2
    monkeypatch.setattr(work, "MOST_REFERRED", 2)
    (segmentation,) = make.seg(make.ct(2))
    (item,) = segmentation.ReferencedSeriesSequence
    items = [copy.deepcopy(item) for _ in range(3)]
    for number, one in enumerate(items):
        one.SeriesInstanceUID = f"1.2.{number}"
    (tmp_path / "in").mkdir()
    for count, name in ((2, "two.zip"), (3, "three.zip")):
        segmentation.ReferencedSeriesSequence = items[:count]
        pack.zip_file(tmp_path / "in", [segmentation], name)
    run(tmp_path / "in", tmp_path / "out")
    problems = [row["problem"] for row in table(tmp_path / "out")]
    assert problems == ["it refers to more than 2 series", ""]


def test_the_log_does_not_grow_with_the_damage(tmp_path, caplog):
    root, out = archive.many(tmp_path, 1), tmp_path / "out"
    run(root, out)
    (out / "journal" / "x\x1b[31m.jsonl").write_bytes(b"\n" * 1234)
    run(root, out, resume=True)
    assert caplog.text.count("is damaged") == MOST_TOLD
    assert f"damaged: and {1234 - MOST_TOLD:,} more in" in caplog.text
    assert "\x1b" not in caplog.text


@pytest.mark.parametrize(
    ("as_note", "expected"),
    [
        ((), ("UNKNOWN", "required", "FAIL")),
        (("MPR-205",), ("FAIL", "required", "FAIL")),
        (("MPR-205", "MPR-198"), ("FAIL", "note", "PASS")),
    ],
)
def test_what_needs_a_note_is_judged_by_itself_without_a_file(tmp_path, as_note, expected):
    root, out = tmp_path / "root", tmp_path / "out"
    root.mkdir()
    path = pack.zip_file(root, make.ct(z=[0, 3, 6, 9.9, 12.9]), "uneven.zip")
    run(root, out)
    run(root, out, resume=True, options=Options(as_note=as_note))
    with gzip.open(out / "findings.csv.gz", "rt", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["requirement"] == "MPR-198"]
    assert (row["status"], row["level"], table(out)[0]["v3_mpr"]) == expected
    report = check(path, options=Options(as_note=as_note))
    (result,) = [r for r in report.results if r.requirement.id == "MPR-198"]
    assert (row["status"], row["evidence"]) == (result.status, result.finding.evidence)
    assert result.repair.text.startswith(row["repair"])


@pytest.mark.parametrize(
    ("column", "value"),
    [("repair", 5), ("repair", True), ("repair", 1.5), ("evidence", ["a"]), ("id", None),
     ("affected", "1"), ("checked", True), ("code", ["code"])],
)  # fmt: skip
def test_cells_of_another_kind_are_damage(tmp_path, column, value, caplog):
    """They were taken, and the page could not be made of them, at every resume."""
    root, out = archive.many(tmp_path, 1), tmp_path / "out"
    run(root, out)
    expected, path = archive.outputs(out), out / "journal" / "survey.jsonl"
    record, finished = map(json.loads, path.read_text().splitlines())
    found = json.loads(zlib.decompress(base64.b64decode(record["series"][0]["findings"])))
    for finding in found:
        if column in FOUND:
            finding[1][0][FOUND.index(column)] = value
        elif column == "code":
            finding[1][1] = value
        else:
            finding[0] = value
    packed = base64.b64encode(zlib.compress(json.dumps(found).encode()))
    record["series"][0]["findings"] = packed.decode()
    path.unlink()
    with Journal(path) as written:
        for line in (record, finished):
            del line["crc"]
            written.append(json.dumps(line))
    run(root, out, resume=True)
    assert archive.outputs(out) == expected
    assert "is damaged: its input is checked again" in caplog.text


@pytest.mark.parametrize("then", ["there again", "gone"])
@pytest.mark.parametrize("error", [FileNotFoundError, StoreError, RuntimeError])
def test_images_that_cannot_be_read_again_are_a_reason_and_read_by_the_next_run(
    tmp_path, monkeypatch, then, error
):
    """It was told as an error of viewer-check, with a traceback, and stayed so for ever."""
    root, out = tmp_path / "root", tmp_path / "out"
    root.mkdir()
    images = make.ct(3, SeriesInstanceUID="1.2.3.3")
    pack.zip_file(root, images, "images.zip")
    pack.zip_file(root, make.seg(images, SeriesInstanceUID="1.2.3.4"), "segmentation.zip")
    read, names = Input.read, []

    def once(self, budget=None):
        names.append(self.name)
        if names.count(self.name) > 1 and self.name.endswith("images.zip"):
            raise error
        return read(self, budget)

    with monkeypatch.context() as patched:
        patched.setattr(Input, "read", once)
        run(root, out)
    row = by_name(out, root)["segmentation.zip"]
    found = pd.read_csv(out / "findings.csv.gz", keep_default_na=False)
    evidence = found[(found.requirement == "SEG-101") & (found.status == "UNKNOWN")].evidence
    assert "SEG-101" in row["unknown"]
    assert evidence.str.contains("images.zip could not be read again").sum() == 1
    if then == "gone":
        (root / "images.zip").unlink()
    run(root, out, resume=True)
    run(root, tmp_path / "new")
    assert archive.outputs(out) == archive.outputs(tmp_path / "new")


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError])
def test_a_loose_file_that_cannot_be_opened_for_a_while_is_tried_again(
    tmp_path, monkeypatch, error
):
    """The series had a file that is not readable, and a segmentation of it failed, for ever."""
    root, out = tmp_path / "root", tmp_path / "out"
    images = make.ct(3, SeriesInstanceUID="1.2.3.3")
    pack.folder_of(root, {f"{n}.dcm": pack.to_bytes(d) for n, d in enumerate(images)}, "images")
    pack.zip_file(root, make.seg(images, SeriesInstanceUID="1.2.3.4"), "segmentation.zip")
    options = Options(spacing_tolerance_mm=0.3)
    run(root, tmp_path / "expected", options=options)
    run(root, out)
    opened = SourceFile.open

    def fails(self):
        if self.location.endswith("1.dcm"):
            number = errno.ENOENT if error is FileNotFoundError else errno.EACCES
            raise error(number, os.strerror(number), self.location)
        return opened(self)

    with monkeypatch.context() as patched:
        patched.setattr(SourceFile, "open", fails)
        run(root, out, options=options, resume=True)
    rows = by_name(out, root)
    assert (rows["images/"]["instances"], rows["images/"]["overall"]) == ("2", "FAIL")
    assert "SEG-101" in rows["segmentation.zip"]["unknown"]
    run(root, out, options=options, resume=True)
    assert archive.outputs(out) == archive.outputs(tmp_path / "expected")


@pytest.fixture
def segmented(tmp_path):
    """Return a folder with a segmentation and its images."""
    root = tmp_path / "root"
    root.mkdir()
    images = make.ct(3, SeriesInstanceUID="1.2.3.4")
    pack.zip_file(root, images, "images.zip")
    pack.zip_file(root, make.seg(images, SeriesInstanceUID="1.2.3.3"), "segmentation.zip")
    return root


@pytest.mark.parametrize("kept", [8 * 200_000, 8 * 5_000], ids=["found", "too large"])
def test_images_are_read_once_for_the_segmentations_of_a_survey(
    segmented, tmp_path, monkeypatch, kept
):
    """They were read again for each: a hundred segmentations took a hundred times as long."""
    images = make.ct(3, SeriesInstanceUID="1.2.3.4")
    for number in range(5):
        again = make.seg(images, SeriesInstanceUID=f"1.2.3.3.{number}")
        pack.zip_file(segmented, again, f"{number}.zip")
    read, names = Input.read, []

    def counting(self, budget=None):
        names.append(self.name.rpartition("/")[2])
        return read(self, budget)

    monkeypatch.setattr(Input, "read", counting)
    monkeypatch.setattr(limits, "MAX_KEPT_BYTES", kept)
    run(segmented, tmp_path / "out")
    assert names.count("images.zip") == 2
    assert names.count("0.zip") == 2
    (segmented / "images.zip").unlink()
    pack.zip_file(segmented, images[:1], "images.zip")
    names.clear()
    run(segmented, tmp_path / "next")
    assert names.count("images.zip") == 2


def overlay(root, out):
    """Return what a survey says of the segmentation, and why."""
    found = pd.read_csv(out / "findings.csv.gz", keep_default_na=False)
    mine = (found.requirement == "SEG-101") & found.file.str.endswith("segmentation.zip")
    return by_name(out, root)["segmentation.zip"]["v3_overlay"], *found[mine].evidence


def test_inputs_with_the_series_of_a_segmentation_hide_no_images(segmented, tmp_path, monkeypatch):
    """A thousand of them took the place of its images, and it was said that there were none."""
    monkeypatch.setattr(index, "MOST_DOUBLES", 4)
    for n in range(5):
        pack.zip_file(segmented, make.ct(1, SeriesInstanceUID="1.2.3.3"), f"{n}.zip")
    run(segmented, tmp_path / "out")
    assert overlay(segmented, tmp_path / "out")[0] == "PASS"
    (segmented / "images.zip").unlink()
    run(segmented, tmp_path / "without")
    verdict, why = overlay(segmented, tmp_path / "without")
    assert verdict == "UNKNOWN"
    assert why.endswith("no input of the survey contains the reference series")


@pytest.mark.parametrize("change", ["too large", "none of its images"])
def test_an_input_that_claims_the_images_of_a_segmentation_hides_none(
    segmented, tmp_path, monkeypatch, change
):
    """It was read first, and what it took was missing for the images."""
    images = make.ct(200 if change == "too large" else 40, SeriesInstanceUID="1.2.3.4")
    if change == "none of its images":
        for number, image in enumerate(images):
            image.SOPInstanceUID = f"2.25.77.{number}"
    pack.zip_file(segmented, images, "000.zip")
    monkeypatch.setattr(limits, "MAX_KEPT_BYTES", 8 * 200_000)
    run(segmented, tmp_path / "out")
    assert overlay(segmented, tmp_path / "out")[0] == "PASS"


def test_each_segmentation_of_an_input_is_compared_with_its_images(tmp_path):
    """The first one decided of which other inputs the headers were kept."""
    root = tmp_path / "root"
    root.mkdir()
    images = make.ct(4, SeriesInstanceUID="1.2.3.4")
    for number, part in enumerate((images[:2], images[2:])):
        pack.zip_file(root, part, f"{number}.zip")
    overlays = [
        *make.seg(images[:2], SeriesInstanceUID="1.2.3.5", SOPInstanceUID="1.2.3.5.1"),
        *make.seg(images[2:], SeriesInstanceUID="1.2.3.6", SOPInstanceUID="1.2.3.6.1"),
    ]
    pack.zip_file(root, overlays, "both.zip")
    run(root, tmp_path / "out")
    found = pd.read_csv(tmp_path / "out" / "findings.csv.gz", keep_default_na=False)
    compared = found[(found.requirement == "SEG-296") & found.file.str.endswith("both.zip")]
    assert list(compared.status) == ["PASS", "PASS"]


def test_images_beside_a_segmentation_do_not_hide_the_rest_of_their_series(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    images = make.ct(4, SeriesInstanceUID="1.2.3.4")
    pack.zip_file(root, images[2:], "rest.zip")
    overlays = make.seg(images[2:], SeriesInstanceUID="1.2.3.5")
    pack.zip_file(root, [*images[:2], *overlays], "segmentation.zip")
    run(root, tmp_path / "out")
    found = pd.read_csv(tmp_path / "out" / "findings.csv.gz", keep_default_na=False)
    mine = found[(found.requirement == "SEG-101") & (found.series_instance_uid == "1.2.3.5")]
    assert list(mine.status) == ["PASS"]


def test_a_large_input_is_no_reason_for_another_segmentation(tmp_path, monkeypatch):
    """It was one for all that came later in order of UIDs: UNKNOWN instead of FAIL."""
    root = tmp_path / "root"
    root.mkdir()
    large = make.ct(200, SeriesInstanceUID="1.2.3.100")
    small = make.ct(3, SeriesInstanceUID="1.2.3.200")
    pack.zip_file(root, large, "large.zip")
    pack.zip_file(root, small, "small.zip")
    for image in small:  # the segmentation is that of other images
        image.SOPInstanceUID += ".9"
    overlays = [
        *make.seg(large[:2], SeriesInstanceUID="1.2.3.10", SOPInstanceUID="1.2.3.10.1"),
        *make.seg(small, SeriesInstanceUID="1.2.3.11", SOPInstanceUID="1.2.3.11.1"),
    ]
    pack.zip_file(root, overlays, "both.zip")
    monkeypatch.setattr(limits, "MAX_KEPT_BYTES", 8 * 200_000)
    run(root, tmp_path / "out")
    found = pd.read_csv(tmp_path / "out" / "findings.csv.gz", keep_default_na=False)
    mine = found[(found.requirement == "SEG-101") & found.file.str.endswith("both.zip")]
    assert list(zip(mine.series_instance_uid, mine.status, strict=True)) == [
        ("1.2.3.10", "UNKNOWN"),
        ("1.2.3.11", "FAIL"),
    ]


def test_an_input_that_is_too_large_to_be_read_again_is_a_reason(segmented, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_KEPT_BYTES", 8 * 1_000)
    run(segmented, tmp_path / "out")
    verdict, why = overlay(segmented, tmp_path / "out")
    assert verdict == "UNKNOWN"
    assert why.endswith("an input that contains a reference series is too large: it was not read")


def test_texts_of_a_journal_are_spelled_out(tmp_path):
    """Half a surrogate pair ended the survey when all was judged; a formula stood in a table."""
    root = archive.many(tmp_path, 1)
    run(root, tmp_path / "out")
    journal = tmp_path / "out" / "journal" / "survey.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    lines[0]["name"] = "=\ud800"
    lines[0]["series"][0] |= {"sop_class": "\t=1", "modality": "\x1b[1m", "sop_class_uid": "a"}
    journal.unlink()
    with Journal(journal) as written:
        for line in lines:
            del line["crc"]
            written.append(json.dumps(line))
    run(root, tmp_path / "out", resume=True)
    (row,) = table(tmp_path / "out")
    assert row["input"] == r"'=\ud800"
    assert row["sop_class"] == r"'\t=1"
    assert row["modality"] == row["sop_class_uid"] == "(not shown)"


def test_parts_together_are_the_survey(tmp_path):
    root = archive.mixed(tmp_path)
    run(root, tmp_path / "whole")
    for number in (1, 2, 3):
        assert run(root, tmp_path / "out", resume=True, part=Part(number, 3)) is None
    judged = [
        json.loads(line)["key"]
        for path in (tmp_path / "out" / "journal").glob("part-*.jsonl")
        for line in path.read_text().splitlines()
        if "key" in json.loads(line)
    ]
    assert len(judged) == len(set(judged)) == 12
    run(root, tmp_path / "out", resume=True)
    assert archive.outputs(tmp_path / "out") == archive.outputs(tmp_path / "whole")


def lines_of(out):
    return {path.name: path.read_bytes() for path in (out / "journal").glob("*.jsonl")}


def test_what_parts_found_of_changed_inputs_is_kept(tmp_path):
    """The older records of survey.jsonl replaced it: all was judged again, by each run."""
    root, out = archive.many(tmp_path, 3), tmp_path / "out"
    pack.folder_of(root, make.ct(2, SeriesInstanceUID="1.2.77"), "loose")
    run(root, out)
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, (1, 1))
    for number in (1, 2):
        run(root, out, resume=True, part=Part(number, 2))
    found = lines_of(out)
    for number in (1, 2):
        run(root, out, resume=True, part=Part(number, 2))
    assert lines_of(out) == found
    run(root, out, resume=True)
    after = lines_of(out)
    (finished,) = after.pop("survey.jsonl").removeprefix(found.pop("survey.jsonl")).splitlines()
    assert json.loads(finished)["finished"] == 4
    assert after == found


def test_a_record_of_a_problem_does_not_replace_what_a_part_found(tmp_path, monkeypatch):
    root, out = archive.many(tmp_path, 2), tmp_path / "out"

    def failing(_input, _budget=None):
        raise StoreError

    with monkeypatch.context() as patched:
        patched.setattr(Input, "read", failing)
        run(root, out)
    run(root, out, resume=True, part=Part(1, 1))
    judged = keys(out)
    run(root, out, resume=True)
    assert keys(out) == judged
    assert [row["problem"] for row in table(out)] == ["", ""]


def test_parts_are_not_overwritten_before_they_are_put_together(tmp_path):
    root, out = archive.many(tmp_path, 3), tmp_path / "out"
    for new in ("1.2.4.1", "1.2.4.2"):
        pack.zip_file(root, make.ct(3, SeriesInstanceUID=new), f"{new}.zip")
        for number in (1, 2):
            run(root, out, resume=True, part=Part(number, 2))
        with pytest.raises(UsageError, match="--resume"):
            run(root, out)
        run(root, out, resume=True)
    run(root, out)
    assert not list((out / "journal").glob("part-*.jsonl"))


def test_lists_and_globs_name_inputs(tmp_path):
    root = archive.many(tmp_path, 4)
    names = tmp_path / "list.txt"
    names.write_text(f"# the first two\n{root}/000.dicom.zip\n\n{root}/001*.zip\n{root}/gone.zip\n")
    run(f"@{names}", tmp_path / "out")
    rows = by_name(tmp_path / "out", root)
    assert set(rows) == {"000.dicom.zip", "001.dicom.zip", "gone.zip"}
    assert rows["gone.zip"]["problem"] == "there is no file"
    assert rows["gone.zip"]["overall"] == rows["gone.zip"]["v3_open"] == "UNKNOWN"
    run(f"{root}/00[23]*", tmp_path / "glob")
    assert set(by_name(tmp_path / "glob", root)) == {"002.dicom.zip", "003.dicom.zip"}


@pytest.mark.parametrize("mark", ["", "@"])
@pytest.mark.parametrize("name", ["nothing", "nothing/*.zip"])
def test_a_root_that_is_not_there_is_wrong_usage(tmp_path, mark, name):
    with pytest.raises(UsageError, match="nothing"):
        run(f"{mark}{tmp_path}/{name}", tmp_path / "out")


def test_a_wrong_root_costs_nothing_of_the_last_survey(tmp_path):
    root = archive.many(tmp_path, 1)
    run(root, tmp_path / "out", reports=True)
    before = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    with pytest.raises(UsageError, match="nothing"):
        run(tmp_path / "nothing", tmp_path / "out")
    assert before == {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}


def test_a_file_counts_once_however_its_path_is_written(tmp_path, monkeypatch):
    root = archive.mixed(tmp_path)
    (tmp_path / "link").symlink_to(root)
    run(root, tmp_path / "once")
    monkeypatch.chdir(tmp_path)
    ways = ("archive", "link", "./link/../archive/good.dicom.zip", "archive/loose/*/*")
    run(root, tmp_path / "often", *ways)
    assert table(tmp_path / "often") == table(tmp_path / "once")


def test_links_to_files_are_files_and_links_to_folders_are_told(tmp_path):
    root = archive.many(tmp_path, 1)
    (root / "001.dicom.zip").symlink_to(root / "000.dicom.zip")
    (tmp_path / "elsewhere").mkdir()
    (root / "folder").symlink_to(tmp_path / "elsewhere")
    run(root, tmp_path / "out")
    assert {row["failing"] for row in table(tmp_path / "out")} == {"ZIP-101;V2-201"}
    left_out = (tmp_path / "out" / "left_out.csv").read_text().splitlines()
    assert left_out[1:] == [f'{root}/folder,"{FOLDER_LINK}"']


def test_names_that_are_no_text_and_formulas_do_no_harm(tmp_path):
    root = tmp_path / "odd"
    root.mkdir()
    series = pack.zip_bytes(pack.members(make.ct(2)))
    (root / "caf\udce9.zip").write_bytes(series)
    (root / "<b>.zip").write_bytes(series)
    run(root, tmp_path / "out")
    assert len(table(tmp_path / "out")) == 2
    assert "<b>.zip" not in (tmp_path / "out" / "survey.html").read_text(encoding="utf-8")


@pytest.mark.process
def test_jobs_and_the_library_give_the_same_bytes(surveyed, tmp_path):
    root, out, _ = surveyed
    for jobs in (1, 2):
        done = archive.surveyed(root, "--out", tmp_path / str(jobs), "--jobs", jobs)
        assert archive.outputs(tmp_path / str(jobs)) == archive.outputs(out)
    assert done.stdout.startswith("12 series in 12 inputs: ")
    assert done.stderr == ""
