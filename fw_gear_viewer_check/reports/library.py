"""The library call: ``check`` a path, and get a report that can be turned into other forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from os import PathLike
from typing import TYPE_CHECKING

from fw_gear_viewer_check.checker import judging, report
from fw_gear_viewer_check.checker.options import Options, options_from
from fw_gear_viewer_check.model.lookup import Lookup
from fw_gear_viewer_check.reports import headline

if TYPE_CHECKING:
    import pandas as pd


class Report(report.Report):
    """Everything found out about one input, and its forms: what :func:`check` returns."""

    @property
    def headline(self) -> str:
        """The answer in a sentence of up to 90 characters."""
        return headline.headline(self)

    def to_dataframe(self) -> pd.DataFrame:
        """Return the rows of the CSV as a pandas data frame: one per series and requirement.

        Its 16 columns are those of the CSV, in their order (docs/gear.md); ``affected`` and
        ``checked`` are whole numbers, all others texts.
        """
        from fw_gear_viewer_check.reports import csv_table  # noqa: PLC0415 - when asked for

        return csv_table.to_dataframe(self)

    def to_html(self) -> str:
        """Return the HTML report as one page, without a picture of the images.

        The same report always gives the same text; it loads nothing from a network.
        """
        from fw_gear_viewer_check.reports import html  # noqa: PLC0415 - when asked for

        return html.render_html(self)

    def to_json(self) -> str:
        """Return what ``viewer-check check --format json`` prints, as one text.

        Numbers that JSON does not have (NaN, infinity) are null.
        """
        from fw_gear_viewer_check.reports import json_report  # noqa: PLC0415 - when asked for

        return json_report.to_text(self.name, self)

    def __repr__(self) -> str:
        """Return up to five lines: no name and no value of the file."""
        statuses = [f"{v.capability.value} {v.status.value}" for v in self.verdicts.values()]
        return (
            f"<Report: {self.overall.value}, {len(self.series):,} series, "
            f"{len(self.results):,} results>\n{self.headline}\n{', '.join(statuses)}"
        )

    def _repr_html_(self) -> str:
        """Show headline and capabilities in a notebook."""
        from fw_gear_viewer_check.reports import html  # noqa: PLC0415 - when asked for

        return html.render_summary(self)


def check(  # noqa: PLR0913 - one for each option
    path: str | PathLike[str],
    reference: str | PathLike[str] | None = None,
    *,
    require: str | Sequence[str] | None = None,
    ignore: str | Sequence[str] = (),
    as_note: str | Sequence[str] = (),
    as_error: str | Sequence[str] = (),
    orientation_tolerance: float | None = None,
    spacing_tolerance_mm: float | None = None,
    max_instances: int | None = None,
    hide_names: bool = False,
    options: Options | None = None,
    lookup: Lookup | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """Check a DICOM file, a zip or a folder against the requirements of Flywheel's viewers.

    Headers are read, and of the pixels what tells whether all are there. Whatever is wrong with the
    data is a finding, not an exception. The arguments from ``require`` to ``hide_names`` are those
    of :class:`Options`; names and ids are a list, or a text with commas ("V2-105,MPR"); None is the
    default.

    Args:
        path: the input; a folder is one input, like a zip.
        reference: the image series that a SEG or RTSTRUCT refers to, in any of these forms.
        require: capabilities that decide the overall result.
        ignore: requirements to ignore: ids or prefixes.
        as_note: requirements to report without failing.
        as_error: requirements to treat as errors.
        orientation_tolerance: largest allowed difference of a direction cosine, without a unit.
        spacing_tolerance_mm: largest allowed difference between a gap and the average, in mm.
        max_instances: largest allowed number of single-frame images in a series.
        hide_names: show numbers instead of the names of files inside the input.
        options: the options from ``require`` to ``hide_names`` as one object; it replaces them.
        lookup: where to look up other files besides the input and the reference.
        on_progress: called with the number of members read so far, and of all.

    Returns:
        The report: for each series of the input, in order of its UID, a result for each
        requirement and a verdict for each of the seven capabilities.

    Raises:
        UsageError: a path that does not exist or cannot be opened, an unknown id or capability, a
            tolerance or limit that is not above zero.

    """
    given = {
        "require": require,
        "ignore": ignore,
        "as_note": as_note,
        "as_error": as_error,
        "orientation_tolerance": orientation_tolerance,
        "spacing_tolerance_mm": spacing_tolerance_mm,
        "max_instances": max_instances,
        "hide_names": hide_names,
    }
    found = judging.check(
        path,
        reference,
        options=options or options_from(given),
        lookup=lookup,
        on_progress=on_progress,
    )
    return Report(**{one.name: getattr(found, one.name) for one in fields(found)})
