"""Several reports as one JSON document: the output of ``viewer-check check --format json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice

from fw_gear_viewer_check.checker.report import Report, SeriesReport
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.model.version import __version__
from fw_gear_viewer_check.reports import headline, rows


def document(reports: Iterable[tuple[str, Report]]) -> rows.Json:
    """Return the document of (path as the user gave it, report) pairs, in their order."""
    return {
        "viewer_check": __version__,
        "inputs": [_input(path, report) for path, report in reports],
    }


def to_text(reports: Iterable[tuple[str, Report]]) -> str:
    """Return the document as text that ends with a newline."""
    return "".join(pieces(reports))


def pieces(reports: Iterable[tuple[str, Report]]) -> Iterator[str]:
    """Yield that text piece by piece: of 1,000 series it may be longer than the memory."""
    encoder = json.JSONEncoder(indent=2, allow_nan=False, ensure_ascii=False)
    tokens = encoder.iterencode(document(reports))
    while piece := "".join(islice(tokens, _TOKENS)):
        yield piece
    yield "\n"


_TOKENS = 10_000
"""Parts of the document that are written at once."""


def _input(path: str, report: Report) -> rows.Json:
    return {
        "input": text.printable(path),
        "headline": headline.headline(report),
        "overall": report.overall.value,
        "verdicts": rows.statuses(report.verdicts),
        "series": [
            {"headline": words, **_series(series)}
            for words, series in zip(headline.headlines(report), report.series, strict=True)
        ],
        "results": list(rows.json_rows(report)),
    }


def _series(report: SeriesReport) -> rows.Json:
    series = report.series
    return {
        "series_instance_uid": text.uid(series.series_instance_uid),
        "modality": text.code(series.modality),
        "sop_class_uid": text.uid(series.sop_class_uid),
        "instances": len(series.instances),
        "frames": series.frame_count,
        "verdicts": rows.statuses(report.verdicts),
        "viewer": rows.viewer(report),
    }
