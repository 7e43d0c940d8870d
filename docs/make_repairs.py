"""Writes docs/repairs.md from what the gears made of each repair; ``--check`` fails when stale."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

from docs.made_page import write_or_check

TARGET = Path(__file__).with_name("repairs.md")
RECORDED = TARGET.parents[1] / "tests" / "repairs" / "recorded.json"
FRONT = """# Repairs that were tried

<!-- Written by `make docs` from tests/repairs/recorded.json: do not edit. -->

Every gear that viewer-check suggests was run on a series that fails, with exactly the configuration
in the report, and its output was checked again. `make repair-test` repeats all of this with the
code of dicom-splitter 2.1.4 and dicom-fixer 1.0.2, as published on PyPI, each in its own
environment. A repair is listed only if the requirement then passes in every output file, no image
is lost or duplicated (except true copies), no number that its pixels need is another, and no
capability is worse than before; after a repair of MPR, a file has MPR. One exception: what was set
apart from a scan may fail where nothing is wrong with it, as a screenshot that has no position, or
a PET that was not corrected on purpose ("FAIL, PASS").

The configuration column shows the options that are set. Every splitter run also has
`"delete_input": false`, which keeps the original; all other options have the gear's default.

Whatever it is run for, dicom-fixer also divides a MagneticFieldStrength above 30 by 1000, and
blanks a PatientSex that does not look like M, F, O, male, female or other. It makes new UIDs of the
labels of subject, session and acquisition in a row, with nothing between: S1 and 2 are as S and 12.

## Repairs that viewer-check gives
"""
TRIED = """
## Tried, and not suggested

These have no effect, stop, or do harm. The last column shows what is suggested instead.

| requirement | situation | gear | configuration | result | images | instead |
|---|---|---|---|---|---|---|
"""
INSTEAD = {
    "gear": "another configuration",
    "export": "another export",
    "manual": "a step by hand",
    "none": "nothing: the report says why",
}
USUAL: dict[str, object] = {
    "group_by": "",
    "max_geometric_splits": -1,
    "extract_localizer": False,
    "filter_archive": True,
    "delete_input": False,
    "fix-uids": False,
    "new-uids-needed": False,
    "standardize-transfer-syntax": False,
    "strict-validation": False,
    "pixel-data-check": False,
}
"""Options of every run that the tables leave out when they are as usual."""

Record = dict[str, Any]


def written(found: dict[str, list[Record]]) -> str:
    """Return the page."""
    lines = [FRONT]
    lines += _table("Made-up series", found["repaired"])
    lines += _table("Real series", found["corpus"])
    lines.append(TRIED.rstrip("\n"))
    lines += [
        f"{_begin(one)} | {one['result']} | {one['images_before']} → {one['images_after']} | "
        f"{INSTEAD[one['instead']]} |"
        for one in found["tried"]
    ]
    return "\n".join(lines) + "\n"


def _table(heading: str, records: list[Record]) -> list[str]:
    header = "| requirement | situation | gear | configuration | before | after | files | images |"
    lines = [f"### {heading}", "", header, f"|{'---|' * 8}"]
    ordered = sorted(records, key=lambda one: str(one["requirement"]))
    for _, group in groupby(ordered, key=lambda one: str(one["requirement"])):
        lines += [
            f"{_begin(one)} | {one['before']} | {', '.join(one['after'])} | {one['files']} | "
            f"{one['images_before']} → {one['images_after']} |"
            for one in group
        ]
    return [*lines, ""]


def _begin(one: Record) -> str:
    config = {k: v for k, v in one["config"].items() if k not in USUAL or v != USUAL[k]}
    return f"| {one['requirement']} | {one['situation']} | {one['gear']} | `{json.dumps(config)}`"


if __name__ == "__main__":
    write_or_check(TARGET, written(json.loads(RECORDED.read_text(encoding="utf-8"))))
