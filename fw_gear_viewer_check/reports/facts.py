"""What a series is, in a few words and numbers: kind, size, and how its images lie in space."""

from __future__ import annotations

from collections.abc import Iterator

from fw_gear_viewer_check.checker.report import Report, SeriesReport
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.model.stack import stack_of
from fw_gear_viewer_check.model.text import counted, number, uid_name
from fw_gear_viewer_check.requirements import scopes
from fw_gear_viewer_check.requirements.four_d import separated_by


def kind_of(report: Report) -> str:
    """Say in a line what the input is."""
    if len(report.series) > 1:
        objects = sum(len(s.series.instances) for s in report.series)
        return f"{len(report.series):,} series, {counted(objects, 'DICOM file')}"
    (one,) = report.series
    if not one.series.instances:
        return "no readable DICOM"
    facts = dict(facts_of(one))
    pixels = f" of {facts['Pixels']} pixels" if "Pixels" in facts else ""
    return f"{facts['Kind']}, {size_of(one)}{pixels}"


def title_of(report: SeriesReport) -> str:
    """Return "CT, 28 images"."""
    series = report.series
    if not series.instances:
        return "No readable DICOM"
    return f"{text.code(series.modality) or 'No modality'}, {size_of(report)}"


def size_of(report: SeriesReport) -> str:
    """Return "28 images", or how many multi-frame images and frames."""
    series = report.series
    if not series.frame_count:
        return counted(len(series.instances), "object")
    multi = [i for i in series.instances if i.is_image and i.is_multi_frame]
    images = sum(i.is_image for i in series.instances)
    what = counted(images, "image" if len(multi) < images else "multi-frame image")
    copies = images - sum(i.is_image for i in series.distinct.instances)
    notes = [
        *([f"{copies:,} of them {'a copy' if copies == 1 else 'copies'}"] if copies else []),
        *([f"{series.frame_count:,} frames"] if multi else []),
    ]
    return f"{what} ({', '.join(notes)})" if notes else what


def facts_of(report: SeriesReport) -> tuple[tuple[str, str], ...]:
    """Return what a title does not say, as terms and texts; without DICOM, what the input holds."""
    series = report.series
    if not series.instances:
        reasons = dict.fromkeys(m.problem or str(m.kind) for m in series.archive.members)
        found = series.archive.problem or ", ".join(list(reasons)[:3]) or "no file"
        return (("Files", f"{len(series.archive.members):,}"), ("Found", text.printable(found)))
    sizes = {(i.data.number("Columns"), i.data.number("Rows")) for i in series.instances}
    name = uid_name(series.sop_class_uid).replace(" Storage", "")
    facts = [("Kind", name if series.sop_class_uid else "Unknown kind")]
    columns, lines = sizes.pop()
    if not sizes and columns and lines:
        wide, high = number(columns, "g"), number(lines, "g")
        facts.append(("Pixels", f"{wide} \N{MULTIPLICATION SIGN} {high}"))
    facts += _layout(report)
    facts.append(("SeriesInstanceUID", text.uid(series.series_instance_uid) or "missing"))
    return tuple(facts)


def _layout(report: SeriesReport) -> Iterator[tuple[str, str]]:
    """Say how the images lie in space, where they make a stack or several."""
    if any(r.finding.code == "mosaic" for r in report.results):
        yield "Layout", "mosaic: each image is a whole volume"
        return
    images = scopes.VOLUMES.narrow(report.series)
    if images is None:
        return
    stack = stack_of(images)
    if len(stack.frames_by_position) < 2:
        return
    if stack.is_four_d:
        (_, volumes), positions = separated_by(images), len(stack.frames_by_position)
        yield "Layout", f"4D: {counted(volumes, 'volume')} of {counted(positions, 'image')}"
    spacing = stack.spacing(report.series.tolerances.spacing_mm)
    if spacing is not None:
        low, high = min(spacing.gaps), max(spacing.gaps)
        ends = [spacing.average] if high - low < 0.01 else [low, high]
        lengths = " to ".join(number(length, ".2f", spacing.extent) for length in ends)
        yield "Slice spacing", f"{lengths} mm"
