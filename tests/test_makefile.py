"""make clears and removes only what make made, and writes nothing of the shell into a manifest."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examples import demo_folder

MAKE = shutil.which("make") or ""
MAKEFILE = Path(__file__).parents[1] / "Makefile"
# What ``python -m venv`` does, without the seconds.
PYTHON = """#!/bin/sh
for last; do :; done
case "$*" in *"venv --clear"*)
    mkdir -p "$last"; rm -rf "$last"/*; mkdir "$last/bin"; cp "$0" "$last/bin/python";;
esac
"""

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not MAKE, reason="make is not installed"),
]


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "tree"
    folder.mkdir()
    shutil.copy(MAKEFILE, folder)
    for name in ("requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        (folder / name).touch()
    (folder / "python").write_text(PYTHON)
    (folder / "python").chmod(0o755)
    return folder


def make(tree, *arguments, **environment):
    return subprocess.run(
        [MAKE, "--no-print-directory", "PYTHON=./python", *arguments],
        cwd=tree,
        env={name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def kept(folder):
    """Make a folder with a user's file; return the file."""
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    return folder / "notes.txt"


@pytest.mark.parametrize("is_link", [False, True])
def test_an_environment_that_make_did_not_make_stays(tree, is_link):
    """It was emptied, also behind a link."""
    mine = kept(tree.parent / "shared" if is_link else tree / ".venv")
    if is_link:
        (tree / ".venv").symlink_to(mine.parent)
    for target in ("demo", "setup", "test"):
        done = make(tree, target)
        assert done.returncode == 2
        assert ".venv was not made by make" in done.stderr
    make(tree, "clean")
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("venv", [".venv", ".venv-3.12"])
def test_its_own_environment_is_cleared_and_removed(tree, venv):
    first = make(tree, f"VENV={venv}", f"{venv}/.gear")
    assert first.returncode == 0, first.stderr
    (tree / venv / "stale").touch()
    (tree / venv / ".gear").unlink()  # a step that was interrupted
    assert make(tree, f"VENV={venv}", f"{venv}/.gear").returncode == 0
    assert not (tree / venv / "stale").exists()
    assert make(tree, "clean").returncode == 0
    assert not (tree / venv).exists()


def test_clean_leaves_what_users_put_there(tree):
    """It removed a config.json that was edited, and results of the user's own runs."""
    (tree / "examples").mkdir()
    shutil.copy(demo_folder.__file__, tree / "examples")
    mine = [kept(tree / name) for name in ("build", "dist", ".venv-mine", "demo")]
    names = ["config.json", "output/ball_viewer_check.csv", "output/.metadata.json"]
    names += ["input/dicom/ball.dicom.zip", "output/ball_viewer_check.html"]
    demo = tree / "demo"
    for name in names:
        (demo / name).parent.mkdir(parents=True, exist_ok=True)
        (demo / name).write_text("made")
    demo_folder.record(demo, names)
    mine += [demo / "config.json", demo / "output" / "own_viewer_check.csv"]
    for path in mine:
        path.write_text("mine")
    (tree / ".venv-link").symlink_to(tree.parent)
    assert make(tree, "clean", f"PYTHON={sys.executable}").returncode == 0
    assert [path.read_text() for path in mine] == ["mine"] * len(mine)
    left = {path.relative_to(demo).as_posix() for path in demo.rglob("*")}
    assert left == {"config.json", "notes.txt", "output", "output/own_viewer_check.csv"}
    assert (tree / ".venv-link").is_symlink()


def test_variables_of_the_shell_go_into_no_manifest(tree):
    shell = dict.fromkeys(("URL", "SOURCE"), "https://intranet.example")
    assert "intranet" not in make(tree, "-n", "release-check", **shell).stdout
    told = make(tree, "-n", "release-check", "URL=https://example.org").stdout
    assert '--source "" --url "https://example.org"' in told
