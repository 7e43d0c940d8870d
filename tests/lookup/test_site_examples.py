"""The scripts for rules and batches, with the real SDK against the stub of a site."""

import os
import subprocess
import sys
from unittest import mock

import httpx2
import pytest

from fw_gear_viewer_check.gear.sdk import SDK_SETTINGS
from tests.lookup.stub_platform import PROJECT, SECRET, body

# The SDK reads its settings when it is imported.
from tests.lookup import sdk  # noqa: F401  # isort: skip

pytestmark = pytest.mark.long

gear_rule = pytest.importorskip("examples.gear_rule")
batch = pytest.importorskip("examples.batch")
start_repairs = pytest.importorskip("examples.start_repairs")

GEAR_DOC = {
    "_id": "gear1",
    "category": "qa",
    "gear": {
        "name": "viewer-check",
        "version": "0.1.0",
        "inputs": {"dicom": {"base": "file"}},
        "config": {"tag": {"type": "string", "default": "viewer-check"}},
    },
}
RULE = {"_id": "rule1", "gear_id": "gear0", "name": "viewer-check", "project_id": PROJECT}
EDITED = {
    **RULE,
    "role_id": "r9",
    "priority": "high",
    "auto_update": False,
    "disabled": True,
    "all": [
        {"type": "file.type", "value": "dicom"},
        {"type": "file.tags", "value": "file-classifier"},
        {"type": "container.has-tag", "value": "trial"},
    ],
    "any": [{"type": "file.modality", "value": "CT|MR", "regex": True}],
    "not": [
        {"type": "file.tags", "value": "viewer-check"},
        {"type": "file.tags", "value": "do-not-check"},
    ],
    "config": {"as_note": "V2-105", "hide_names": True},
}
"""A rule that this script has made, and that was edited in the project's settings."""


def looked_up(body):
    if body["path"][0] == "gears":
        return {"container_type": "gear", **GEAR_DOC}
    return {"container_type": "project", "_id": PROJECT, "label": "p", "group": "g"}


def gear_of_rule(name):
    gear = {"name": name, "version": "0.0.9", "inputs": {}, "config": {}}
    return {"_id": "gear0", "category": "qa", "gear": gear}


@pytest.fixture
def site(platform, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_API_KEY", platform.key)
    platform.routes |= {
        ("GET", "/auth/status"): {"origin": {"type": "user", "id": "u"}, "user_is_admin": False},
        ("POST", "/lookup"): looked_up,
        ("GET", "/roles"): [{"_id": "r1", "label": "read-only"}, {"_id": "r2", "label": "admin"}],
        ("GET", f"/projects/{PROJECT}/rules"): [],
        ("GET", "/gears/gear0"): gear_of_rule("viewer-check"),
        ("POST", f"/projects/{PROJECT}/rules"): RULE,
        ("PUT", f"/projects/{PROJECT}/rules/rule1"): RULE,
    }
    return platform


def changes(site):
    return [(method, path, body) for method, path, body in site.sent if path != "/lookup"]


def test_a_rule_is_shown_and_nothing_changed(site, capsys):
    assert gear_rule.main(["g/p"]) == 0
    assert changes(site) == []
    said = capsys.readouterr().out
    assert "g/p: make the rule 'viewer-check'" in said
    assert said.endswith("nothing was changed: add --apply to save the rule\n")


def test_a_rule_is_made(site, tmp_path):
    profile = tmp_path / "site.toml"
    profile.write_text('require = "v3_open"\ntag = "qc"\n')
    gear_rule.main(["g/p", "--after", "classifier", "--config", str(profile), "--apply"])
    ((method, path, body),) = changes(site)
    assert (method, path) == ("POST", f"/projects/{PROJECT}/rules")
    assert body["all"] == [
        {"type": "file.type", "value": "dicom"},
        {"type": "file.tags", "value": "classifier"},
    ]
    assert body["not"] == [{"type": "file.tags", "value": "qc"}]
    assert (body["gear_id"], body["role_id"], body["priority"]) == ("gear1", "r1", "low")
    assert body["config"] == {"require": "v3_open", "tag": "qc"}


def test_of_a_rule_that_is_there_only_the_version_of_the_gear_changes(site, capsys):
    """Its config and its conditions were lost, and it was switched on, without a word."""
    site.routes["GET", f"/projects/{PROJECT}/rules"] = [{**RULE, "name": "other"}, EDITED]
    gear_rule.main(["g/p", "--apply"])
    ((method, path, body),) = changes(site)
    assert (method, path) == ("PUT", f"/projects/{PROJECT}/rules/rule1")
    assert body == {"gear_id": "gear1"}
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line[0] in "+-"] == [
        *('-  "gear_id": "gear0",', '+  "gear_id": "gear1",'),
        *('-  "gear": "viewer-check 0.0.9"', '+  "gear": "viewer-check 0.1.0"'),
    ]
    assert '     "hide_names": true' in said


@pytest.mark.parametrize("more", [{}, {"regex": False}])
def test_the_tag_of_a_profile_replaces_the_one_before(site, tmp_path, more):
    """A condition as sites send it kept the old tag: files with it were never checked again."""
    old = {"type": "file.tags", "value": "viewer-check", **more}
    site.routes["GET", f"/projects/{PROJECT}/rules"] = [{**RULE, "not": [old]}]
    profile = tmp_path / "site.toml"
    profile.write_text('tag = " qc "\n')
    gear_rule.main(["g/p", "--config", str(profile), "--apply"])
    ((_, _, body),) = changes(site)
    assert body["not"] == [{"type": "file.tags", "value": "qc"}]


def test_of_a_rule_that_is_there_what_is_named_changes(site, tmp_path, capsys):
    site.routes["GET", f"/projects/{PROJECT}/rules"] = [EDITED]
    profile = tmp_path / "site.toml"
    profile.write_text('tag = "qc"\n')
    named = ["--priority", "low", "--role", "admin", "--after", "last", "--config", str(profile)]
    gear_rule.main(["g/p", *named, "--apply"])
    ((_, _, body),) = changes(site)
    assert body == {
        "gear_id": "gear1",
        "role_id": "r2",
        "priority": "low",
        "config": {"tag": "qc"},
        "all": [EDITED["all"][0], EDITED["all"][2], {"type": "file.tags", "value": "last"}],
        "not": [EDITED["not"][1], {"type": "file.tags", "value": "qc"}],
    }
    assert '-    "hide_names": true' in capsys.readouterr().out.splitlines()


def test_a_rule_that_is_as_it_will_be_is_shown(site, capsys):
    site.routes["GET", f"/projects/{PROJECT}/rules"] = [{**EDITED, "gear_id": "gear1"}]
    site.routes["GET", "/gears/gear1"] = {**GEAR_DOC}
    gear_rule.main(["g/p"])
    assert '    "hide_names": true' in capsys.readouterr().out.splitlines()


def test_two_rules_of_the_name_are_not_touched(site):
    site.routes["GET", f"/projects/{PROJECT}/rules"] = [EDITED, {**EDITED, "_id": "rule2"}]
    with pytest.raises(SystemExit, match="has 2 rules 'viewer-check'"):
        gear_rule.main(["g/p", "--apply"])
    assert changes(site) == []


def test_a_rule_of_another_gear_is_not_touched(site):
    site.routes["GET", f"/projects/{PROJECT}/rules"] = [EDITED]
    site.routes["GET", "/gears/gear0"] = gear_of_rule("dicom-qc")
    with pytest.raises(SystemExit, match="a rule 'viewer-check' of another gear, dicom-qc"):
        gear_rule.main(["g/p", "--apply"])
    assert changes(site) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--role", "nobody"], "no role 'nobody'; it has admin, read-only"),
        (["--config", "/no/such.toml"], "cannot be read"),
    ],
)
def test_a_rule_that_cannot_be_made_is_one_line(site, arguments, told):
    with pytest.raises(SystemExit, match=told):
        gear_rule.main(["g/p", "--apply", *arguments])
    assert changes(site) == []


def add(site, acquisition, name, **more):
    """Add a file of an acquisition."""
    file = site.add(name, series="1.2.3", **more)
    file["parent_ref"] = {"type": "acquisition", "id": acquisition}
    file["parents"]["acquisition"] = acquisition
    return file


@pytest.fixture
def project(site):
    add(site, "good", "a")
    add(site, "two", "b")
    add(site, "two", "c")
    add(site, "zip", "d", type="archive")
    done = add(site, "done", "e", version=2)
    done["info"]["qc"] = {"viewer-check": {"summary": {"file_version": 2}}}
    stale = add(site, "stale", "f", version=3)
    stale["info"]["qc"] = {"viewer-check": {"summary": {"file_version": 2}}}
    output = add(site, "good", "g")
    output["parent_ref"] = {"type": "analysis", "id": "an1"}
    acquisitions = ("good", "two", "zip", "done", "stale")
    for acquisition in acquisitions:
        files = [v[-1] for v in site.files.values() if v[-1]["parent_ref"]["id"] == acquisition]
        site.routes["GET", f"/acquisitions/{acquisition}"] = {"_id": acquisition, "files": files}
    site.routes["GET", "/collections/col1/acquisitions"] = [{"_id": a} for a in acquisitions]
    site.routes["POST", "/batch"] = {
        "_id": "b1",
        "matched": [{}, {}],
        "ambiguous": [],
        "not_matched": [],
    }
    site.routes["POST", "/batch/b1/run"] = [{"_id": "j1"}, {"_id": "j2"}]
    return site


WAYS = [
    ["g/p"],
    ["--collection", "col1"],
    [w for a in ("good", "two", "zip", "done", "stale") for w in ("--acquisition", a)],
]


@pytest.mark.parametrize("way", WAYS, ids=["project", "collection", "acquisitions"])
def test_a_batch_is_proposed_and_not_started(project, capsys, way):
    assert batch.main(way) == 0
    ((_, path, body),) = changes(project)
    assert path == "/batch"
    assert body["targets"] == [
        {"type": "acquisition", "id": "good"},
        {"type": "acquisition", "id": "stale"},
    ]
    assert (body["gear_id"], body["optional_input_policy"]) == ("gear1", "ignored")
    said = capsys.readouterr().out
    for line in (
        "left out: acquisition two: more than one DICOM file: use the gear rule",
        "left out: acquisition zip: a zip of type archive: set its type to dicom",
        "left out: acquisition done: checked already",
        "2 to check",
        "nothing was started: add --start to start the batch",
    ):
        assert line in said.splitlines()


@pytest.mark.parametrize(
    "info",
    [
        {},
        *({"qc": qc} for qc in (None, "text", ["list"], {"viewer-check": "text"})),
        *(
            {"qc": {"viewer-check": {"summary": one}}}
            for one in (None, "x", [1], {"file_version": "1"})
        ),
    ],
)
def test_a_result_of_another_shape_is_to_be_checked(project, info, capsys):
    """It ended the batch of all files in a traceback."""
    project.files["a"][-1]["info"] = info
    assert batch.main(["g/p"]) == 0
    assert "2 to check" in capsys.readouterr().out


@pytest.mark.parametrize("way", WAYS, ids=["project", "collection", "acquisitions"])
def test_metadata_that_the_list_leaves_out_are_read_from_the_file(project, capsys, way):
    """Such a file was checked again."""
    found = project.matching
    project.matching = lambda query: [{**file, "info": {}} for file in found(query)]
    (file,) = project.routes["GET", "/acquisitions/done"]["files"]
    project.routes["GET", "/acquisitions/done"]["files"] = [{**file, "info": {}}]
    assert batch.main(way) == 0
    assert "left out: acquisition done: checked already" in capsys.readouterr().out


@pytest.mark.parametrize("way", WAYS, ids=["project", "collection", "acquisitions"])
def test_files_that_were_deleted_are_not_checked(project, way):
    for name in ("a", "b"):
        project.files[name][-1]["deleted"] = "2026-01-01T00:00:00Z"
    assert batch.main(way) == 0
    ((_, _, body),) = changes(project)
    assert [one["id"] for one in body["targets"]] == ["stale", "two"]


def test_a_batch_is_started(project, capsys, tmp_path):
    profile = tmp_path / "site.toml"
    profile.write_text("fail_on = 'never'\nmax_instances = 9\n")
    assert batch.main(["g/p", "--config", str(profile), "--start"]) == 0
    (_, _, proposed), (_, started, _) = changes(project)
    assert proposed["config"]["max_instances"] == 9
    assert started == "/batch/b1/run"
    assert capsys.readouterr().out.endswith("started 2 jobs in batch b1\n")


def test_nothing_to_check_proposes_nothing(site):
    assert batch.main(["g/p", "--start"]) == 0
    assert changes(site) == []


def test_a_batch_of_nothing_is_wrong_usage(site, capsys):
    with pytest.raises(SystemExit):
        batch.main([])
    assert "name a project" in capsys.readouterr().err
    assert site.requests == []


SCRIPTS = [gear_rule, batch, start_repairs]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_project_that_is_not_there_is_one_line(site, script):
    """It was a traceback that quoted the site, here with the key."""
    site.routes["POST", "/lookup"] = 404
    with pytest.raises(SystemExit) as ended:
        script.main(["g/typo"])
    assert ended.value.code == "g/typo: not found (404)"


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_that_is_interrupted_ends_without_a_traceback(script, monkeypatch):
    lookup = mock.Mock(side_effect=KeyboardInterrupt)
    monkeypatch.setattr(script.site.flywheel.Client, "lookup", lookup)
    with pytest.raises(SystemExit) as ended:
        script.main(["g/p"])
    assert ended.value.code == 130


@pytest.mark.usefixtures("site")
def test_an_acquisition_that_is_not_there_is_one_line():
    with pytest.raises(SystemExit) as ended:
        batch.main(["--acquisition", "typo"])
    assert ended.value.code == "acquisition typo: not found (404)"
    with pytest.raises(SystemExit) as ended:
        batch.main(["--collection", "typo"])
    assert ended.value.code == "collection typo: not found (404)"


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_key_that_is_wrong_is_one_line(site, script, monkeypatch):
    monkeypatch.setenv("HOME", "/nonexistent")
    wrong = site.key.replace("s3cret", "wr0ng")
    for key in ("", "nonsense", "host:notaport:key"):
        monkeypatch.setenv("FLYWHEEL_API_KEY", key)
        with pytest.raises(SystemExit, match=r"^no valid api-key: set FLYWHEEL_API_KEY"):
            script.main(["g/p"])
    monkeypatch.setenv("FLYWHEEL_API_KEY", wrong)
    del site.routes["GET", "/auth/status"]
    with pytest.raises(SystemExit) as ended:
        script.main(["g/p"])
    assert ended.value.code == "the site: unauthorized (401)"


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_site_that_does_not_answer_is_one_line(site, script, monkeypatch):
    def fail(*_):
        message = f"at {site.key}"
        raise httpx2.ConnectError(message)

    monkeypatch.setattr(script.site.flywheel.Client, "lookup", fail)
    with pytest.raises(SystemExit) as ended:
        script.main(["g/p"])
    assert ended.value.code == "g/p: no connection, or it was lost (ConnectError)"
    assert SECRET not in str(ended.value)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("answer", [[], {"container_type": "none"}, lambda _: None, "text"])
def test_a_project_of_another_shape_is_one_line(site, script, answer):
    site.routes["POST", "/lookup"] = answer
    with pytest.raises(SystemExit, match=r"^[\w/ ]+: the answer could not be understood \(\w+\)$"):
        script.main(["g/p"])
    assert changes(site) == []


@pytest.mark.parametrize("script", [batch, start_repairs])
@pytest.mark.parametrize("sent", [b"<html>login</html>", b"null", b"[5]"])
def test_files_of_another_shape_are_one_line(site, script, sent):
    site.faults["files"] = body(sent)
    site.routes["GET", "/jobs"] = []
    with pytest.raises(SystemExit, match=r"^the site: the answer could not be understood \(\w+\)$"):
        script.main(["g/p"])


def test_a_file_that_is_nowhere_costs_no_other(project, capsys):
    project.files["a"][-1]["parent_ref"] = None
    assert batch.main(["g/p"]) == 0
    assert "1 to check" in capsys.readouterr().out


@pytest.mark.process
@pytest.mark.parametrize("script", SCRIPTS)
def test_settings_of_the_sdk_that_are_no_numbers_change_nothing(script):
    """They were a traceback before the first line."""
    environment = {**os.environ, **dict.fromkeys(SDK_SETTINGS, "soon")}
    command = [sys.executable, "-m", script.__name__, "--help"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("usage: ")


def test_a_batch_that_is_refused_is_one_line(project):
    project.routes["POST", "/batch"] = 409
    with pytest.raises(SystemExit) as ended:
        batch.main(["g/p", "--start"])
    assert ended.value.code == "the site: conflict (409)"
