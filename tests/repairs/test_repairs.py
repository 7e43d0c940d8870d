"""Repairs as data: one for each finding, those of gears only as they were proven."""

from __future__ import annotations

import html
import json
import re
import runpy

import pytest

from fw_gear_viewer_check import check
from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.model.stack import DIMENSIONS
from fw_gear_viewer_check.requirements import known_repairs, repair_choice, repairs
from fw_gear_viewer_check.requirements.registry import BY_ID, REQUIREMENTS
from fw_gear_viewer_check.requirements.splitting import KINDS_OF_IMAGE, STACKS, as_splitter_wants
from fw_gear_viewer_check.requirements.types import Finding, RepairKind, Status
from tests import make, pack
from tests.make import ABSENT
from tests.repairs import proof, scans, situations
from tests.repairs.tried import tried
from tests.situations.table import TABLE
from tests.viewer.case import to_series
from tests.viewer.groups import GROUPS

RECORDED = proof.recorded()
PLACEHOLDER = re.compile(r"\{(\w+)\}")
LONGEST_TEXT = 250
OF_V2 = {f"V2-{n}" for n in range(104, 111)}


def key_of(requirement, gear, config):
    """Return what is proven: the numbers of volumes and stacks do not matter, attributes do."""
    told = {k: v for k, v in config.items() if k != "max_geometric_splits"}
    by_geometry = config.get("max_geometric_splits") not in {None, -1}
    return requirement, gear, json.dumps(told, sort_keys=True), by_geometry


PROVEN = {
    key_of(r["requirement"], r["gear"], r["config"])
    for part in ("repaired", "corpus")
    for r in RECORDED[part]
}


def gear_repairs():
    return [(r.id, repair) for r in REQUIREMENTS for repair in r.repairs if repair.gear]


def test_every_gear_repair_was_run_and_repaired():
    assert {r["result"] for part in ("repaired", "corpus") for r in RECORDED[part]} == {"repaired"}
    for record in RECORDED["repaired"] + RECORDED["corpus"]:
        assert record["before"] == "FAIL"
        assert record["files"] >= 1
    distinct = {
        (r["requirement"], r["gear"], json.dumps(r["config"])) for r in RECORDED["repaired"]
    }
    assert len(distinct) >= 25


@pytest.mark.parametrize(
    ("id_", "keywords"),
    [
        *(("MPR-102", DIMENSIONS), ("LIM-103", DIMENSIONS)),
        *(("MPR-205", STACKS), ("V3-193", KINDS_OF_IMAGE)),
    ],
)
def test_each_attribute_that_may_be_suggested_was_tried(id_, keywords):
    tried_ = {r["config"].get("group_by") for r in RECORDED["repaired"] if r["requirement"] == id_}
    assert tried_ >= set(map(as_splitter_wants, keywords))


@pytest.mark.parametrize(
    ("id_", "repair"), gear_repairs(), ids=lambda v: v if isinstance(v, str) else v.text[:30]
)
def test_what_a_requirement_can_suggest_is_in_the_table(id_, repair):
    def fits(record):
        if (record["requirement"], record["gear"]) != (id_, repair.gear):
            return False
        return record["config"].keys() == repair.config.keys() and all(
            value == record["config"][key] or PLACEHOLDER.fullmatch(str(value))
            for key, value in repair.config.items()
        )

    assert any(map(fits, RECORDED["repaired"]))


@pytest.mark.long
def test_what_is_tried_in_small_gets_the_recorded_repair(tmp_path):
    plan = [
        (one, record)
        for one, record in zip(situations.repairable(), RECORDED["repaired"], strict=True)
    ]
    for n, (one, record) in enumerate(plan):
        assert (one.name, one.requirement) == (record["situation"], record["requirement"])
        path = pack.zip_file(tmp_path, one.contents, f"{n}.dicom.zip")
        repair = proof.repair_of(path, one.requirement, Options(**one.options))
        assert (repair.gear, dict(repair.config)) == (record["gear"], record["config"]), one


@pytest.mark.parametrize(
    "n", range(len(RECORDED["tried"])), ids=lambda n: RECORDED["tried"][n]["situation"]
)
def test_what_does_not_repair_is_not_suggested(tmp_path, n):
    one, record = tried()[n], RECORDED["tried"][n]
    assert len(tried()) == len(RECORDED["tried"])
    assert (record["situation"], record["result"]) == (one.name, one.result)
    repair = proof.repair_of(pack.zip_file(tmp_path, one.contents), one.requirement)
    assert (repair.gear, dict(repair.config)) != (one.gear, one.config)
    assert repair.kind == one.instead
    if repair.gear:
        assert key_of(one.requirement, repair.gear, repair.config) in PROVEN


@pytest.mark.long
@pytest.mark.corpus
def test_real_series_get_proven_repairs_only():
    if not proof.corpus():
        pytest.skip("the corpus is not here")
    for path in proof.corpus():
        assert_each_has_one(check(path))


@pytest.mark.long
def test_situations_of_real_sites_get_proven_repairs_only(tmp_path):
    for group in TABLE.values():
        for situation in group:
            contents = situation.make()
            reference = None
            if situation.reference is not None:
                reference = pack.zip_file(tmp_path, situation.reference(), "reference.zip")
            assert_each_has_one(check(pack.zip_file(tmp_path, contents), reference))


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
def test_generated_cases_get_proven_repairs_only(group):
    for case in GROUPS[group]():
        series = to_series(case)
        assert_each_has_one(judging.report_on(series.archive, [series], Options()))


def assert_each_has_one(report):
    for result in report.results:
        repair = result.repair
        assert (repair is not None) == (result.status in {Status.FAIL, Status.UNKNOWN}), result
        if repair is None:
            continue
        assert_plain(repair)
        if repair.gear:
            assert key_of(result.requirement.id, repair.gear, repair.config) in PROVEN, result


def assert_plain(repair):
    assert len(repair.text) < LONGEST_TEXT
    assert repair.text[0].isupper()
    assert repair.text.endswith((".", ")."))
    assert (repair.kind is RepairKind.GEAR) == bool(repair.gear) == bool(repair.config)
    assert bool(repair.gear) == bool(repair.caution)
    assert len(repair.caution) < LONGEST_TEXT
    assert "{" not in repair.text


def test_texts_are_short_and_whole():
    for repair in (repair for requirement in REQUIREMENTS for repair in requirement.repairs):
        assert_plain(repair.filled({"attribute": "EchoNumbers", "volumes": 10, "groups": 3}))


@pytest.mark.parametrize(("id_", "repair"), gear_repairs())
def test_no_gear_deletes_its_input_or_takes_images_without_uid_for_copies(id_, repair):
    if repair.gear == "dicom-splitter":
        assert repair.config["delete_input"] is False
        assert repair.config["extract_localizer"] is False
    else:
        assert repair.config["unique"] is (id_ in {"ZIP-192", "V3-196"})


@pytest.mark.parametrize("part", ["repaired", "corpus"])
def test_what_was_proven_is_known_again_in_results(part):
    for r in RECORDED[part]:
        if r["gear"]:
            assert known_repairs.written_by(BY_ID[r["requirement"]], r["gear"], r["config"]), r


def test_an_image_without_position_stops_no_repair(tmp_path, caplog):
    """The spacing of each frame of reference was asked for, where there was none."""
    images = make.ct(4, FrameOfReferenceUID=make.each(*["1.2.3"] * 3, "1.2.4"))
    make.change(images[1:2], ImagePositionPatient=ABSENT)
    report = check(pack.zip_file(tmp_path, images))
    assert [r.repair.kind for r in report.results if r.requirement.id == "MPR-197"] == ["export"]
    assert caplog.text == ""


def test_a_repair_that_cannot_be_chosen_costs_no_finding(tmp_path, monkeypatch, caplog):
    def stopped(*_):
        raise ArithmeticError

    monkeypatch.setattr(repair_choice, "repair_of", stopped)
    report = check(pack.zip_file(tmp_path, make.ct(z=[0, 4, 9, 20])))
    (found,) = (r for r in report.results if r.requirement.id == "MPR-205")
    assert (found.status, found.repair) == (Status.FAIL, repairs.REPORT_IT)
    assert "no repair of MPR-205 was chosen" in caplog.text


@pytest.mark.parametrize("syntax", [make.EXPLICIT, make.JPEG])
def test_only_files_that_are_the_same_are_copies(tmp_path, syntax):
    """Images with equal headers and pixels of one length were taken for copies: one was deleted."""
    (image, other) = (pack.members(make.ct(1), syntax)["001.dcm"] for _ in range(2))
    different = other[:-2] + b"\x7f\x7f"
    assert len(different) == len(image)
    copies = {"1.dcm": image, "2.dcm": other}
    assert proof.repair_of(pack.zip_file(tmp_path, copies), "V3-196") == repairs.REMOVE_COPIES
    assert proof.repair_of(pack.folder_of(tmp_path, copies), "V3-196") == repairs.REMOVE_COPIES
    others = {"1.dcm": image, "2.dcm": different}
    for path in (
        pack.zip_file(tmp_path, others, "different.zip"),
        pack.folder_of(tmp_path / "different", others),
    ):
        assert proof.repair_of(path, "V3-196") == repairs.OWN_UIDS


@pytest.mark.parametrize(
    "values", [{"DiffusionBValue": (0, 500)}, {"TemporalPositionIdentifier": (1, 2)}, {}]
)
def test_four_d_on_purpose_is_said_to_be_normal_first(tmp_path, values):
    path = pack.zip_file(tmp_path, scans.volumes(2, **values))
    repair = proof.repair_of(path, "MPR-102")
    assert repair.text.startswith("Normal for 4D scans (fMRI, DWI, perfusion, cine): keep")
    assert "adds 2 series" in repair.text


def test_a_scan_of_many_volumes_is_not_split(tmp_path):
    path = pack.zip_file(tmp_path, scans.volumes(51, z=(0, 3, 6)))
    repair = proof.repair_of(path, "MPR-102")
    assert (repair.kind, "51 series" in repair.text) == (RepairKind.NONE, True)


@pytest.mark.parametrize("id_", sorted(OF_V2))
def test_the_advice_about_v2_is_to_leave_it_out(id_):
    """A note would turn "V2 opens it: PASS" on, which is false."""
    (repair,) = BY_ID[id_].repairs
    assert "ignore to V2" in repair.text
    assert "note" not in repair.text


@pytest.mark.parametrize(
    ("contents", "id_", "word"),
    [
        # What nothing repairs.
        (lambda: make.mr(z=[0, 0, 0], ImageType=["ORIGINAL", "M", "MOSAIC"]), "MPR-102", "mosaic"),
        (lambda: scans.ct(z=[0, 4, 8, 12, 19, 26]), "MPR-205", "unevenly"),
        (lambda: make.nm(1, Modality="NM", ImageType=["ORIGINAL", "PRIMARY", "STATIC"],
                         NumberOfFrames=3), "MPR-401", "Planar"),
        (lambda: make.sr(SOPClassUID=f"{make.STORAGE}481.5", Modality="RTPLAN"), "LIM-101",
         "cannot show"),
        (lambda: make.ct(1), "MPR-101", "single image"),
    ],
)  # fmt: skip
def test_what_cannot_be_repaired_says_why(tmp_path, contents, id_, word):
    repair = proof.repair_of(pack.zip_file(tmp_path, contents()), id_)
    assert (repair.kind, word in repair.text) == (RepairKind.NONE, True), repair


def test_a_mosaic_has_one_repair_for_mpr(tmp_path):
    images = make.mr(z=[0, 0, 0], ImageType=["ORIGINAL", "M", "MOSAIC"])
    path = pack.zip_file(tmp_path, images)
    ids = ("MPR-102", "MPR-191", "MPR-205")
    assert {proof.repair_of(path, id_) for id_ in ids} == {repairs.MOSAIC}


@pytest.mark.parametrize("code", ["frame-cut", "coded-otherwise", "encoded-otherwise"])
def test_files_written_incorrectly_are_exported_again(code):
    """No other compression is needed, and no gear is at fault."""
    (series,) = pack.read(make.ct(1))
    finding = Finding(Status.FAIL, "", code=code)
    assert BY_ID["V3-191"].repair.of(series, finding) == repairs.WRITE_AGAIN
    assert BY_ID["V3-191"].repair.of(series, Finding(Status.FAIL, "")) == repairs.TRANSCODE


@pytest.mark.parametrize("maker", ["cr", "dx"])
def test_projections_without_spacing_are_calibrated(tmp_path, maker):
    images = getattr(make, maker)(1, PixelSpacing=ABSENT)
    repair = proof.repair_of(pack.zip_file(tmp_path, images), "MEA-101")
    assert (repair.kind, "calibrate" in repair.text) == (RepairKind.MANUAL, True)


@pytest.mark.parametrize(
    ("contents", "id_", "first"),
    [
        ([*scans.volumes(2, EchoNumbers=(1, 2)), *make.pt(3)], "MPR-102", "ZIP-102"),
        (
            make.change(scans.volumes(2, EchoNumbers=(1, 2)), Modality=ABSENT),
            "MPR-102",
            "its true Modality",
        ),
        (scans.ct(3, Modality=ABSENT, SOPInstanceUID=ABSENT), "V3-103", "V3-108"),
        (
            make.change(scans.volumes(2, EchoNumbers=(1, 2)), SOPInstanceUID=ABSENT),
            "MPR-102",
            "V3-103",
        ),
        ({**scans.copied(scans.ct(4), 0), "a.txt": b"hello there"}, "ZIP-103", "V3-196"),
        ({**pack.members(scans.ct(3, SeriesInstanceUID=ABSENT)),
          "9.dcm": pack.to_bytes(make.ct(1, SeriesInstanceUID=ABSENT)[0])[:-20]},
         "V3-102", "ZIP-191"),
        ({**pack.members(scans.ct(3, SeriesInstanceUID=ABSENT)), "more.zip": b"PK"},
         "V2-101", "Unpack the files"),
    ],
)  # fmt: skip
def test_what_would_stop_a_gear_or_lose_images_comes_first(tmp_path, contents, id_, first):
    repair = proof.repair_of(pack.zip_file(tmp_path, contents), id_)
    assert (repair.gear == "", first in repair.text) == (bool(first), True), repair


def test_the_report_has_the_config_to_copy(tmp_path):
    """What stands in the page is JSON as a browser copies it: newlines had become signs."""
    path = pack.zip_file(tmp_path, scans.volumes(3, DiffusionBValue=(0, 500, 1000)))
    report = check(path)
    blocks = re.findall(r"<pre[^>]*>(.*?)</pre>", report.to_html(), re.DOTALL)
    found = [json.loads(html.unescape(block)) for block in blocks]
    repair = proof.repair_of(path, "MPR-102")
    assert found
    assert all(config == repair.config for config in found)


def test_the_page_is_made_of_what_was_recorded():
    path = proof.RECORDED.parents[2] / "docs" / "make_repairs.py"
    page = runpy.run_path(str(path))
    assert page["TARGET"].read_text(encoding="utf-8") == page["written"](RECORDED)


def test_a_config_of_one_attribute_many_times_is_not_ours():
    """Whoever may edit metadata made texts of megabytes in reports of a project."""
    row = BY_ID["MPR-102"]
    splits = next(r for r in row.repairs if "{attribute}" in map(str, r.config.values()))

    def is_known(times):
        names = ",".join(["DiffusionBValue"] * times)
        config = {key: names if due == "{attribute}" else due for key, due in splits.config.items()}
        text = splits.text.replace("{attribute}", names)
        return (
            known_repairs.written_by(row, splits.gear, config) is not None,
            known_repairs.written_as(row, text, splits.gear, splits.config) is not None,
        )

    assert is_known(1)[0]
    assert is_known(2) == is_known(60_000) == (False, False)
