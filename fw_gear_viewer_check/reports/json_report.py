"""Several reports as one JSON document: the output of ``viewer-check check --format json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from fw_gear_viewer_check.checker.report import Report, SeriesReport
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.model.version import __version__
from fw_gear_viewer_check.reports import headline, rows


def to_text(path: str, report: Report) -> str:
    """Return the document of one report as text that ends with a newline."""
    return "".join(pieces([input_of(path, report)]))


def pieces(inputs: list[rows.Json]) -> Iterator[str]:
    """Yield the document of several inputs, piece by piece: its text may be longer than the memory.

    They are what :func:`input_of` returned, in their order.
    """
    encoder = json.JSONEncoder(indent=2, allow_nan=False, ensure_ascii=False)
    tokens = encoder.iterencode({"viewer_check": __version__, "inputs": inputs})
    while piece := "".join(islice(tokens, _TOKENS)):
        yield piece
    yield "\n"


_TOKENS = 10_000
"""Parts of the document that are written at once."""


def input_of(path: str, report: Report) -> rows.Json:
    """Return the part about one input; ``path`` is what the user gave."""
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
