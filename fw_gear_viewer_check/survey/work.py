"""What a worker does: it reads and judges one input, and returns the record of what it found."""

from __future__ import annotations

import errno
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fw_gear_viewer_check.checker.hidden_names import unnamed
from fw_gear_viewer_check.checker.judging import judge_input
from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.checker.report import Report, SeriesReport
from fw_gear_viewer_check.checker.shown import shown
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.chained_lookup import ChainedLookup
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import Budget, SpentError
from fw_gear_viewer_check.model.lookup import (
    LocalLookup,
    ReferencedInstances,
    ReferenceImages,
    References,
    SurveyLookup,
    image_series,
    images_by_series,
)
from fw_gear_viewer_check.model.version import PAGE, __version__
from fw_gear_viewer_check.ohif.failures import Effect
from fw_gear_viewer_check.reports import rows
from fw_gear_viewer_check.requirements.types import DEFAULT_REQUIRE
from fw_gear_viewer_check.survey.inputs import Input, Related
from fw_gear_viewer_check.survey.records import Record, packed
from fw_gear_viewer_check.survey.urls import StoreError, digest, uid_key
from fw_gear_viewer_check.system.bounds import TOO_MUCH, TooLongError, give_time, limited_time
from fw_gear_viewer_check.system.tracebacks import traced

log = logging.getLogger(__name__)

DIED = "the worker process died (out of memory?)"
MOST_REFERRED = 100_000
"""Series that the segmentations of an input may refer to: so many UIDs can be read again from a
journal (:data:`~.journal.MAX_LINE`)."""
MAX_KEPT = 64 * 1024 * 1024
"""Memory of what is kept of inputs that were read again: the next segmentations often refer to the
same."""
TIME_OF_BYTES = 8 * 1024 * 1024
"""An input that is read again gets the time of so many bytes, and of its own: a small one may take
an eighth of what an input may."""
IMAGE_BYTES = 512
"""Memory of one of their images, without its UID, and of what it is compared by; or of one of the
places where its frames lie."""
POSITION_BYTES = 8
"""Memory of a frame that lies where another one of its image does."""
UNREAD = "not all was read"
"""The context of a record that lacks what the input, or another one, holds: a later run tries it
again."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What all inputs of a survey are judged by."""

    options: Options
    with_reports: bool = False
    run: str = field(default_factory=lambda: secrets.token_hex(8), compare=False)
    """Which run it is of: the workers of a cluster outlive one."""

    @property
    def without_levels(self) -> Options:
        """The options that change what is found, and not only what it means."""
        return replace(self.options, require=DEFAULT_REQUIRE, ignore=(), as_note=(), as_error=())

    @property
    def digest(self) -> str:
        """What changes when anything that is kept of an input may change with it."""
        options = self.options if self.with_reports else self.without_levels
        return digest(repr((__version__, PAGE, options, self.with_reports)))


@dataclass(frozen=True, slots=True)
class Task:
    """An input to judge, and what the other inputs have to do with it."""

    input: Input
    settings: Settings
    related: Related = field(default_factory=Related)

    def record(self, **found: Any) -> Record:  # noqa: ANN401 - fields of the record
        """Return the record of the input; with a problem in it, a later run tries it again."""
        fingerprint = self.input.fingerprint(self.settings.digest)
        name = text.printable(self.input.name)
        return Record(self.input.key, name, fingerprint, self.related.context, **found)


def judge(task: Task) -> tuple[Record, str]:
    """Read and judge an input; return its record, and its report where one is wanted.

    Whatever goes wrong with it, there is a record of it.
    """
    try:
        with limited_time(sum(file.size for file in task.input.files)):
            return _record_of(task)
    except Exception as error:  # noqa: BLE001 - whatever it is, the survey goes on
        log.debug("an input could not be checked: %s", traced(error))
        return task.record(problem=_problem(error)), ""


def _record_of(task: Task) -> tuple[Record, str]:
    others = _Others(task)
    report, html = _judged(task, others)
    if len(others.looked_up) > MOST_REFERRED:
        return task.record(problem=f"it refers to more than {MOST_REFERRED:,} series"), ""
    holds = {uid_key(one.series.series_instance_uid) for one in report.series} - {""}
    if others.unread or _lacks_files(report.series[0].series.archive):
        task = replace(task, related=replace(task.related, context=UNREAD))
    record = task.record(
        series=tuple(described(report, one) for one in report.series),
        holds=tuple(sorted(holds)),
        refers_to=tuple(sorted(others.looked_up)),
        has_report=bool(html),
    )
    return record, html


def _judged(task: Task, others: _Others) -> tuple[Report, str]:
    settings = task.settings
    archive, instances = task.input.read()
    if settings.options.hide_names:
        archive, instances = unnamed(archive, instances)
    lookup = ChainedLookup(LocalLookup([("this input", instances)], shown=shown), others)
    report = judge_input(archive, instances, lookup, settings.without_levels)
    if not settings.with_reports:
        return report, ""
    from fw_gear_viewer_check.reports.html import render_html  # noqa: PLC0415 - when wanted

    return report, render_html(judge_input(archive, instances, lookup, settings.options))


def _problem(error: Exception) -> str:
    """Say what went wrong; texts of other libraries may quote what nobody should read."""
    if isinstance(error, FileNotFoundError):
        return "there is no file"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read: {error.strerror}"
    if isinstance(error, StoreError):
        return f"the store did not deliver it: {error}"
    if isinstance(error, (UsageError, TooLongError)):
        return str(error)
    if isinstance(error, MemoryError):
        return TOO_MUCH
    return f"the check stopped ({type(error).__name__})"


class _Others(SurveyLookup):
    """The other inputs of the survey, and a note of the series that were looked up.

    ``unread`` says why inputs could not be read, by the names that findings have for them.
    """

    def __init__(self, task: Task) -> None:
        self.looked_up: set[str] = set()
        self.unread: dict[str, str] = {}
        inputs: dict[str, Input] = {task.input.label: task.input}
        numbers = {task.input.key: 0}

        def label(one: Input) -> str:
            """Return a name for findings, a different one for each input."""
            name = one.label
            if task.settings.options.hide_names:
                name = f"other input {numbers.setdefault(one.key, len(numbers))}"
            if inputs.setdefault(name, one).key != one.key:
                name = f"{name} ({digest(one.key)[:8]})"
                inputs[name] = one
            return name

        def read(names: Sequence[str]) -> Sequence[ReferenceImages]:
            try:
                found = _read_again([inputs[name] for name in names], task.settings.run)
            except Exception as error:  # noqa: BLE001 - as in judge
                log.debug("another input could not be read: %s", traced(error))
                problem = f"the input {names[0]} could not be read again: {_problem(error)}"
                if len(names) > 1:
                    problem = f"inputs could not be read again: {_problem(error)}"
                self.unread |= dict.fromkeys(names, problem)
                return ()
            if found is None:
                raise SpentError
            return found

        # Those that are read come first: the others are named without their files.
        holders, doubles = (
            {uid: [label(one) for one in found] for uid, found in inputs_by_series.items()}
            for inputs_by_series in (task.related.holders, task.related.doubles)
        )
        super().__init__(doubles, holders, read, cut=task.related.cut)

    def reference_images(self, referenced: ReferencedInstances) -> References:
        """Image series of other inputs."""
        self.looked_up.update(map(uid_key, referenced))
        found = super().reference_images(referenced)
        names = {name for uid in referenced for name in self._holders_of(uid)} & self.unread.keys()
        return replace(found, reason=self.unread[min(names)], is_cut=True) if names else found

    def _key(self, series_instance_uid: str) -> str:
        return uid_key(series_instance_uid)


_kept: dict[str, tuple[int, Sequence[ReferenceImages] | None]] = {}
"""What was read again, the latest last, with the memory that it takes."""


def _read_again(several: Sequence[Input], run: str) -> Sequence[ReferenceImages] | None:
    """Return the image series of other inputs, as if they were one; None where too large."""
    key = "\0".join(f"{one.key}\0{one.fingerprint(run)}" for one in several)
    if key not in _kept:
        budget = Budget.of_part()
        give_time(TIME_OF_BYTES + sum(file.size for one in several for file in one.files))
        read = [one.read(budget) for one in several]
        if any(_lacks_files(archive) for archive, _ in read):
            raise PermissionError(errno.EACCES, "one of its files cannot be opened")
        instances = tuple(i for _, found in read for i in found)
        found = None if budget.is_spent else _image_series(instances)
        _kept[key] = _memory(found or ()), found
        while len(_kept) > 1 and sum(size for size, _ in list(_kept.values())) > MAX_KEPT:
            _kept.pop(next(iter(_kept)), None)
        return found
    return _kept[key][1]


def _lacks_files(archive: Archive) -> bool:
    """Return True where files could not be opened: of a series, that may be so for a moment."""
    return any(member.may_open_later for member in archive.members)


def _image_series(instances: tuple[Instance, ...]) -> list[ReferenceImages]:
    images = images_by_series(instances)
    return [shown(one, images[one.series_instance_uid]) for one in image_series("", instances)]


def _memory(found: Sequence[ReferenceImages]) -> int:
    images = (of_uid for one in found for of_uid in one.shapes.items())
    places = sum(len(one.places or ()) + len(one.apart) for one in found)
    positions = [frames for one in found for frames in one.positions.values()]
    places += sum(len(set(frames)) for frames in positions)
    return (
        IMAGE_BYTES * (1 + places)
        + POSITION_BYTES * sum(map(len, positions))
        + sum(len(uid) + IMAGE_BYTES * len(shapes) for uid, shapes in images)
    )


def described(report: Report, one: SeriesReport) -> rows.Json:
    """Return what a record keeps of a series."""
    series = one.series
    return {
        "series_instance_uid": text.uid(series.series_instance_uid),
        "sop_class_uid": text.uid(series.sop_class_uid),
        # Named here: a worker has the dictionary of DICOM loaded anyway.
        "sop_class": text.printable(text.uid_name(uid)) if (uid := series.sop_class_uid) else "",
        "modality": text.code(series.modality),
        "instances": len(series.instances),
        "frames": series.frame_count,
        "findings": packed(replace(report, series=(one,))),
        "viewer": _viewer(one),
    }


def _viewer(report: SeriesReport) -> rows.Json | None:
    """Return what the open-source viewer would show, in short: a series may have 500 entries."""
    if report.viewer is None:
        return None
    shown = report.viewer.display_sets
    return {
        "display_sets": len(shown),
        "handlers": list(dict.fromkeys(one.handler for one in shown)),
        "reconstructable": sum(one.reconstructable for one in shown),
        "four_d": sum(one.four_d for one in shown),
        "messages": sorted({code for one in shown for code in one.messages}),
        "lost": text.printable(report.viewer.reason_of(Effect.DROPPED_SILENTLY)),
    }
