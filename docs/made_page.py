"""A page that is made: written, or with ``--check`` compared with what stands there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_or_check(target: Path, page: str) -> None:
    """Write the page; with ``--check`` on the command line end with a line where it is stale."""
    if "--check" not in sys.argv[1:]:
        target.write_text(page, encoding="utf-8")
    elif not target.is_file() or target.read_text(encoding="utf-8") != page:
        sys.exit(f"{target.name} is stale: run make docs")
