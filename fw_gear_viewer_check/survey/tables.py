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
from fw_gear_viewer_check.requirements.types import Capability, Status
from fw_gear_viewer_check.survey.work import unpacked
from fw_gear_viewer_check.system.files import replaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

SERIES = "series.csv"
FINDINGS = "findings.csv.gz"
LEFT_OUT = "left_out.csv"

SERIES_COLUMNS = (
    *("input", "series_instance_uid", "sop_class_uid", "sop_class", "modality"),
    *("instances", "frames", "overall", *(c.value for c in Capability)),
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
            self._series = _text(opening, series)
            self._findings = _text(opening, findings)
            self._open = opening.pop_all()
        self._writer = csv.writer(self._series, lineterminator="\n")
        self._writer.writerow(SERIES_COLUMNS)
        csv.writer(self._findings, lineterminator="\n").writerow(rows.COLUMNS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the tables in place, unless something went wrong."""
        self._open.__exit__(kind, error, trace)

    def add(self, said: Mapping[str, Any], report: str) -> None:
        """Write what was found out about an input; ``report`` names its HTML report ("" if none).

        An input that could not be checked has one row, of which nothing is known.
        """
        for one in said["series"] or [_UNCHECKED]:
            row = _row(said, one, report)
            self._writer.writerow([text.guard(v) if isinstance(v, str) else v for v in row])
        self._findings.write(unpacked(said["findings"]))


_UNKNOWN = Status.UNKNOWN.value
_UNCHECKED: rows.Json = {
    **dict.fromkeys(("series_instance_uid", "sop_class_uid", "sop_class", "modality"), ""),
    **dict.fromkeys(("instances", "frames"), ""),
    **dict.fromkeys(("failing", "unknown", "notes"), ()),
    "overall": _UNKNOWN,
    "verdicts": {capability.value: _UNKNOWN for capability in Capability},
    "viewer": None,
}


def _row(said: Mapping[str, Any], one: Mapping[str, Any], report: str) -> list[Any]:
    viewer = one["viewer"] or {}
    return [
        *(said["name"], one["series_instance_uid"], one["sop_class_uid"], one["sop_class"]),
        *(one["modality"], one["instances"], one["frames"], one["overall"]),
        *(one["verdicts"][capability.value] for capability in Capability),
        *(";".join(one["failing"]), ";".join(one["unknown"]), ";".join(one["notes"])),
        *(viewer.get("display_sets", ""), ";".join(viewer.get("handlers", ()))),
        *(viewer.get("reconstructable", ""), viewer.get("four_d", "")),
        *(";".join(map(str, viewer.get("messages", ()))), viewer.get("lost", "")),
        *(said["problem"], report),
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
            writer.writerow((text.guard(text.printable(name)), reason))
    return reasons


def _text(opening: ExitStack, file: IO[bytes] | gzip.GzipFile) -> io.TextIOWrapper:
    wrapper = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    opening.callback(wrapper.detach)
    return wrapper
