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
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, Any, Self

from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.reports import rows
from fw_gear_viewer_check.requirements.types import Capability
from fw_gear_viewer_check.system.files import replaced

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from fw_gear_viewer_check.survey.records import Cells
    from fw_gear_viewer_check.survey.rollup import SeriesRow

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


class Tables:
    """The tables while they are written; they appear, whole, when the context is left."""

    def __init__(self, folder: Path) -> None:
        """Take the folder they are written to."""
        self._folder = folder
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Begin."""
        with ExitStack() as opening:
            series = opening.enter_context(replaced(self._folder / SERIES))
            packed = opening.enter_context(replaced(self._folder / FINDINGS))
            # No name and no time in the header: the same findings make the same bytes.
            findings = opening.enter_context(
                gzip.GzipFile("", "wb", compresslevel=4, fileobj=packed, mtime=0)
            )
            self._series = csv.writer(_text(opening, series), lineterminator="\n")
            self._findings = csv.writer(_text(opening, findings), lineterminator="\n")
            self._open = opening.pop_all()
        self._series.writerow(SERIES_COLUMNS)
        self._findings.writerow(rows.COLUMNS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the tables in place, unless something went wrong."""
        self._open.__exit__(kind, error, trace)

    def add(self, row: SeriesRow, findings: list[Cells]) -> None:
        """Write the row of a series, and its findings."""
        self._series.writerow(guarded(_cells(row)))
        self._findings.writerows(map(guarded, findings))


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
    with ExitStack() as opening:
        file = _text(opening, opening.enter_context(replaced(folder / LEFT_OUT)))
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file", "reason"))
        for name, reason in rows:
            reasons[reason] = reasons.get(reason, 0) + 1
            writer.writerow(guarded((name, reason)))
    return reasons


def _text(opening: ExitStack, file: IO[bytes] | gzip.GzipFile) -> io.TextIOWrapper:
    wrapper = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    opening.callback(wrapper.detach)
    return wrapper
