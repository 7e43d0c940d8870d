#!/usr/bin/env python3
"""Is this tree ready to be released? Checks what can be checked offline, and lists the rest.

    python tools/release_check.py [--source URL] [--url URL]

--source and --url write into the manifests where the source and the pages of the gears are.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from fw_gear_viewer_check.system.files import write_texts

PROJECT = Path(__file__).parent.parent
MANIFESTS = ("manifest.json", "report/manifest.json")
"""Of the gear viewer-check and of viewer-check-report: one image holds both."""
STEPS = """
What is left to do, by hand:
  1. make check image image-test        all gates, and the image as users run it
  2. git tag -a v{version} -m "viewer-check {version}" && git push --tags
  3. with the Flywheel command line, logged in to your site as an admin, in this folder:
         fw-beta gear upload
     It reads manifest.json, tags the image {image} for the site, pushes it to the
     site's own registry and adds the gear: a registry of yours is not needed. Then the
     same in the folder report/, for the gear viewer-check-report in the same image.
  4. python -m build && twine upload dist/*      the library and the command line
  5. open a new [Unreleased] in CHANGELOG.md
"""


def main() -> int:
    """Print what is ready, what is not, and what to do then."""
    manifests = _manifests()
    manifest = manifests[0]
    version = _in_file("fw_gear_viewer_check/model/version.py", r'^__version__ = "([^"]+)"')
    image = manifest["custom"]["gear-builder"]["image"]
    unreleased = _in_file("CHANGELOG.md", r"^## \[Unreleased\]\n(.*?)^## \[")
    checks = {
        f"manifests have version {version}": all(m["version"] == version for m in manifests),
        f"image is tagged {version}": image == f"{manifest['name']}:{version}",
        "both gears are in one image": all(
            m["custom"]["gear-builder"]["image"] == image for m in manifests
        ),
        f"changelog has {version} on top": _in_file("CHANGELOG.md", r"^## \[(\d.*?)\]") == version,
        "changelog dates that version": bool(
            _in_file("CHANGELOG.md", rf"^## \[{re.escape(version)}\] - (\d{{4}}-\d\d-\d\d)$")
        ),
        "nothing in the changelog is unreleased": not unreleased.strip(),
        # Not of a repository that this folder, unpacked from a release, happens to lie in.
        "this folder is a git checkout": _git("rev-parse", "--show-prefix") == "",
        "nothing in the tree is uncommitted": _git("status", "--porcelain") == "",
        f"tag v{version} is free": _git("tag", "--list", f"v{version}") == "",
        "manifests say where the source is (make release-check SOURCE=https://...)": all(
            m["source"] for m in manifests
        ),
        "manifests say where the pages are (make release-check URL=https://...)": all(
            m["url"] for m in manifests
        ),
    }
    for what, holds in checks.items():
        print(f"{'ok     ' if holds else 'NOT YET'}  {what}")
    print(STEPS.format(version=version, image=image))
    return 0 if all(checks.values()) else 1


def _manifests() -> list[dict[str, Any]]:
    """Return the manifests, with the places that the command line names written into them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=_address)
    parser.add_argument("--url", type=_address)
    given = parser.parse_args()
    manifests, changed = [], {}
    for path in (PROJECT / name for name in MANIFESTS):
        manifest: dict[str, Any] = json.loads(path.read_text())
        manifests.append(manifest)
        places = {n: getattr(given, n) or manifest[n] for n in ("url", "source")}
        if not places.items() <= manifest.items():
            manifest |= places
            changed[path] = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    write_texts(changed)
    return manifests


def _address(text: str) -> str:
    if text and not re.fullmatch(r"https://\S+", text):
        message = f"{text!r} is no address that begins with https://"
        raise argparse.ArgumentTypeError(message)
    return text


def _in_file(name: str, pattern: str) -> str:
    """Return what the pattern's group matches first; "" when nothing does."""
    found = re.search(pattern, (PROJECT / name).read_text(), re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def _git(*arguments: str) -> str | None:
    """Return what git says; None where it is not installed, or knows nothing of this folder."""
    command = ["git", "-C", str(PROJECT), *arguments]
    try:
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return None if ended.returncode else ended.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
