"""``viewer-check check --repairs``: only what to do, file by file."""

import json

import pytest

from fw_gear_viewer_check import check, cli
from fw_gear_viewer_check.reports import repair_plan
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import Capability, Status
from tests import hand_made, make, pack
from tests.repairs import scans


def plan_of(tmp_path, contents):
    return repair_plan.to_text(check(pack.zip_file(tmp_path, contents)), 200).splitlines()


def test_a_gear_has_its_configuration_to_copy(tmp_path):
    lines = plan_of(tmp_path, scans.volumes(2, EchoNumbers=(1, 2)))
    assert lines[:2] == ["series.dicom.zip", "  Run a gear:"]
    assert lines[2].endswith("(MPR-102)")
    gear, config = lines[3].split(maxsplit=1)
    assert gear == "dicom-splitter"
    assert json.loads(config)["group_by"] == "EchoNumbers"
    assert lines[-1] == "  Run one gear at a time, then check its output."


def test_one_repair_of_several_requirements_is_told_once_and_v2_last(tmp_path):
    lines = plan_of(
        tmp_path, make.ct(3, StudyID=make.ABSENT, StudyDate=make.ABSENT, Rows=make.ABSENT)
    )
    told = [line for line in lines if line.endswith(")")]
    assert [line.rpartition("(")[2] for line in told][-1] == "V2-107, V2-109)"
    assert "  Run a gear:" not in lines


def test_nothing_to_do_for_a_perfect_series(tmp_path):
    assert plan_of(tmp_path, make.ct(3))[1:] == ["  Nothing to do: everything required is met."]


def test_a_failure_that_nothing_repairs_says_so_and_why(tmp_path):
    lines = plan_of(tmp_path, make.ct(1))[1:]
    assert lines[0] == "  No repair possible, and why:"
    assert lines[1].endswith("(MPR-101)")
    assert repairs.ONE_IMAGE.text in lines[1]
    assert not [line for line in lines if line.startswith("  Not determined")]


def test_what_is_not_determined_is_not_said_to_be_beyond_repair():
    v2, nothing = Capability.V2_OPEN, repairs.NOT_CHECKED
    unknown = hand_made.result(Status.UNKNOWN, "V2-201", v2, repair=nothing)
    report = hand_made.report(hand_made.series_report(unknown))
    lines = repair_plan.to_text(report, 200).splitlines()
    assert lines[1:2] == ["  Not determined, and nothing to do:"]
    assert len(lines) == 3


def test_the_command_prints_only_the_plan(tmp_path, monkeypatch, capsys):
    path = pack.zip_file(tmp_path, scans.volumes(2, EchoNumbers=(1, 2)))
    monkeypatch.setattr("sys.argv", ["viewer-check", "check", "--repairs", str(path), str(path)])
    with pytest.raises(SystemExit):
        cli.main()
    out = capsys.readouterr().out
    assert out.count("series.dicom.zip\n") == 2
    assert "PASS" not in out


def test_the_plan_is_text(tmp_path, monkeypatch, capsys):
    path = pack.zip_file(tmp_path, make.ct(3))
    monkeypatch.setattr(
        "sys.argv", ["viewer-check", "check", "--repairs", "--format", "csv", str(path)]
    )
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "--repairs prints text" in capsys.readouterr().err
