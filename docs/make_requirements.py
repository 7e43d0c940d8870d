"""Writes docs/requirements.md from the registry; ``--check`` fails where it is stale."""

from __future__ import annotations

from pathlib import Path

from docs.made_page import write_or_check
from fw_gear_viewer_check.reports.rules import as_markdown
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS

TARGET = Path(__file__).with_name("requirements.md")


if __name__ == "__main__":
    write_or_check(TARGET, as_markdown(REQUIREMENTS))
