"""Every series of the corpus, through the gear and through the command line."""

import json
import os
import shutil
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

import run
from fw_gear_viewer_check import cli
from fw_gear_viewer_check.reports.rows import COLUMNS
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability

CORPUS = Path(
    os.environ.get("VIEWER_CHECK_CORPUS") or Path(__file__).parents[1] / "../shared/corpus"
)
SERIES = sorted(CORPUS.glob("series/*.zip"))

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not SERIES, reason="the corpus is not here"),
]

LARGEST_BLOCK = 64 * 1024


@pytest.fixture(params=SERIES, ids=lambda path: path.name.removesuffix(".dicom.zip"))
def series(request):
    return request.param


def run_gear(folder, path, monkeypatch):
    inputs = folder / "input" / "dicom"
    inputs.mkdir(parents=True)
    shutil.copy(path, inputs / path.name)
    monkeypatch.chdir(folder)
    return run.main()


@pytest.mark.process
def test_gear_and_command_line(series, tmp_path, monkeypatch, capsys):
    assert run_gear(tmp_path, series, monkeypatch) == 0
    capsys.readouterr()
    stem = series.name.removesuffix(".dicom.zip")
    table = pd.read_csv(
        tmp_path / "output" / f"{stem}_viewer_check.csv", keep_default_na=False, dtype=str
    )
    check_table(table, series.name)
    metadata = json.loads((tmp_path / "output" / ".metadata.json").read_text())
    check_metadata(metadata, series.name, table)

    monkeypatch.setattr("sys.argv", ["viewer-check", "check", "--format", "json", str(series)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    document = json.loads(capsys.readouterr().out)
    (judged,) = document["inputs"]
    assert ended.value.code == (0 if judged["overall"] == "PASS" else 1)
    assert [row["requirement"] for row in judged["results"]] == list(table["requirement"])
    assert [row["status"] for row in judged["results"]] == list(table["status"])
    assert "check stopped" not in json.dumps(document)


def check_table(table, name):
    assert list(table.columns) == list(COLUMNS)
    assert set(table["file"]) == {name}
    per_series = len(REQUIREMENTS)
    assert len(table) % per_series == 0
    assert list(table["requirement"][:per_series]) == [r.id for r in REQUIREMENTS]
    assert set(table["status"]) <= {"PASS", "FAIL", "NOT_APPLICABLE", "UNKNOWN"}
    assert set(table["level"]) <= {"required", "note"}
    assert (table["affected"].astype(int) <= table["checked"].astype(int)).all()
    failing = table[table["status"] == "FAIL"]
    assert (failing["affected"].astype(int) > 0).all()
    assert (failing["examples"] != "").all()
    assert (table["evidence"] != "").all()


def check_metadata(metadata, name, table):
    (file,) = metadata["acquisition"]["files"]
    assert file["name"] == name
    block = file["info"]["qc"]["viewer-check"]
    assert len(json.dumps(block)) < LARGEST_BLOCK
    summary = block["summary"]
    assert "state" not in summary
    assert file["tags"] == ["viewer-check", f"viewer-check-{summary['overall']}"]
    errors = ((table["status"] == "FAIL") & (table["level"] == "required")).sum()
    assert summary["errors"] == errors
    for capability in Capability:
        state = summary[capability.value]
        entry = block.get(capability.value)
        assert (entry is None) == (state == "NOT_APPLICABLE")
        if entry is not None:
            assert entry["state"] == {"UNKNOWN": "NA"}.get(state, state)
            jsonschema.validate(entry["data"], ENTRIES)
            assert bool(entry["data"]) or state == "PASS"


ENTRIES = {
    "type": ["array", "null"],
    "maxItems": 50,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["type", "code", "message", "affected", "checked", "examples", "repair"],
        "properties": {
            "type": {"enum": ["error", "warning"]},
            "code": {"enum": [r.id for r in REQUIREMENTS]},
            "message": {"type": "string", "minLength": 1},
            "affected": {"type": "integer", "minimum": 0},
            "checked": {"type": "integer", "minimum": 0},
            "examples": {"type": "array", "maxItems": 10, "items": {"type": "string"}},
            "repair": {
                "type": "object",
                "required": ["kind", "text", "gear", "config", "caution"],
                "properties": {"kind": {"enum": ["gear", "export", "manual", "none"]}},
            },
        },
    },
}
