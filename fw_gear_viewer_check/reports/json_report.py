"""Several reports as one JSON document: the output of ``viewer-check check --format json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fw_gear_viewer_check import __version__
from fw_gear_viewer_check.reports import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_viewer_check.core import Report, SeriesReport


def document(reports: Iterable[tuple[str, Report]]) -> plain.Json:
    """Return the document of (path as the user gave it, report) pairs, in their order."""
    return {
        "viewer_check": __version__,
        "inputs": [_input(path, report) for path, report in reports],
    }


def to_text(reports: Iterable[tuple[str, Report]]) -> str:
    """Return the document as text that ends with a newline."""
    return json.dumps(document(reports), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def _input(path: str, report: Report) -> plain.Json:
    return {
        "input": plain.printable(path),
        "overall": report.overall.value,
        "verdicts": plain.statuses(report.verdicts),
        "series": [_series(series) for series in report.series],
        "results": list(plain.rows(report)),
    }


def _series(report: SeriesReport) -> plain.Json:
    series = report.series
    return {
        "series_instance_uid": plain.printable(series.series_instance_uid),
        "modality": plain.printable(series.modality),
        "sop_class_uid": plain.printable(series.sop_class_uid),
        "instances": len(series.instances),
        "frames": series.frame_count,
        "verdicts": plain.statuses(report.verdicts),
        "viewer": plain.viewer(report),
    }
