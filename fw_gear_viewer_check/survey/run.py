"""A survey from its roots to its tables: list, scan loose files, judge, compare, write.

The comparison is a second, smaller pass. In the first every input is judged as if it were the only
one; its record says which series it holds and which it refers to. Inputs that share a series with
another one, or refer to one, are then judged again, together with the others.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.reports.rows import COLUMNS, Json
from fw_gear_viewer_check.survey import journal, roots, scan, tables, work, workers
from fw_gear_viewer_check.survey.index import Index
from fw_gear_viewer_check.survey.inputs import Input, LeftOut, SourceFile
from fw_gear_viewer_check.survey.journal import Journal
from fw_gear_viewer_check.survey.page import render_page
from fw_gear_viewer_check.survey.records import DAMAGE, Record, checked_text, series_rows
from fw_gear_viewer_check.survey.rollup import RollUp, SeriesRow
from fw_gear_viewer_check.survey.tables import series_cells
from fw_gear_viewer_check.survey.urls import digest, shown
from fw_gear_viewer_check.survey.work import Settings, Task
from fw_gear_viewer_check.survey.workers import Pool, WorkerDied
from fw_gear_viewer_check.system.few_lines import FewLines
from fw_gear_viewer_check.system.files import PART, read_whole, write_text
from fw_gear_viewer_check.system.progress import Progress

log = logging.getLogger(__name__)

PAGE = "survey.html"
OUTPUTS = (*tables.NAMES, PAGE)
KEY = "key-of-names"
"""What the names of reports are made with where names are hidden, beside the journal."""
NUMBERS = "names.csv"
"""Which numbers stand for which names, beside the journal."""
REPORTS = "reports"
JOURNALS = "journal"
PARTS = "part-[0-9][0-9][0-9][0-9]*-of-*.jsonl"
TOO_LONG = "its results take more than 16 MiB"
SCANNED_TOGETHER = 100
"""Loose files that a worker scans at a time."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of several surveys that share the inputs: ``number`` of ``count``, from 1."""

    number: int
    count: int

    def has(self, one: Input) -> bool:
        """Return True for an input of this part; every input belongs to one."""
        return int(digest(one.key)[:12], 16) % self.count == self.number - 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is surveyed, and how."""

    roots: tuple[str, ...]
    folder: Path
    settings: Settings
    resume: bool = False
    part: Part | None = None
    is_elsewhere: bool = False
    """True where workers have another current folder: relative paths mean nothing to them."""

    @property
    def journal(self) -> Path:
        """Where this run writes what it finds out."""
        part = self.part
        name = f"part-{part.number:04}-of-{part.count:04}" if part else "survey"
        return self.folder / JOURNALS / f"{name}.jsonl"

    @property
    def parts(self) -> list[Path]:
        """The journals of the parts that a survey puts together; a part has none."""
        if self.part is not None:
            return []
        return sorted(p for p in self.journal.parent.glob(PARTS) if journal.is_journal(p))


def survey(plan: Plan, open_pool: Callable[[], Pool]) -> RollUp | None:
    """Survey, and write the outputs; a part only writes its journal, and returns None.

    Raises :class:`UsageError` for a root that is not there or holds nothing, for a folder where
    inputs lie or that holds files of these names that no survey wrote, and for one that holds an
    unfinished survey unless it is to be resumed.
    """
    with closing(Index()) as index:
        if not plan.resume:
            _refuse_unfinished(plan)
        _refuse_strangers(plan)
        _list_inputs(plan, index)
        plan.folder.mkdir(parents=True, exist_ok=True)
        with Journal(plan.journal) as written:
            _remove_torn(plan)
            hides = plan.settings.options.hide_names
            secret = _made_key(plan.journal.parent) if hides else ""
            return _Survey(plan, written, index, secret).run(open_pool)


def _refuse_strangers(plan: Plan) -> None:
    """Replace no file that no survey has written, and follow no link to where others write."""
    for folder in (plan.folder / REPORTS, plan.journal.parent):
        if folder.is_symlink():
            message = f"{folder} is a link: choose another folder"
            raise UsageError(message)
    beside = (f"{JOURNALS}/{NUMBERS}", f"{JOURNALS}/{KEY}")
    found = [name for name in (*OUTPUTS, *beside) if (plan.folder / name).exists()]
    if found and not any(map(journal.is_journal, plan.journal.parent.glob("*.jsonl"))):
        message = f"{plan.folder} contains {found[0]}, but no survey: choose another folder"
        raise UsageError(message)


def _refuse_unfinished(plan: Plan) -> None:
    last: deque[Json] = deque(maxlen=1)
    since = 0
    if plan.journal.exists():
        last.extend(document for *_, document in journal.lines(plan.journal) if document)
        since = plan.journal.stat().st_mtime_ns if last else 0
    newer = any(part.stat().st_mtime_ns > since for part in plan.parts)
    if newer or (last and "finished" not in last[0]):
        message = (
            f"{plan.folder} contains an unfinished survey: continue it (--resume), or choose "
            f"another folder"
        )
        raise UsageError(message)


def _list_inputs(plan: Plan, index: Index) -> None:
    with Progress("files listed") as progress:
        for one in roots.listed(plan.roots, plan.folder):
            if isinstance(one, LeftOut):
                index.add_left_out(one.name, one.reason)
            elif plan.is_elsewhere and not (one.is_remote or Path(one.location).is_absolute()):
                message = (
                    f"{text.printable(one.location)}: the workers of a cluster need absolute paths"
                )
                raise UsageError(message)
            elif not index.is_new(one):
                continue
            elif scan.is_input(one):
                index.add_input(Input(one.name, (one,)), plan.settings.digest)
            else:
                index.add_loose(one)
            progress.update()


def _remove_torn(plan: Plan) -> None:
    """Remove files that were being written when a process was killed."""
    if plan.part is None:
        for folder in (plan.folder, plan.folder / REPORTS, plan.journal.parent):
            for path in folder.glob(f"{PART}*"):
                with suppress(OSError):  # a folder
                    path.unlink()


def _clear(plan: Plan, written: Journal) -> None:
    """Remove what an earlier survey wrote and this one does not go on with; nothing else."""
    _remove_reports(plan, lambda _key, _fingerprint: "")
    written.clear()
    for path in plan.parts:
        path.unlink()


def _remove_reports(plan: Plan, kept: Callable[[str, str], str]) -> None:
    """Remove the reports that the journals name, but for the one that is kept of an input."""
    secret = _key_of(plan.journal.parent)
    for path in (plan.journal, *plan.parts):
        for *_, document in journal.lines(path):
            if not document or document.get("has_report") is not True:
                continue
            key, fingerprint = document.get("key"), document.get("fingerprint")
            if isinstance(key, str) and isinstance(fingerprint, str):
                names = {report_of(key, fingerprint, one) for one in ("", secret)}
                for name in names - {kept(key, fingerprint)}:
                    (plan.folder / name).unlink(missing_ok=True)


@dataclass(slots=True)
class _Survey:
    plan: Plan
    journal: Journal
    index: Index
    secret: str = ""
    """Of the names of reports where names are hidden; else ""."""
    has_begun: bool = False
    """True when there is something of this run to keep."""

    def run(self, open_pool: Callable[[], Pool]) -> RollUp | None:
        if self.plan.resume:
            self._load()
            self.has_begun = True
        with open_pool() as pool:
            self._scan_loose(pool)
            self.index.group_loose(self.plan.settings.digest)
            self.index.forget_others()
            if not self.index.count_inputs():
                message = f"no DICOM file and no zip in {', '.join(map(shown, self.plan.roots))}"
                raise UsageError(message)
            part, settings = self.plan.part, self.plan.settings
            count = None if part else self.index.count_open()
            inputs = (one for one in self.index.open_inputs() if part is None or part.has(one))
            self._judge(pool, (Task(one, settings) for one in inputs), "inputs checked", count)
            self._begin()
            if part:
                return None
            again = (Task(one, settings, related) for one, related in self.index.related())
            self._judge(pool, again, "inputs compared", None)
        rollup = self._write()
        if self.plan.resume:  # it may name its reports otherwise, or have other inputs
            _remove_reports(self.plan, self._kept)
        self.journal.append(json.dumps({"finished": rollup.inputs}))
        return rollup

    def _begin(self) -> None:
        """Give up an earlier survey, once: not for one that has no workers, or no DICOM file.

        A part may have begun, or ended, while the inputs were listed: what it found is not removed.
        """
        if not self.has_begun:
            _refuse_unfinished(self.plan)
            for path in self.plan.parts:
                with Journal(path):  # nobody writes to it
                    pass
            _clear(self.plan, self.journal)
            self.has_begun = True

    def _kept(self, key: str, fingerprint: str) -> str:
        """Return the report where it is that of an input as it is now; "" where it is not."""
        is_kept = self.index.has_input(key, fingerprint)
        return report_of(key, fingerprint, self.secret) if is_kept else ""

    def _load(self) -> None:
        """Take up what earlier runs found out, as far as it is what they wrote."""
        for path in sorted(self.journal.path.parent.glob("*.jsonl")):
            name, lines = text.printable(path.name), FewLines()
            for start, length, document in journal.lines(path):
                try:
                    self._take_up(document, path, start, length)
                except DAMAGE:
                    if lines.take():
                        message = "line at byte %d of %s is damaged: its input is checked again"
                        log.warning(message, start, name)
            lines.end(log.warning, "damaged: and %s more in %s", name)

    def _take_up(self, document: Json | None, path: Path, start: int, length: int) -> None:
        if document is None:
            raise ValueError
        if "key" in document:
            record = Record.from_json(document)
            if record.problem:
                return  # it is tried again; an earlier record may be of use
            report = self.plan.folder / report_of(record.key, record.fingerprint, self.secret)
            if record.has_report and not report.is_file():
                return  # it is judged again, and its report written
            for row, _ in series_rows(record, self.plan.settings.options):
                RollUp().add(row)
            self.index.add_judged(record, path, start, length)
        elif "finished" not in document:
            for row in document["scanned"]:
                self.index.add_scanned(*map(checked_text, row))

    def _scan_loose(self, pool: Pool) -> None:
        """Find out which series each loose file belongs to."""
        again: list[list[SourceFile]] = []
        with Progress("loose files scanned", self.index.count_unscanned()) as progress:
            for batches in (_batches(self.index.unscanned()), again):
                for files, found in workers.run(pool, scan.scan, batches):
                    if not isinstance(found, WorkerDied):
                        self._add_scanned(files, found)
                    elif len(files) == 1:
                        # It is judged alone, where that costs no neighbour.
                        self._add_scanned(files, [scan.NOT_READ])
                    else:  # one of them ended the worker
                        again += ([file] for file in files)
                        continue
                    progress.update(len(files))

    def _add_scanned(self, files: list[SourceFile], found: list[scan.Scanned]) -> None:
        sure = []
        for file, one in zip(files, found, strict=True):
            row = (file.key, file.state, one.series_instance_uid, one.left_out)
            self.index.add_scanned(*row)
            if one.is_sure:
                sure.append(row)
            if not one.left_out:
                self._begin()
        if sure and self.has_begun:
            self.journal.append(json.dumps({"scanned": sure}, separators=(",", ":")))

    def _judge(self, pool: Pool, tasks: Iterable[Task], what: str, total: int | None) -> None:
        with Progress(what, total) as progress:
            for task, made in workers.run(pool, work.judge, tasks):
                if isinstance(made, WorkerDied):
                    record, html = task.record(problem=work.DIED), ""
                else:
                    record, html = made
                if record.fingerprint != task.input.fingerprint(task.settings.digest):
                    message = "a worker has another version of this package"
                    raise UsageError(message)
                self._begin()
                line = record.to_json()
                if not journal.fits(line):
                    record, html = task.record(problem=TOO_LONG), ""
                    line = record.to_json()
                report = self.plan.folder / report_of(record.key, record.fingerprint, self.secret)
                if html:
                    # Its line is written first: what no journal names would never be removed. Where
                    # it is missing, the input is judged again.
                    report.parent.mkdir(exist_ok=True)
                    report.unlink(missing_ok=True)
                start, length = self.journal.append(line)
                if html:
                    write_text(report, html)
                self.index.add_judged(record, self.journal.path, start, length)
                progress.update()

    def _write(self) -> RollUp:
        """Write the tables and the page, input by input in order of name."""
        plan, rollup, options = self.plan, RollUp(), self.plan.settings.options
        with self._names() as shown:
            with (
                tables.table(plan.folder / tables.SERIES, series_cells(SeriesRow(""))) as series,
                tables.table(plan.folder / tables.FINDINGS, COLUMNS) as findings,
            ):
                for record in self.index.records():
                    rollup.inputs += 1
                    name = shown("input", rollup.inputs, record.name)
                    report = ""
                    if record.has_report:
                        report = report_of(record.key, record.fingerprint, self.secret)
                    for row, found in series_rows(record, options, name, report):
                        series(series_cells(row).values())
                        for finding in found:
                            findings(finding.values())
                        rollup.add(row)
            with tables.table(plan.folder / tables.LEFT_OUT, ("file", "reason")) as left_out:
                for number, (name, reason) in enumerate(self.index.left_out(), start=1):
                    left_out((shown("left out", number, name), reason))
                    rollup.left_out[reason] += 1
        write_text(plan.folder / PAGE, render_page(rollup, options.require))
        return rollup

    @contextmanager
    def _names(self) -> Iterator[Callable[[str, int, str], str]]:
        """Yield what tells how a file is called: by its name, or "input 12" where it is hidden.

        Who has the journal, which holds the names, has a table of the numbers beside it.
        """
        if not self.plan.settings.options.hide_names:
            yield lambda _kind, _number, name: text.printable(name)
            return
        place = self.plan.journal.parent / NUMBERS
        place.unlink(missing_ok=True)  # it would lead from the numbers of new tables to others
        with tables.table(place, ("number", "name")) as numbers:

            def shown(kind: str, number: int, name: str) -> str:
                numbers((f"{kind} {number}", text.printable(name)))
                return f"{kind} {number}"

            yield shown


def _batches(files: Iterator[SourceFile]) -> Iterator[list[SourceFile]]:
    while batch := list(islice(files, SCANNED_TOGETHER)):
        yield batch


def report_of(key: str, fingerprint: str, secret: str) -> str:
    """Return where the report of an input is, seen from the folder of the survey.

    What the input was before, or with other options, has another one. ``secret`` where names are
    hidden: who guesses the path of an input could find its report else.
    """
    end = "input" if secret else re.split(r"[/\\]", key)[-1] or "folder"
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", end)[:60]
    return f"{REPORTS}/{name.strip('.-')}-{digest(secret + key + fingerprint)}.html"


def _key_of(folder: Path) -> str:
    """Return what the names of hidden inputs' reports are made with; "" before there is one."""
    path = folder / KEY
    found = read_whole(path, 64).decode("ascii", "replace") if path.is_file() else ""
    return found if re.fullmatch(r"[0-9a-f]{64}", found) else ""


def _made_key(folder: Path) -> str:
    """Return the secret, a new one unless there is one: parts that run side by side share it."""
    if not _key_of(folder):
        made = folder / f"{PART}{secrets.token_hex(8)}"
        made.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            (folder / KEY).hardlink_to(made)  # never over that of another part
        except OSError:
            if not _key_of(folder):
                made.replace(folder / KEY)
        made.unlink(missing_ok=True)
    return _key_of(folder)
