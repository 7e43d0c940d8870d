"""make release-check SOURCE=... URL=...: what only a release knows is written into the manifest."""

import json
import shutil
import subprocess
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


@pytest.fixture
def whole(tmp_path, monkeypatch):
    """A tree that was unpacked from a release."""
    for name in (*release_check.MANIFESTS, "CHANGELOG.md", "fw_gear_viewer_check/model/version.py"):
        (tmp_path / "inner" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / "inner" / name)
    monkeypatch.setattr(release_check, "PROJECT", tmp_path / "inner")
    monkeypatch.setattr("sys.argv", ["release_check.py"])
    return tmp_path / "inner"


@pytest.mark.process
@pytest.mark.parametrize("kind", ["unpacked", "in another checkout", "without git", "checkout"])
def test_what_git_cannot_answer_is_not_ready(whole, monkeypatch, capsys, kind):
    """It was a traceback."""
    if kind != "unpacked":
        place = whole.parent if kind == "in another checkout" else whole
        git = shutil.which("git") or pytest.skip("git is not installed")
        subprocess.run([git, "init", "--quiet", str(place)], check=True)
    if kind == "without git":
        monkeypatch.setenv("PATH", str(whole))
    assert release_check.main() == 1
    said = capsys.readouterr().out.splitlines()
    is_checkout = "ok     " if kind == "checkout" else "NOT YET"
    assert f"{is_checkout}  this folder is a git checkout" in said
    if kind in {"unpacked", "without git"}:
        assert "NOT YET  nothing in the tree is uncommitted" in said
        assert [line[:7] for line in said if " tag v" in line and "free" in line] == ["NOT YET"]


def test_a_disk_that_is_full_leaves_both_manifests_as_they_are(manifest, monkeypatch):
    """Half of the first was left."""
    before = manifest.read_bytes()

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="No space"):
        run(monkeypatch, "--url", "https://example.org/u")
    assert manifest.read_bytes() == before
    assert sorted(p.name for p in manifest.parent.glob("*manifest*")) == ["manifest.json"]
