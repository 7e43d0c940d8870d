"""What a job leaves: names of outputs, tags, and all of it or nothing."""

from dataclasses import replace

import pytest

from fw_gear_viewer_check.checker.report import Verdict
from fw_gear_viewer_check.gear.job import load_job
from fw_gear_viewer_check.gear.publish import output_stem, tags_after
from fw_gear_viewer_check.requirements.types import Capability, Status
from tests import hand_made

TAGGED: dict[str, Status] = {
    **dict.fromkeys(Capability, Status.PASS),
    "v3_suv": Status.NOT_APPLICABLE,
}


def tags(tmp_path, old, overall, **settings):
    """Return the tags after a run whose only required capability has this result."""
    (tmp_path / "input").mkdir(exist_ok=True)
    (tmp_path / "input" / "a.dcm").touch()
    job = load_job(tmp_path)
    job.settings.update({"tag": "qc", **settings})
    verdicts = {str(c): Verdict(Capability(c), status) for c, status in TAGGED.items()}
    verdicts["v3_mpr"] = Verdict(Capability.V3_MPR, overall)
    report = replace(hand_made.report(require=(Capability.V3_MPR,)), verdicts=verdicts)
    return list(tags_after(job, report, old))


@pytest.mark.parametrize(
    ("old", "overall", "new"),
    [
        ([], Status.PASS, ["qc", "qc-PASS"]),
        (["importer"], Status.FAIL, ["importer", "qc", "qc-FAIL"]),
        (["qc-FAIL", "b", "qc", "a"], Status.PASS, ["b", "qc", "a", "qc-PASS"]),
        (["qc", "qc-PASS"], Status.PASS, ["qc", "qc-PASS"]),
        (["qc-PASS", "qc-FAIL", "qc-UNKNOWN"], Status.UNKNOWN, ["qc", "qc-UNKNOWN"]),
        (["a", "qc-FAIL"], Status.NOT_APPLICABLE, ["a", "qc"]),
        (["a", "a", "qc-PASS-by-hand"], Status.PASS, ["a", "qc-PASS-by-hand", "qc", "qc-PASS"]),
        (["qc-v3_mpr-FAIL", "qc-v3_mpr-by-hand"], Status.PASS,
         ["qc-v3_mpr-by-hand", "qc", "qc-PASS"]),
    ],
)  # fmt: skip
def test_tags_of_a_run(tmp_path, old, overall, new):
    assert tags(tmp_path, old, overall) == new


def test_capability_tags_are_those_that_apply_and_no_stale_ones(tmp_path):
    old = ["a", "qc-v3_mpr-PASS", "qc-v3_suv-FAIL"]
    new = tags(tmp_path, old, Status.FAIL, capability_tags=True)
    assert new[:3] == ["a", "qc", "qc-FAIL"]
    assert set(new[3:]) == {
        "qc-v3_mpr-FAIL",
        *(f"qc-{c}-PASS" for c in Capability if c not in {"v3_mpr", "v3_suv"}),
    }


def test_tags_of_a_rerun_are_the_same(tmp_path):
    once = tags(tmp_path, ["a"], Status.FAIL, capability_tags=True)
    assert tags(tmp_path, once, Status.FAIL, capability_tags=True) == once


def test_no_tag_is_set_or_removed_without_a_tag(tmp_path):
    old = ["viewer-check-FAIL"]
    assert tags(tmp_path, old, Status.PASS, tag="", capability_tags=True) == old


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("scan.dicom.zip", "scan"),
        ("scan.zip", "scan"),
        ("scan.dcm", "scan"),
        ("scan.DICOM", "scan"),
        ("a.b.zip", "a.b"),
        ("info", "info"),
        (".zip", "input"),
        ("../a\nb\0.zip", "a\\nb\\x00"),
        ("é" * 90 + ".zip", "é" * 90),
        ("é" * 250 + ".zip", "é" * 85 + "-44c77bff"),
        ("a" * 170 + "é" * 6 + ".zip", "a" * 170 + "-e28b7442"),
    ],
)
def test_outputs_are_named_after_the_input(name, stem):
    assert output_stem(name) == stem


def test_names_that_are_cut_differ_where_those_of_the_inputs_do():
    """The outputs of one file were a new version of those of the other."""
    stems = {output_stem("a" * 200 + end) for end in ("b.zip", "c.zip", "b.dcm")}
    assert len(stems) == 3
    assert {len(stem) for stem in stems} == {180}
