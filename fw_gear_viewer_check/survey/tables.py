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
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from fw_gear_viewer_check.model.text import guard
from fw_gear_viewer_check.requirements.types import Capability
from fw_gear_viewer_check.survey.rollup import SeriesRow
from fw_gear_viewer_check.system.files import replaced

SERIES = "series.csv"
FINDINGS = "findings.csv.gz"
LEFT_OUT = "left_out.csv"
NAMES = (SERIES, FINDINGS, LEFT_OUT)


@contextmanager
def table(path: Path, columns: Iterable[str]) -> Iterator[Callable[[Iterable[Any]], None]]:
    """Yield what writes a row of a CSV; a spreadsheet takes no cell of it for a formula.

    The file appears, whole, when the context is left without an error.
    """
    with ExitStack() as opened:
        file: Any = opened.enter_context(replaced(path))
        if path.suffix == ".gz":
            # No name and no time in the header: the same findings make the same bytes.
            file = opened.enter_context(gzip.GzipFile("", "wb", 4, file, mtime=0))
        lines = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        opened.callback(lines.detach)
        writer = csv.writer(lines, lineterminator="\n")

        def write(cells: Iterable[Any]) -> None:
            writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in cells])

        write(columns)
        yield write


def series_cells(row: SeriesRow) -> dict[str, Any]:
    """Return the row of series.csv, by column."""
    viewer = row.viewer or {}
    return {
        "input": row.name,
        "series_instance_uid": row.series_instance_uid,
        "sop_class_uid": row.sop_class_uid,
        "sop_class": row.sop_class,
        "modality": row.modality,
        "instances": row.instances,
        "frames": row.frames,
        "headline": row.headline,
        "overall": row.overall.value,
        **{c.value: v.value for c, v in zip(Capability, row.verdicts, strict=True)},
        "failing": ";".join(row.failing),
        "unknown": ";".join(row.unknown),
        "notes": ";".join(row.notes),
        "viewer_display_sets": viewer.get("display_sets", ""),
        "viewer_handlers": ";".join(viewer.get("handlers", ())),
        "viewer_reconstructable": viewer.get("reconstructable", ""),
        "viewer_four_d": viewer.get("four_d", ""),
        "viewer_messages": ";".join(map(str, viewer.get("messages", ()))),
        "viewer_lost": viewer.get("lost", ""),
        "problem": row.problem,
        "report": row.link,
    }
