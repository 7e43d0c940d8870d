"""Writes docs/situations.md from tests/situations; ``--check`` fails where it is stale."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the situations are part of the tests

from docs.made_page import write_or_check  # noqa: E402
from fw_gear_viewer_check.requirements.registry import BY_ID  # noqa: E402
from tests.situations.situation import CAPABILITIES, told  # noqa: E402
from tests.situations.table import TABLE  # noqa: E402

TARGET = Path(__file__).with_name("situations.md")
SIGNS = {"P": "yes", "F": "no", "U": "?", "-": ""}
HEAD = """\
# What real sites upload, and what is reported

<!-- Written by `make docs` from tests/situations: do not edit. -->

Each row is a series that the tests create and check. It shows the headline of the report, the
result of each capability ("?": cannot be determined from this file; blank: does not apply), and the
[requirements](requirements.md) that are not met. V2 requirements are listed only where the row is
about V2.
"""


def as_markdown() -> str:
    """Return the page."""
    columns = ["Situation", "Headline", *(c.value for c in CAPABILITIES), "Not met"]
    lines = [HEAD]
    for group, situations in TABLE.items():
        lines += [f"## {group}", "", _row(columns), _row(["---"] * len(columns))]
        for situation in situations:
            signs = [SIGNS[letter] for letter in situation.verdicts]
            rows = "; ".join(_named(row) for row in situation.rows.split())
            lines.append(_row([situation.name, told(situation).headline, *signs, rows]))
        lines.append("")
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _named(row: str) -> str:
    id_, _, code = row.partition(":")
    return f"{id_} {BY_ID[id_].title} ({code.replace('-', ' ')})"


if __name__ == "__main__":
    write_or_check(TARGET, as_markdown())
