"""Writes docs/licences.md from the lock; ``--check`` fails where it is stale."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker

from docs.made_page import write_or_check

TARGET = Path(__file__).with_name("licences.md")
LOCK = TARGET.parent.parent / "requirements.txt"
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$", re.MULTILINE)
LONGEST = 60
"""Characters of a licence's name; some packages put its text there."""
FRONT = """# Licences of what the image installs

Made by `make docs` from `requirements.txt` and what the packages say of themselves: do not edit.
Nothing of them is part of this project's own files; each keeps its own licence in the image.

| package | version | licence |
|---|---|---|
"""


def written() -> str:
    """Return the page."""
    rows = [
        f"| {name} | {version} | {licence_of(name) if _applies(marker) else 'not installed'} |"
        for name, version, marker in PINNED.findall(LOCK.read_text(encoding="utf-8"))
    ]
    return FRONT + "\n".join(rows) + "\n"


def _applies(marker: str) -> bool:
    """Return whether a package is installed here, and so in the image."""
    return not marker or Marker(marker).evaluate()


def licence_of(name: str) -> str:
    """Return a package's licence: its SPDX expression, its classifiers, or what it says."""
    told = metadata.metadata(name).json
    expression = told.get("license_expression")
    if expression:
        return str(expression)
    prefix = "License :: "
    classifiers = [
        c.rpartition(" :: ")[2] for c in told.get("classifier", []) if c.startswith(prefix)
    ]
    said = str(told.get("license") or "").strip().partition("\n")[0]
    short = said if 0 < len(said) <= LONGEST else ""
    return " / ".join(dict.fromkeys(classifiers)) or short or "see its files"


if __name__ == "__main__":
    write_or_check(TARGET, written())
