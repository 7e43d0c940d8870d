#!/usr/bin/env python3
"""Hold manifest.json against the schemas of fw-gear, the successor of the gear toolkit.

    python tools/check_manifest.py FOLDER_OF_FW_GEAR

Stricter than the toolkit's: each option needs a type, suite and classification come from a list.
Only the schema files of the package are read, it need not be installed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft4Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST = Path(__file__).parent.parent / "manifest.json"


def main() -> int:
    """Print what is wrong with the manifest."""
    problems = list(_problems(json.loads(MANIFEST.read_text()), Path(sys.argv[1])))
    for problem in problems:
        print(f"{MANIFEST.name}: {problem}")
    if not problems:
        print(f"{MANIFEST.name}: valid for fw-gear")
    return 1 if problems else 0


def _problems(manifest: dict[str, Any], package: Path) -> Iterator[str]:
    schema = json.loads((package / "manifest.schema.json").read_text())
    for error in Draft4Validator(schema).iter_errors(manifest):
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
    listed = json.loads((package / "gear_spec_schema.json").read_text())
    flywheel = manifest["custom"]["flywheel"]
    if flywheel["suite"] not in listed["suite"]:
        yield f"suite {flywheel['suite']} is none of {', '.join(listed['suite'])}"
    for kind, names in flywheel["classification"].items():
        for name in names:
            if name not in listed[kind]:
                yield f"{kind} {name} is none of {', '.join(listed[kind])}"


if __name__ == "__main__":
    sys.exit(main())
