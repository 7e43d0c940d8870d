"""The script that starts repairs, with the real SDK against the stub of a site."""

import copy
import errno
import os

import httpx2
import pytest

from fw_gear_viewer_check import check
from fw_gear_viewer_check.reports import qc_info
from tests import make, pack
from tests.lookup import stub_platform
from tests.lookup.stub_platform import PROJECT
from tests.repairs import scans

pytestmark = pytest.mark.long

start_repairs = pytest.importorskip("examples.start_repairs")

SPLITTER = ("group_by", "max_geometric_splits", "extract_localizer")
FIXER = ("unique", "fix-uids", "new-uids-needed", "standardize-transfer-syntax")
OPTIONS = {
    "dicom-splitter": (*SPLITTER, "filter_archive", "delete_input"),
    "dicom-fixer": (*FIXER, "strict-validation", "pixel-data-check"),
}


def looked_up(body):
    first, name = body["path"]
    if first != "gears":
        return {"container_type": "project", "_id": PROJECT, "label": "p", "group": "g"}
    config = {option: {"type": "string", "default": ""} for option in OPTIONS[name]}
    gear = {"name": name, "version": "1", "inputs": {"dicom": {"base": "file"}}, "config": config}
    return {"container_type": "gear", "_id": f"id-of-{name}", "category": "utility", "gear": gear}


@pytest.fixture
def site(platform, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_API_KEY", platform.key)
    platform.routes |= {
        ("GET", "/auth/status"): {"origin": {"type": "user", "id": "u"}, "user_is_admin": False},
        ("POST", "/lookup"): looked_up,
        ("POST", "/jobs/add"): {"_id": "job1"},
        ("GET", "/jobs"): [],
    }
    return platform


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    """What the gear leaves on some files."""
    contents = {
        "good": make.ct(3),
        "diffusion": scans.volumes(2, DiffusionBValue=(0, 1000)),
        "two": [*scans.volumes(2, EchoNumbers=(1, 2)), *make.ct(4)],
        "nameless": scans.ct(4, SOPInstanceUID=make.ABSENT),
        "uneven": scans.ct(z=[0, 4, 8, 12, 19, 26]),
        "stale": scans.volumes(2, EchoNumbers=(1, 2)),
        "fmri": scans.volumes(3),
        "letters": scans.ct(3, SeriesInstanceUID="abc"),
    }
    folder = tmp_path_factory.mktemp("checked")
    return {
        name: qc_info.qc_block(check(pack.zip_file(folder, images)), file_version=1)
        for name, images in contents.items()
    }


@pytest.fixture
def project(site, blocks):
    for name, block in blocks.items():
        if name == "fmri":  # of the files that a test adds
            continue
        file = site.add(name, series="1.2.3", version=2 if name == "stale" else 1)
        file["info"]["qc"] = {"viewer-check": copy.deepcopy(block)}
    site.add("new", series="1.2.3")
    add_place(site, "letters", "one", "one", "one", subject="sub1", session="ses1")
    return site


def add_place(site, file_id, *labels, subject, session):
    """Add the containers of a file, or those of them that are not there."""
    parents = {"project": PROJECT}
    ids = {"subject": subject, "session": session, "acquisition": f"acq-{file_id}"}
    for (kind, id_), label in zip(ids.items(), labels, strict=True):
        container = {"_id": id_, "label": label, "parents": dict(parents)}
        if kind == "acquisition":
            container["files"] = []
        site.containers.setdefault(f"{kind}s", {}).setdefault(id_, container)
        parents[kind] = id_


def jobs(site):
    return [body for _, path, body in site.sent if path == "/jobs/add"]


def test_without_start_it_only_says_what_it_would_start(project, capsys):
    assert start_repairs.main(["g/p"]) == 0
    said = capsys.readouterr().out
    assert jobs(project) == []
    assert 'file diffusion: dicom-splitter {"group_by": "DiffusionBValue"' in said
    assert 'file two: dicom-splitter {"group_by": "SeriesInstanceUID"' in said
    assert "file nameless: dicom-fixer" in said
    assert "3 left out: no repair by a gear" in said
    assert "1 left out: checked at another version" in said
    assert "1 left out: never checked" in said
    assert said.endswith("3 to repair\nnothing was started: add --start to start the jobs\n")


def test_with_start_each_job_has_the_whole_config(project, capsys):
    assert start_repairs.main(["g/p", "--start"]) == 0
    started = {job["inputs"]["dicom"]["name"]: job for job in jobs(project)}
    assert sorted(started) == ["diffusion.dicom.zip", "nameless.dicom.zip", "two.dicom.zip"]
    job = started["diffusion.dicom.zip"]
    assert job["gear_id"] == "id-of-dicom-splitter"
    assert job["inputs"]["dicom"]["id"] == job["destination"]["id"] == "acq-diffusion"
    assert job["config"] == {
        "group_by": "DiffusionBValue",
        "max_geometric_splits": -1,
        "extract_localizer": False,
        "filter_archive": True,
        "delete_input": False,
    }
    assert started["nameless.dicom.zip"]["config"]["unique"] is False
    assert "started 3 of 3 jobs" in capsys.readouterr().out


def test_a_job_that_is_refused_keeps_no_other_from_being_started(project, capsys):
    """It ended in a traceback, and nothing said that the first one was started."""
    project.routes["POST", "/jobs/add"] = lambda _job: 409 if len(jobs(project)) == 2 else {}
    assert start_repairs.main(["g/p", "--start"]) == 1
    assert len(jobs(project)) == 3
    assert capsys.readouterr().out.endswith(
        "file diffusion: started\nfile two: not started: conflict (409)\nfile nameless: started\n"
        "started 2 of 3 jobs; run viewer-check on their outputs\n"
    )


def test_where_the_connection_is_lost_it_says_what_was_started(project, capsys, monkeypatch):
    started = []

    def add_job(_client, job):
        if started:
            raise httpx2.ReadError(project.key)
        started.append(job)

    monkeypatch.setattr(start_repairs.site.flywheel.Client, "add_job", add_job)
    with pytest.raises(SystemExit) as ended:
        start_repairs.main(["g/p", "--start"])
    assert ended.value.code == "the site: no connection, or it was lost (ReadError)"
    assert capsys.readouterr().out.endswith(
        "file diffusion: started\n"
        "file two: not known whether it was started: look at its jobs\n"
        "started 1 of 3 jobs; run viewer-check on their outputs\n"
    )


def test_an_odd_answer_keeps_no_other_from_being_started(project, capsys):
    """The rest was not tried, and nothing said that this job may have been started."""
    project.routes["POST", "/jobs/add"] = lambda _job: "done" if len(jobs(project)) == 2 else {}
    assert start_repairs.main(["g/p", "--start"]) == 1
    assert len(jobs(project)) == 3
    said = capsys.readouterr().out
    assert "file two: not known whether it was started: look at its jobs (the answer could" in said
    assert "file nameless: started\nstarted 2 of 3 jobs" in said


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"tags": ["delete"]},
        {"name": "other.dicom.zip"},
        {"parent_ref": {"type": "acquisition", "id": "other"}},
        {"info": {}},
    ],
)
def test_a_file_that_changes_while_jobs_are_started_gets_none(project, capsys, change):
    """A gear was started for a version that was never checked, or a second time."""

    def add_job(_job):
        project.files["two"][-1].update(change)
        return {"_id": "job1"}

    project.routes["POST", "/jobs/add"] = add_job
    assert start_repairs.main(["g/p", "--start"]) == 1
    started = [job["inputs"]["dicom"]["name"] for job in jobs(project)]
    assert sorted(started) == ["diffusion.dicom.zip", "nameless.dicom.zip"]
    said = capsys.readouterr().out
    assert "file two: not started: it has changed meanwhile\n" in said
    assert "started 2 of 3 jobs" in said


def test_a_file_that_vanishes_while_jobs_are_started_costs_no_other(project, capsys):
    def add_job(_job):
        project.files.pop("two", None)
        return {"_id": "job1"}

    project.routes["POST", "/jobs/add"] = add_job
    assert start_repairs.main(["g/p", "--start"]) == 1
    assert "file two: not started: not found (404)\n" in capsys.readouterr().out
    assert len(jobs(project)) == 2


def put_together(project, *names):
    """Put files into one acquisition."""
    for name in names:
        project.files[name][-1]["parent_ref"] = {"type": "acquisition", "id": "acq"}


def started_by(project):
    start_repairs.main(["g/p", "--start", "--v2"])
    return sorted(job["inputs"]["dicom"]["name"].partition(".")[0] for job in jobs(project))


def test_no_file_gets_the_uids_of_another_one(project, capsys):
    """dicom-fixer makes them of labels: the two became one series."""
    put_together(project, "letters", "new")
    assert started_by(project) == ["diffusion", "nameless", "two"]
    told = "1 left out: would get the UIDs of another file in its acquisition\n"
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "other", "is_started"),
    [
        ("acquisition", {}, True),
        ("acquisition", {"label": "one"}, False),
        ("session", {}, True),
        ("session", {"label": "one"}, False),
    ],
)
def test_no_file_gets_the_uids_of_what_has_the_same_label(project, capsys, kind, other, is_started):
    """Two sessions of one subject became one study: only acquisitions were looked at."""
    found = project.containers[f"{kind}s"]
    first = next(iter(found.values()))
    found["other"] = {**first, "_id": "other", "label": "two", **other}
    assert ("letters" in started_by(project)) == is_started
    told = f"1 left out: would get the UIDs of another {kind} with the same labels in a row\n"
    assert (told in capsys.readouterr().out) != is_started


@pytest.mark.parametrize(
    "case",
    [
        (("1", "11", "T1w"), ("11", "1", "T1w"), "session"),
        (("1", "11", "T1w"), ("11", "1", "T2w"), "session"),
        (("1", "1", "1 T1"), ("1", "11", " T1"), "acquisition"),
        (("1", "1", "11 T1"), ("11", "1", "1 T1"), "acquisition"),
        (("1", "11", "T1w"), ("11", "2", "T1w"), ""),
        (("1", "1", "1 T1"), ("1", "11", "T1"), ""),
    ],
)
@pytest.mark.parametrize("is_file", [True, False])
def test_labels_that_make_the_same_row_are_not_used(project, blocks, capsys, case, is_file):
    """Two patients became one study: only labels of one subject, or session, were compared.

    It is as bad where the other was repaired before, or waits for somebody to repair it.
    """
    *both, shared = case
    for name, labels in zip(("first", "second"), both, strict=True):
        subject, session = f"sub-{labels[0]}", f"ses-{labels[0]}-{labels[1]}"
        add_place(project, name, *labels, subject=subject, session=session)
        if name == "second" and not is_file:
            continue
        file = project.add(name, series="abc", session=session)
        file["parents"]["subject"] = subject
        file["info"]["qc"] = {"viewer-check": copy.deepcopy(blocks["letters"])}
    names = {"first", "second"} if is_file else {"first"}
    assert names & {*started_by(project)} == (set() if shared else names)
    told = f"{len(names)} left out: would get the UIDs of another {shared} with the same labels in"
    assert (told in capsys.readouterr().out) == bool(shared)


def test_few_requests_tell_the_labels_of_many_sessions(project, blocks):
    """Acquisitions are listed once for each session that could hold the same row of labels."""
    for number in range(600):
        subject, session = f"sub-{number}", f"ses-{number}"
        add_place(project, session, f"{number:03}", "a", "T1", subject=subject, session=session)
    for name in ("first", "second"):
        labels = "001", "b", name
        add_place(project, name, *labels, subject="sub-1", session="ses-of-two")
        file = project.add(name, series="abc", session="ses-of-two")
        file["parents"]["subject"] = "sub-1"
        file["info"]["qc"] = {"viewer-check": copy.deepcopy(blocks["letters"])}
    assert {"first", "second", "letters"} <= {*started_by(project)}
    asked = project.paths_asked()
    lists = [asked.count(f"/{kind}") for kind in ("subjects", "sessions", "acquisitions")]
    assert lists == [4, 4, 4]  # two sessions with files: a page each, and an empty one


def test_no_labels_are_listed_where_no_uids_are_made_of_them(project):
    start_repairs.main(["g/p", "--start"])
    assert not {"/subjects", "/sessions", "/acquisitions"} & {*project.paths_asked()}


@pytest.mark.parametrize("kind", ["subject", "session", "acquisition"])
def test_what_the_site_does_not_list_is_not_taken_for_alone(project, capsys, kind):
    project.containers[f"{kind}s"] = {}
    assert "letters" not in started_by(project)
    shared = "acquisition" if kind == "acquisition" else "session"
    told = f"1 left out: would get the UIDs of another {shared} with the same labels in a row\n"
    assert told in capsys.readouterr().out


def test_each_job_is_told_as_it_is_started(project, monkeypatch):
    """A script that was ended left an empty log of the jobs that it had started."""
    flushed = []
    monkeypatch.setattr(
        start_repairs.sys.stdout, "flush", lambda: flushed.append(len(jobs(project)))
    )
    start_repairs.main(["g/p", "--start"])
    assert flushed == [1, 2, 3]


@pytest.mark.parametrize(
    ("names", "block"),
    [
        (["run1", "run2"], "fmri"),
        (["run1", "two"], "fmri"),
        (["run1", "run2"], "diffusion"),
        (["run1", "two"], "diffusion"),
    ],
)
def test_of_two_files_to_split_the_second_waits(project, blocks, capsys, names, block):
    """Their parts may have the same names: those of the second replaced the first's."""
    add_runs(project, blocks, block)
    put_together(project, *names)
    started = started_by(project)
    assert len(started) == 5
    assert len({*names} & {*started}) == 1
    told = "1 left out: a file in its acquisition is split first\n"
    assert told in capsys.readouterr().out


def add_runs(project, blocks, block):
    """Add two files to split, each in an acquisition of its own."""
    for name in ("run1", "run2"):
        file = project.add(name, series="1.2.3")
        file["info"]["qc"] = {"viewer-check": copy.deepcopy(blocks[block])}


@pytest.mark.parametrize(
    ("state", "is_started"), [("pending", False), ("running", False), ("complete", True)]
)
def test_a_file_waits_until_another_one_is_split(project, state, is_started):
    """What a job has yet to write has no name that can be looked at."""
    put_together(project, "diffusion", "good")
    waiting = [job(1, state, "good")]
    project.routes["GET", "/jobs"] = lambda q: (
        waiting if "splitter" in q["filter"] and "after_id" not in q else []
    )
    assert ("diffusion" in started_by(project)) == is_started


@pytest.mark.parametrize(
    ("block", "part", "is_started"),
    [
        ("fmri", "series-1_MR_bold.dicom.zip", False),
        ("two", "series-1_MR.dicom.zip", False),
        ("diffusion", "series-5_MR_dwi_DiffusionBValue-0.dicom.zip", False),
        ("diffusion", "series-5_MR_dwi_EchoNumbers-1.dicom.zip", True),
        ("diffusion", "series-5_MR_dwi.dicom.zip", True),
        ("fmri", "bold.dicom.zip", True),
    ],
)
def test_no_part_replaces_a_file(project, blocks, block, part, is_started):
    """Where the parts were grouped by an attribute, nobody looked."""
    add_runs(project, blocks, block)
    put_together(project, "run1", "good")
    project.files["good"][-1]["name"] = part
    assert ("run1" in started_by(project)) == is_started


def test_no_part_replaces_a_file_of_another_type(project, blocks, capsys):
    add_runs(project, blocks, "fmri")
    put_together(project, "run1", "good")
    project.files["good"][-1] |= {"name": "series-1_MR_bold.dicom.zip", "type": "archive"}
    assert "run1" not in started_by(project)
    told = "1 left out: its parts may replace a file in its acquisition\n"
    assert told in capsys.readouterr().out


def test_files_that_were_deleted_do_not_count(project, blocks):
    add_runs(project, blocks, "fmri")
    put_together(project, "run1", "run2", "letters", "good")
    for name in ("good", "run1", "two"):
        project.files[name][-1]["deleted"] = "2026-01-01T00:00:00Z"
    project.files["good"][-1]["name"] = "series-1_MR_bold.dicom.zip"
    assert started_by(project) == ["diffusion", "nameless", "run2"]


def test_no_part_replaces_the_file_that_is_split(project, blocks):
    """It was renamed since it was checked, which makes no new version."""
    add_runs(project, blocks, "fmri")
    project.files["run1"][-1]["name"] = "series-1_MR_bold.dicom.zip"
    assert "series-1_MR_bold" not in started_by(project)


def test_one_gear_and_v2_are_asked_for(project):
    start_repairs.main(["g/p", "--gear", "dicom-fixer", "--v2", "--start"])
    assert sorted(job["inputs"]["dicom"]["name"] for job in jobs(project)) == [
        "letters.dicom.zip",
        "nameless.dicom.zip",
    ]


def test_an_option_that_the_gear_does_not_have_starts_nothing(project, monkeypatch):
    monkeypatch.setitem(OPTIONS, "dicom-splitter", SPLITTER)
    with pytest.raises(SystemExit, match="has no option delete_input, filter_archive"):
        start_repairs.main(["g/p", "--start"])
    assert jobs(project) == []


@pytest.mark.parametrize(
    "change",
    [
        {"config": {"delete_input": True}},
        {"config": {"group_by": "\x1b[31m"}},
        {"config": {"group_by": 5}},
        {"config": {"group_by": "SOPInstanceUID"}},
        {"config": {"max_geometric_splits": True}},
        {"config": {"filter_archive": 1}},
        {"gear": "dicom-fixer"},
        {"gear": ["dicom-splitter"]},
    ],
)
def test_a_repair_that_this_version_does_not_write_is_not_started(project, change):
    block = project.files["diffusion"][-1]["info"]["qc"]["viewer-check"]
    for entry in block["v3_mpr"]["data"]:
        if entry["repair"]["gear"]:
            config = entry["repair"]["config"] | change.get("config", {})
            entry["repair"] |= change | {"config": config}
    start_repairs.main(["g/p", "--start"])
    started = [job["inputs"]["dicom"]["name"] for job in jobs(project)]
    assert sorted(started) == ["nameless.dicom.zip", "two.dicom.zip"]


@pytest.mark.parametrize("odd", [5, "x", [None], {"data": 5}, {"data": [None, 5, {"repair": 5}]}])
def test_what_is_no_result_is_left_out(project, odd):
    for name in ("diffusion", "two"):
        block = project.files[name][-1]["info"]["qc"]["viewer-check"]
        block |= dict.fromkeys(block.keys() - {"summary"}, odd)
    project.files["nameless"][-1]["info"]["qc"]["viewer-check"] = odd
    start_repairs.main(["g/p", "--start"])
    assert jobs(project) == []


def test_only_its_own_words_are_printed(project, capsys):
    for entry in project.files["diffusion"][-1]["info"]["qc"]["viewer-check"]["v3_mpr"]["data"]:
        entry["repair"]["caution"] = entry["repair"]["text"] = "\x1b[31mZqxv"
    start_repairs.main(["g/p"])
    said = capsys.readouterr().out
    assert "file diffusion: dicom-splitter" in said
    assert "Zqxv" not in said


def test_metadata_that_the_list_leaves_out_are_read_from_the_file(project, capsys):
    """Such a file was said to be never checked."""
    found = project.matching
    project.matching = lambda query: [{**file, "info": {}} for file in found(query)]
    assert start_repairs.main(["g/p"]) == 0
    said = capsys.readouterr().out
    assert "1 left out: never checked" in said
    assert "3 to repair" in said


def test_a_file_that_was_split_is_not_split_again(project, capsys):
    """dicom-splitter leaves the original at its version: each run started it once more."""
    project.files["two"][-1]["tags"] = ["dicom-splitter", "delete"]
    start_repairs.main(["g/p", "--start"])
    started = [job["inputs"]["dicom"]["name"] for job in jobs(project)]
    assert sorted(started) == ["diffusion.dicom.zip", "nameless.dicom.zip"]
    assert "1 left out: split already (tag delete)\n" in capsys.readouterr().out


def job(number, state, file_id, version=1, gear="dicom-splitter"):
    file = {"file_id": file_id, "version": version, "type": "dicom"}
    inputs = {
        "dicom": {"base": "file", "object": file, "hierarchy": {"type": "acquisition", "id": "a"}},
        "api-key": {"base": "api-key", "key": "none"},
    }
    return {
        "_id": f"job{number}",
        "gear_info": {"name": gear, "version": "1"},
        "state": state,
        "config": {"inputs": inputs, "config": {}},
    }


@pytest.mark.parametrize("version", [1, None])
@pytest.mark.parametrize("state", ["pending", "running", "complete"])
def test_a_file_with_a_job_gets_no_other(project, capsys, state, version):
    found = [
        job(1, state, "two", version),
        job(2, "failed", "diffusion"),
        job(3, "cancelled", "diffusion"),
        job(4, state, "diffusion", version=0),
        job(5, state, "diffusion", gear="dicom-fixer"),
        {"_id": "job6", "gear_info": {"name": "dicom-splitter"}, "state": state},
    ]

    def listed(query):
        """Return the jobs of a gear, one a page."""
        names = f"parents.project={PROJECT},gear_info.name="
        ids = [one["_id"] for one in found]
        after = ids.index(query["after_id"]) + 1 if "after_id" in query else 0
        wanted = query["filter"].removeprefix(names)
        return [one for one in found[after:] if one["gear_info"]["name"] == wanted][:1]

    project.routes["GET", "/jobs"] = listed
    start_repairs.main(["g/p", "--start"])
    started = {body["inputs"]["dicom"]["name"] for body in jobs(project)}
    # Of an older version of "diffusion", the parts have the names of those of the present one.
    is_over = {"diffusion.dicom.zip"} if state == "complete" else set()
    assert started == {"nameless.dicom.zip"} | is_over
    assert "1 left out: dicom-splitter has a job for it\n" in capsys.readouterr().out


def test_a_job_that_begins_while_files_are_listed_is_seen(project):
    """Jobs were listed first, and the files of a large project take minutes."""
    found = project.matching

    def matching(query):
        begun = [job(1, "pending", "two")]
        project.routes["GET", "/jobs"] = lambda q: (
            begun if "splitter" in q["filter"] and "after_id" not in q else []
        )
        return found(query)

    project.matching = matching
    assert started_by(project) == ["diffusion", "letters", "nameless"]


def test_a_job_that_does_not_tell_its_file_is_told(project, capsys):
    """It was taken for none, without a word."""
    waiting = {**job(1, "pending", "two"), "config": {"config": {}}}
    project.routes["GET", "/jobs"] = lambda q: [] if "after_id" in q else [waiting]
    assert start_repairs.main(["g/p"]) == 0
    told = "jobs: 2 do not tell their file: make sure that none is for one of these\n"
    assert told in capsys.readouterr().out


def test_jobs_that_come_again_and_again_are_one_line(project):
    """They were asked for without end."""
    project.routes["GET", "/jobs"] = [job(1, "pending", "other")]
    with pytest.raises(SystemExit, match=r"^the site: pages that do not follow each other$"):
        start_repairs.main(["g/p", "--start"])
    assert jobs(project) == []


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC])
def test_output_that_nobody_takes_is_one_line_and_starts_nothing_more(project, monkeypatch, number):
    """It ended in a traceback."""
    written = []

    def write(text):
        written.append(text)
        if "diffusion: started" in text:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(start_repairs.sys.stdout, "write", write)
    with pytest.raises(SystemExit, match=f"^output: {os.strerror(number)}$"):
        start_repairs.main(["g/p", "--start"])
    assert len(jobs(project)) == 1
    assert "".join(written).endswith("started 1 of 3 jobs; run viewer-check on their outputs\n")


def test_a_file_that_is_nowhere_costs_no_other(project, capsys):
    project.files["two"][-1]["parent_ref"] = None
    assert start_repairs.main(["g/p", "--start"]) == 0
    assert "1 left out: not in an acquisition\n" in capsys.readouterr().out
    assert len(jobs(project)) == 2


@pytest.mark.usefixtures("project")
def test_a_repair_by_the_other_gear_is_told(capsys):
    start_repairs.main(["g/p", "--gear", "dicom-fixer"])
    assert "2 left out: repaired by dicom-splitter\n" in capsys.readouterr().out


def test_jobs_that_the_site_does_not_list_are_told(project, capsys):
    del project.routes["GET", "/jobs"]
    project.faults["download"] = stub_platform.status(403)
    assert start_repairs.main(["g/p"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("jobs: the site does not list them for you")
    assert "3 to repair" in said
