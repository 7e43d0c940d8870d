"""Writes docs/requirements.md from the registry; ``--check`` fails where it is stale."""

from __future__ import annotations

import sys
from pathlib import Path

from fw_gear_viewer_check.reports.rules import as_markdown
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS

TARGET = Path(__file__).with_name("requirements.md")


def main() -> None:
    """Write the page, or compare it."""
    written = as_markdown(REQUIREMENTS)
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(written, encoding="utf-8")
    elif not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != written:
        sys.exit(f"{TARGET.name} is stale: run make docs")


if __name__ == "__main__":
    main()
