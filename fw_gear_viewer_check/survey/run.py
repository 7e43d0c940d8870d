"""A survey from its roots to its tables: list, look into loose files, judge, compare, write.

The comparison is a second, smaller pass. In the first every input is judged as if it were the only
one, and says which series it holds and which it asks about. Those that share a series with another
input, or refer to one, are then judged again, with the others at hand.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.survey import scan, tables, work
from fw_gear_viewer_check.survey.index import Ledger
from fw_gear_viewer_check.survey.inputs import Input, LeftOut
from fw_gear_viewer_check.survey.journal import Journal, lines
from fw_gear_viewer_check.survey.page import render_page
from fw_gear_viewer_check.survey.pool import WorkerDied, run
from fw_gear_viewer_check.survey.progress import Pace
from fw_gear_viewer_check.survey.rollup import RollUp
from fw_gear_viewer_check.survey.roots import listed
from fw_gear_viewer_check.survey.urls import digest, storable
from fw_gear_viewer_check.survey.work import Settings, Task
from fw_gear_viewer_check.system.files import write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fw_gear_viewer_check.survey.inputs import Place
    from fw_gear_viewer_check.survey.pool import Pool

log = logging.getLogger(__name__)

PAGE = "survey.html"
REPORTS = "reports"
JOURNALS = "journal"
SCANNED_TOGETHER = 100
"""Loose files that a worker looks into at a time."""


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

    @property
    def journal(self) -> Path:
        """Where this run writes what it finds out."""
        part = self.part
        name = f"part-{part.number:04}-of-{part.count:04}" if part else "survey"
        return self.folder / JOURNALS / f"{name}.jsonl"


def survey(plan: Plan, open_pool: Callable[[], Pool]) -> RollUp | None:
    """Survey, and write the outputs; a part only writes its journal, and returns None.

    Raises :class:`UsageError` for a root that is not there, and for a folder that holds an
    unfinished survey unless it is to be resumed.
    """
    plan.folder.mkdir(parents=True, exist_ok=True)
    with Journal(plan.journal) as journal, Ledger() as ledger:
        if plan.resume:
            _load(journal, ledger)
        else:
            _refuse_unfinished(plan, journal)
        _list_inputs(plan, ledger)
        if not plan.resume:
            _clear(plan, journal)
        with open_pool() as pool:
            _look_into_loose(pool, journal, ledger)
            ledger.group_loose(plan.settings.digest)
            ledger.forget_others()
            _judge(plan, pool, journal, ledger, _first_pass(plan, ledger), "inputs judged")
            if plan.part is not None:
                return None
            _judge(plan, pool, journal, ledger, _second_pass(plan, ledger), "inputs compared")
        rollup = _write(plan, ledger)
        journal.append(json.dumps({"finished": rollup.inputs}))
    return rollup


def _load(journal: Journal, ledger: Ledger) -> None:
    """Take up what earlier runs found out."""
    for path in sorted(journal.path.parent.glob("*.jsonl")):
        for start, length, said in lines(path):
            if "key" in said:
                ledger.add_judged(said, path, start, length)
            for key, stamp, uid, left_out in said.get("seen", ()):
                ledger.add_seen(key, stamp, scan.Seen(uid, left_out))


def _refuse_unfinished(plan: Plan, journal: Journal) -> None:
    if _is_unfinished(journal.path, _parts(plan)):
        message = (
            f"{plan.folder} holds a survey that was not finished: go on with it (--resume), or "
            f"choose another folder"
        )
        raise UsageError(message)


def _parts(plan: Plan) -> list[Path]:
    """Return the journals of the parts that a survey puts together; a part has none."""
    return [] if plan.part is not None else list(plan.journal.parent.glob("part-*.jsonl"))


def _is_unfinished(path: Path, parts: list[Path]) -> bool:
    last = deque((said for _, _, said in lines(path)), maxlen=1)
    if not last:
        return bool(parts)
    since = path.stat().st_mtime_ns
    return "finished" not in last[0] or any(part.stat().st_mtime_ns > since for part in parts)


def _clear(plan: Plan, journal: Journal) -> None:
    """Forget the last survey, now that the roots are known to be there."""
    journal.clear()
    for path in _parts(plan):
        path.unlink()
    if plan.part is None:
        shutil.rmtree(plan.folder / REPORTS, ignore_errors=True)


def _list_inputs(plan: Plan, ledger: Ledger) -> None:
    with Pace("files listed", None) as pace:
        for one in listed(plan.roots, plan.folder):
            if isinstance(one, LeftOut):
                ledger.add_left_out(one.name, one.reason)
            elif not ledger.is_new(one):
                continue
            elif scan.is_input(one):
                ledger.add_input(Input(one.name, (one,)), plan.settings.digest)
            else:
                ledger.add_loose(one)
            pace.step()


def _look_into_loose(pool: Pool, journal: Journal, ledger: Ledger) -> None:
    """Find out which series each loose file belongs to."""
    with Pace("loose files looked into", ledger.count_unseen()) as pace:
        for places, seen in run(pool, scan.scan, _batches(ledger.unseen())):
            # A file that kills its reader is judged alone, where that costs no neighbour.
            found = [scan.ALONE] * len(places) if isinstance(seen, WorkerDied) else seen
            rows = [
                (storable(place.location), place.stamp, one.series_instance_uid, one.left_out)
                for place, one in zip(places, found, strict=True)
            ]
            journal.append(json.dumps({"seen": rows}, separators=(",", ":")))
            for key, stamp, uid, left_out in rows:
                ledger.add_seen(key, stamp, scan.Seen(uid, left_out))
            pace.step(len(places))


def _batches(places: Iterator[Place]) -> Iterator[list[Place]]:
    while batch := list(islice(places, SCANNED_TOGETHER)):
        yield batch


def _first_pass(plan: Plan, ledger: Ledger) -> Iterator[Task]:
    for one in ledger.open_inputs():
        if plan.part is None or plan.part.has(one):
            yield Task(one, plan.settings)


def _second_pass(plan: Plan, ledger: Ledger) -> Iterator[Task]:
    for one, holders, context in ledger.related():
        yield Task(one, plan.settings, holders, context)


def _judge(  # noqa: PLR0913, PLR0917 - the two passes differ in two of them
    plan: Plan, pool: Pool, journal: Journal, ledger: Ledger, tasks: Iterator[Task], what: str
) -> None:
    total = ledger.count_open() if what == "inputs judged" and plan.part is None else None
    with Pace(what, total) as pace:
        for task, made in run(pool, work.judge, tasks):
            outcome = work.unchecked(task, work.DIED) if isinstance(made, WorkerDied) else made
            if outcome.html:
                _write_report(plan, task.input.key, outcome.html)
            start, length = journal.append(outcome.line)
            ledger.add_judged(json.loads(outcome.line), journal.path, start, length)
            pace.step()


def _write_report(plan: Plan, key: str, html: str) -> None:
    path = plan.folder / report_of(key)
    path.parent.mkdir(exist_ok=True)
    write_text(path, html)


def report_of(key: str) -> str:
    """Return where the report of an input is, seen from the folder of the survey."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", re.split(r"[/\\]", key)[-1] or "folder")[:60]
    return f"{REPORTS}/{name.strip('.-')}-{digest(key)[:10]}.html"


def _write(plan: Plan, ledger: Ledger) -> RollUp:
    """Write the tables and the page, input by input in order of name."""
    rollup = RollUp()
    with tables.Tables(plan.folder) as written:
        for said in ledger.judged():
            has_report = plan.settings.with_reports and not said["problem"]
            report = report_of(said["key"]) if has_report else ""
            written.add(said, report)
            rollup.add(said, report)
    rollup.left_out = tables.write_left_out(plan.folder, ledger.left_out())
    write_text(plan.folder / PAGE, render_page(rollup, plan.settings.options))
    return rollup
