import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "licences.md"


def test_every_locked_package_has_its_licence_on_the_page():
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    locked = re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE)
    rows = re.findall(
        r"^\| (\S+) \| (\S+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [row[:2] for row in rows[1:]] == locked
    assert all(licence.strip() for *_, licence in rows)


@pytest.mark.process
def test_the_page_is_what_the_packages_say():
    make = [sys.executable, str(ROOT / "docs" / "make_licences.py"), "--check"]
    ended = subprocess.run(make, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_every_locked_package_has_a_hash():
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-hostile.txt"):
        lock = (ROOT / name).read_text(encoding="utf-8")
        entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
        assert len(entries) > 20
        assert [e.partition("==")[0] for e in entries if "--hash=sha256:" not in e] == []
