"""make release-check SOURCE=... URL=...: what only a release knows is written into the manifest."""

import json
import shutil
from pathlib import Path

import pytest

from tools import release_check

PROJECT = Path(__file__).parents[1]


@pytest.fixture(params=release_check.MANIFESTS)
def manifest(tmp_path, monkeypatch, request):
    (tmp_path / "report").mkdir()
    for name in release_check.MANIFESTS:
        shutil.copy(PROJECT / name, tmp_path / name)
    monkeypatch.setattr(release_check, "PROJECT", tmp_path)
    return tmp_path / request.param


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["release_check.py", *arguments])
    return release_check._manifests()


def test_addresses_are_written_and_stay(manifest, monkeypatch):
    run(monkeypatch, "--source", "https://example.org/s", "--url", "https://example.org/u")
    run(monkeypatch, "--source", "", "--url", "")
    written = json.loads(manifest.read_text())
    assert (written["source"], written["url"]) == ("https://example.org/s", "https://example.org/u")


def test_without_addresses_the_manifest_stays_as_it_is(manifest, monkeypatch):
    before = manifest.read_bytes()
    run(monkeypatch)
    assert manifest.read_bytes() == before


@pytest.mark.parametrize("text", ["example.org", "http://example.org", "https://a b"])
def test_what_is_no_address_is_refused(manifest, monkeypatch, capsys, text):
    before = manifest.read_bytes()
    with pytest.raises(SystemExit):
        run(monkeypatch, "--source", text)
    assert "begins with https://" in capsys.readouterr().err
    assert manifest.read_bytes() == before
