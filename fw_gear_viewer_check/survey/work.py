"""What a worker does: it reads and judges one input, and says in a line what it found."""

from __future__ import annotations

import base64
import csv
import io
import json
import logging
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fw_gear_viewer_check.checker.judging import judge_input
from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.model.lookup import ChainedLookup, LocalLookup, SurveyLookup
from fw_gear_viewer_check.model.sop_classes import name_of
from fw_gear_viewer_check.model.version import PAGE, __version__
from fw_gear_viewer_check.reports import rows
from fw_gear_viewer_check.requirements.types import Level, Status, worst
from fw_gear_viewer_check.survey.urls import StoreError, digest
from fw_gear_viewer_check.system.tracebacks import traced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fw_gear_viewer_check.checker.report import Report, SeriesReport
    from fw_gear_viewer_check.model.instance import Instance
    from fw_gear_viewer_check.model.lookup import ReferencedInstances, References
    from fw_gear_viewer_check.survey.inputs import Input

log = logging.getLogger(__name__)

DIED = "the worker process died (out of memory?)"


@dataclass(frozen=True, slots=True)
class Settings:
    """What all inputs of a survey are judged by."""

    options: Options
    with_reports: bool = False

    @property
    def digest(self) -> str:
        """What changes when anything that is found out may change with it."""
        return digest(repr((__version__, PAGE, self.options, self.with_reports)))


@dataclass(frozen=True, slots=True)
class Task:
    """An input to judge, and what the other inputs have to do with it.

    ``context`` stands for ``holders``, the other inputs by the series they hold.
    """

    input: Input
    settings: Settings
    holders: Mapping[str, Sequence[Input]] = field(default_factory=dict)
    context: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A line for the journal, and the report of the input where one is wanted."""

    line: str
    html: str = ""


def judge(task: Task) -> Outcome:
    """Read and judge an input; whatever goes wrong with it, there is a line about it."""
    try:
        archive, instances = task.input.read()
        asked = _others(task)
        lookup = ChainedLookup(LocalLookup([("this input", instances)]), asked)
        report = judge_input(archive, instances, lookup, task.settings.options)
        html = _html(report) if task.settings.with_reports else ""
    except Exception as error:  # noqa: BLE001 - whatever it is, the survey goes on
        log.debug("%s could not be checked: %s", task.input.name, traced(error))
        return unchecked(task, _problem(error))
    series = [_series(one, task.settings.options) for one in report.series]
    holds = sorted({one.series.series_instance_uid for one in report.series} - {""})
    line = _line(
        task,
        overall=report.overall.value,
        series=series,
        findings=packed(_findings(report, task.input.name)),
        holds=holds,
        asks=sorted(asked.uids - set(holds)),
    )
    return Outcome(line, html)


def unchecked(task: Task, problem: str) -> Outcome:
    """Return the line of an input that could not be checked: it is tried again by a later run."""
    return Outcome(_line(task, problem=problem, overall=Status.UNKNOWN.value))


def _line(task: Task, **said: Any) -> str:  # noqa: ANN401 - values of JSON
    document = {
        "key": task.input.key,
        "name": text.printable(task.input.name),
        "fingerprint": task.input.fingerprint(task.settings.digest),
        "context": task.context,
        "problem": "",
        "series": [],
        "findings": "",
        "holds": [],
        "asks": [],
    }
    return json.dumps(document | said, separators=(",", ":"), allow_nan=False)


def _problem(error: Exception) -> str:
    """Say what went wrong; texts of other libraries may quote what nobody should read."""
    if isinstance(error, FileNotFoundError):
        return "there is no file"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read: {error.strerror}"
    if isinstance(error, StoreError):
        return f"the store did not deliver it: {error}"
    if isinstance(error, UsageError):
        return str(error)
    return f"the check stopped ({type(error).__name__})"


def _others(task: Task) -> _Asked:
    """Return the other inputs of the survey, as far as they have to do with this one."""
    by_key = {one.key: one for found in task.holders.values() for one in found}

    def read(key: str) -> tuple[Instance, ...]:
        return by_key[key].read()[1]

    keys = {uid: [one.key for one in found] for uid, found in task.holders.items()}
    return _Asked(task.input.key, keys, read)


class _Asked(SurveyLookup):
    """The other inputs, and a note of the series that were looked up."""

    def __init__(self, *index: Any) -> None:  # noqa: ANN401 - see SurveyLookup
        super().__init__(*index)
        self.uids: set[str] = set()

    def reference_images(self, referenced: ReferencedInstances) -> References:
        """Image series of other inputs."""
        self.uids.update(referenced)
        return super().reference_images(referenced)


def _series(report: SeriesReport, options: Options) -> rows.Json:
    series = report.series
    unmet: dict[str, list[str]] = {"failing": [], "unknown": [], "notes": []}
    for result in report.results:
        if result.level is Level.REQUIRED and result.status is Status.FAIL:
            unmet["failing"].append(result.requirement.id)
        elif result.level is Level.REQUIRED and result.status is Status.UNKNOWN:
            unmet["unknown"].append(result.requirement.id)
        elif result.status is Status.FAIL:
            unmet["notes"].append(result.requirement.id)
    return {
        "series_instance_uid": text.uid(series.series_instance_uid),
        "sop_class_uid": text.uid(series.sop_class_uid),
        "sop_class": _class_name(series.sop_class_uid),
        "modality": text.code(series.modality),
        "instances": len(series.instances),
        "frames": series.frame_count,
        "overall": worst([report.verdicts[c].status for c in options.require]).value,
        "verdicts": rows.statuses(report.verdicts),
        **unmet,
        "viewer": _viewer(report),
    }


def _class_name(uid: str) -> str:
    """Name the SOP class here: a worker has the dictionary of DICOM at hand anyway."""
    return text.printable(name_of(uid)) if uid else ""


def _viewer(report: SeriesReport) -> rows.Json | None:
    """Return what the open-source viewer would show, in short: a series may have 500 entries."""
    if report.viewer is None:
        return None
    shown = report.viewer.display_sets
    return {
        "display_sets": len(shown),
        "handlers": sorted({one.handler for one in shown}),
        "reconstructable": sum(one.reconstructable for one in shown),
        "four_d": sum(one.four_d for one in shown),
        "messages": sorted({code for one in shown for code in one.messages}),
        "lost": text.printable(report.viewer.lost),
    }


def _findings(report: Report, name: str) -> str:
    """Return the rows of the CSV, without its header; ``file`` is the input's name."""
    shown = text.printable(name)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    for row in rows.rows(report):
        row["file"] = shown
        writer.writerow([text.guard(v) if isinstance(v, str) else v for v in row.values()])
    return table.getvalue()


def packed(text: str) -> str:
    """Return a text that is the same in a hundred places as one that is short."""
    return base64.b64encode(zlib.compress(text.encode(), 4)).decode()


def unpacked(text: str) -> str:
    """Return what :func:`packed` was given."""
    return zlib.decompress(base64.b64decode(text)).decode() if text else ""


def _html(report: Report) -> str:
    from fw_gear_viewer_check.reports.html import render_html  # noqa: PLC0415 - when asked for

    return render_html(report)
