"""CONTRIBUTING's example of a new requirement, applied to a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("fw_gear_viewer_check", "tests", "docs", "pyproject.toml", "manifest.json")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the repository with the example in it, and its documentation made anew."""
    folder = tmp_path_factory.mktemp("copy")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (diff,) = re.findall(r"```diff\n(.*?)```", text, re.DOTALL)
    git = shutil.which("git") or "git"
    subprocess.run([git, "apply"], input=diff, text=True, cwd=folder, check=True)
    run(folder, "docs/make_requirements.py")
    return folder


def run(folder, *arguments):
    """Run Python on the copy's package; return what it wrote."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.process
def test_the_example_is_all_that_a_requirement_takes(copy):
    tests = ["tests/requirements/test_registry.py", "tests/requirements/test_perfect.py"]
    told = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not slow", *tests)
    assert int(re.search(r"(\d+) passed", told)[1]) > 250


@pytest.mark.process
def test_the_example_is_explained_and_documented(copy):
    told = run(copy, "-m", "fw_gear_viewer_check", "explain", "MPR-199")
    assert "PixelAspectRatio (0028,0034)" in told
    page = (copy / "docs" / "requirements.md").read_text(encoding="utf-8")
    assert "### MPR-199 PixelAspectRatio" in page
