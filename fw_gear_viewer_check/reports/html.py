"""A report as one HTML file: no network, no script, nothing that is not in the file.

Rule of this file: whatever came out of a DICOM file or an archive is text. The template engine
escapes all of it, and every value passes through :func:`visible` on its way.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from fw_gear_viewer_check.checker.report import Report, Result
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.model.version import PAGE, __version__
from fw_gear_viewer_check.ohif.prediction import MODEL
from fw_gear_viewer_check.reports import view, wording
from fw_gear_viewer_check.reports.pictures import Picture, pictures_of
from fw_gear_viewer_check.reports.plot import WIDTH
from fw_gear_viewer_check.reports.thumbnail import NOT_DRAWN, Thumbnail, thumbnail_of
from fw_gear_viewer_check.reports.viewer_list import VIEWER
from fw_gear_viewer_check.requirements.types import Capability, Level, Repair, Status
from fw_gear_viewer_check.system.tracebacks import traced

log = logging.getLogger(__name__)

T = TypeVar("T")
Otherwise = TypeVar("Otherwise")

MOST_ROWS = 200
"""Series in the list of series."""
MOST_STEPS = 3
MOST_THUMBNAILS = 3
"""Series whose middle image is decoded: it takes up to a second each."""
_GEARS = re.compile(r"\b(dicom-(?:splitter|fixer))\b")


@dataclass(frozen=True, slots=True)
class Section:
    """Everything the section of a series shows."""

    number: int
    series: view.SeriesView
    pictures: tuple[Picture, ...]
    thumbnail: Thumbnail | None

    @property
    def anchor(self) -> str:
        """Beginning of the ids in this section."""
        return f"s{self.number}-"

    @property
    def rows(self) -> list[tuple[Capability, list[Result]]]:
        """Results of each capability, in the order of the page."""
        order = list(view.ORDER)
        results = sorted(
            self.series.report.results, key=lambda r: order.index(r.requirement.capability)
        )
        return [(c, list(rs)) for c, rs in groupby(results, key=lambda r: r.requirement.capability)]

    @property
    def counts(self) -> str:
        """How many requirements have each status."""
        results = self.series.report.results
        notes = sum(r.level is Level.NOTE and r.status is Status.FAIL for r in results)
        found = Counter(result.status for result in results)
        found[Status.FAIL] -= notes
        order = (Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE)
        counts = [f"{found[s]} {wording.STATES[s]}" for s in order if found[s]]
        return ", ".join([*counts, *([text.counted(notes, "note")] if notes else [])])


def render_html(report: Report, *, source: Path | None = None) -> str:
    """Return the report as HTML: the same report always gives the same text.

    ``source`` is the input; with it, the middle image of the first series is shown small.
    """
    shown = view.view_of(report)
    sections = [
        Section(
            number=number,
            series=one,
            pictures=_drawn(partial(pictures_of, one.report.series), ()),
            thumbnail=_drawn(partial(thumbnail_of, one.report.series, source), NOT_DRAWN)
            if source is not None and number <= MOST_THUMBNAILS
            else None,
        )
        for number, one in enumerate(shown.series[: view.MOST_SERIES], start=1)
    ]
    noted = {
        "archive-notes": shown.archive_notes,
        **{f"{s.anchor}notes": s.series.notes for s in sections},
    }
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            view=shown,
            sections=sections,
            steps=[step for step in shown.steps if not step.is_minor],
            notes=shown.notes,
            notes_anchor=next((anchor for anchor, groups in noted.items() if groups), "list"),
        )
    )


def render_summary(report: Report) -> str:
    """Return headline and capabilities, to stand in a notebook."""
    return environment().get_template("summary.html.j2").render(view=view.view_of(report))


def _drawn(draw: Callable[[], T], otherwise: Otherwise) -> T | Otherwise:
    """Return a drawing; ``otherwise``, with a log entry, when drawing stops: the words remain."""
    try:
        return draw()
    except Exception as error:  # noqa: BLE001 - a drawing must not cost the report
        log.error("a picture could not be drawn: %s", traced(error))  # noqa: TRY400
        return otherwise


def visible(value: object) -> object:
    """Return text with a sign for each invisible character; anything else as it is."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else text.visible(value)


def with_gears(repair: str) -> Markup:
    """Return the text with the names of Flywheel gears set as code."""
    return Markup(_GEARS.sub(r"<code>\1</code>", str(escape(text.visible(repair)))))  # noqa: S704


def config_block(repair: Repair) -> Markup:
    """Return the configuration of a gear as indented JSON: its newlines stay, to be copied."""
    return escape(json.dumps(dict(repair.config), indent=2))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the template engine, as all pages need it."""
    engine = Environment(
        loader=PackageLoader("fw_gear_viewer_check", "reports/templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters |= {
        "cut": text.shortened,
        "cut_middle": text.cut_middle,
        "gears": with_gears,
        "source": wording.source_of,
        "config": config_block,
    }
    engine.globals.update(
        signs=wording.SIGNS,
        states=wording.STATES,
        most_steps=MOST_STEPS,
        most_rows=MOST_ROWS,
        version=__version__,
        page=PAGE,
        model=MODEL,
        viewer=VIEWER,
        counted=text.counted,
        width=WIDTH,
    )
    return engine
