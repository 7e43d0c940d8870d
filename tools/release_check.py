#!/usr/bin/env python3
"""Is this tree ready to be released? Checks what can be checked offline, and lists the rest."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent
STEPS = """
What is left to do, by hand:
  1. make check image image-test        all gates, and the image as users run it
  2. git tag -a v{version} -m "viewer-check {version}" && git push --tags
  3. docker tag {image} YOUR_REGISTRY/{image} && docker push YOUR_REGISTRY/{image}
  4. with the Flywheel command line, logged in to your site, in this folder:
         fw-beta gear upload            (reads manifest.json; the image must be there)
  5. python -m build && twine upload dist/*      the library and the command line
  6. open a new [Unreleased] in CHANGELOG.md
"""


def main() -> int:
    """Print what is ready, what is not, and what to do then."""
    version = _in_file("fw_gear_viewer_check/model/version.py", r'^__version__ = "([^"]+)"')
    manifest = json.loads((PROJECT / "manifest.json").read_text())
    image = manifest["custom"]["gear-builder"]["image"]
    unreleased = _in_file("CHANGELOG.md", r"^## \[Unreleased\]\n(.*?)^## \[")
    checks = {
        f"manifest has version {version}": manifest["version"] == version,
        f"image is tagged {version}": image == f"{manifest['name']}:{version}",
        f"changelog has {version} on top": _in_file("CHANGELOG.md", r"^## \[(\d.*?)\]") == version,
        "changelog dates that version": bool(
            _in_file("CHANGELOG.md", rf"^## \[{re.escape(version)}\] - (\d{{4}}-\d\d-\d\d)$")
        ),
        "nothing in the changelog is unreleased": not unreleased.strip(),
        "nothing in the tree is uncommitted": not _git("status", "--porcelain"),
        f"tag v{version} is free": not _git("tag", "--list", f"v{version}"),
        "manifest says where the source is": bool(manifest["url"] and manifest["source"]),
    }
    for what, holds in checks.items():
        print(f"{'ok     ' if holds else 'NOT YET'}  {what}")
    print(STEPS.format(version=version, image=image))
    return 0 if all(checks.values()) else 1


def _in_file(name: str, pattern: str) -> str:
    """Return what the pattern's group matches first; "" when nothing does."""
    found = re.search(pattern, (PROJECT / name).read_text(), re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(PROJECT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
