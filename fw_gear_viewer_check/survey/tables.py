"""The tables of a survey, a row at a time: they may be longer than the memory.

findings.csv.gz has the columns and rows of the CSV that the gear and ``check`` write, so that what
reads these reads it, too. It is compressed because it says the same in hundreds of rows: some
3 kB a series instead of 35. (Parquet would be as small, and take pyarrow, which is larger than
everything else together.)
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.reports import rows
from fw_gear_viewer_check.requirements.types import Capability
from fw_gear_viewer_check.survey.records import Cells
from fw_gear_viewer_check.survey.rollup import SeriesRow
from fw_gear_viewer_check.system.files import replaced

SERIES = "series.csv"
FINDINGS = "findings.csv.gz"
LEFT_OUT = "left_out.csv"
NAMES = (SERIES, FINDINGS, LEFT_OUT)

SERIES_COLUMNS = (
    *("input", "series_instance_uid", "sop_class_uid", "sop_class", "modality"),
    *("instances", "frames", "headline", "overall", *(c.value for c in Capability)),
    *("failing", "unknown", "notes", "viewer_display_sets", "viewer_handlers"),
    *("viewer_reconstructable", "viewer_four_d", "viewer_messages", "viewer_lost"),
    *("problem", "report"),
)


@contextmanager
def series_tables(folder: Path) -> Iterator[Tables]:
    """Open the tables; they appear, whole, when the context is left without an error."""
    with ExitStack() as opened:
        series = opened.enter_context(replaced(folder / SERIES))
        packed = opened.enter_context(replaced(folder / FINDINGS))
        # No name and no time in the header: the same findings make the same bytes.
        findings = opened.enter_context(
            gzip.GzipFile("", "wb", compresslevel=4, fileobj=packed, mtime=0)
        )
        yield Tables(table(opened, series, SERIES_COLUMNS), table(opened, findings, rows.COLUMNS))


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables while they are written."""

    series: Any
    """A writer of :mod:`csv`."""
    findings: Any

    def add(self, row: SeriesRow, findings: list[Cells]) -> None:
        """Write the row of a series, and its findings."""
        self.series.writerow(guarded(_cells(row)))
        self.findings.writerows(map(guarded, findings))


def guarded(cells: Iterable[Any]) -> list[Any]:
    """Return a row of which a spreadsheet takes no cell for a formula."""
    return [text.guard(cell) if isinstance(cell, str) else cell for cell in cells]


def _cells(row: SeriesRow) -> list[Any]:
    viewer = row.viewer or {}
    return [
        *(row.name, row.series_instance_uid, row.sop_class_uid, row.sop_class, row.modality),
        *(
            row.instances,
            row.frames,
            row.headline,
            row.overall.value,
            *(v.value for v in row.verdicts),
        ),
        *(";".join(row.failing), ";".join(row.unknown), ";".join(row.notes)),
        *(viewer.get("display_sets", ""), ";".join(viewer.get("handlers", ()))),
        *(viewer.get("reconstructable", ""), viewer.get("four_d", "")),
        *(";".join(map(str, viewer.get("messages", ()))), viewer.get("lost", "")),
        *(row.problem, row.link),
    ]


def write_left_out(folder: Path, rows: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Write what is not surveyed, and return how often each reason occurs."""
    reasons: dict[str, int] = {}
    with ExitStack() as opened:
        writer = table(
            opened, opened.enter_context(replaced(folder / LEFT_OUT)), ("file", "reason")
        )
        for name, reason in rows:
            reasons[reason] = reasons.get(reason, 0) + 1
            writer.writerow(guarded((name, reason)))
    return reasons


def table(opened: ExitStack, file: IO[bytes] | gzip.GzipFile, columns: tuple[str, ...]) -> Any:  # noqa: ANN401 - csv's
    """Return a writer of :mod:`csv` for a file, with the header written."""
    lines = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    opened.callback(lines.detach)
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(columns)
    return writer
