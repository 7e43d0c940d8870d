"""The command ``viewer-check survey``: what it says, and how it ends."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from dataclasses import replace
from functools import partial

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.model.text import counted, printable
from fw_gear_viewer_check.requirements.types import Capability, Status
from fw_gear_viewer_check.survey import run, tables
from fw_gear_viewer_check.survey.rollup import RollUp
from fw_gear_viewer_check.survey.workers import DaskPool, LocalPool, cores
from fw_gear_viewer_check.system.stopping import (
    INTERRUPTED,
    clean_up_when_stopped,
    ignore_signals,
)


def part(given: str) -> run.Part:
    """Return the part that "3/16" means; raises :class:`UsageError` for anything else."""
    matched = re.fullmatch(r"(\d{1,6})/(\d{1,6})", given.strip())
    if matched is not None:
        number, count = map(int, matched.groups())
        if 1 <= number <= count:
            return run.Part(number, count)
    message = f"--part: {given!r} is not K/N with K from 1 to N, such as 3/16"
    raise UsageError(message)


def carry_out(plan: run.Plan, *, jobs: int | None, dask: str | None) -> tuple[int, str]:
    """Survey; return the exit code and what is to be said."""
    # Batch systems say with this signal that the time is over.
    clean_up_when_stopped()
    open_pool = partial(LocalPool, jobs or cores()) if dask is None else partial(DaskPool, dask)
    try:
        rollup = run.survey(replace(plan, is_elsewhere=dask is not None), open_pool)
    except KeyboardInterrupt:
        ignore_signals()  # another one, while Python ends, would decide the exit code
        code, what = INTERRUPTED, "interrupted"
    except OSError as error:
        # The journal is written through an open file: its errors bring no name.
        code, what = 2, printable(f"{error.filename or plan.folder}: {error.strerror}")
    except EOFError:  # of the process that starts the workers; click would call it an interruption
        code, what = 2, "the processes of the survey were ended"
    except sqlite3.Error as error:
        code, what = 2, f"scratch data base in {tempfile.gettempdir()}: {error}"
    else:
        if rollup is None:
            journal = printable(str(plan.journal))
            return 0, f"this part is complete: its findings are in {journal}\n"
        return 0, summary(rollup, plan)
    if plan.journal.exists():
        what += "; the findings so far are kept. Continue with the same command and --resume"
    return code, f"viewer-check: {what}\n"


def summary(rollup: RollUp, plan: run.Plan) -> str:
    """Return the numbers that matter, as text for a terminal."""
    ready = rollup.overall[Status.PASS] + rollup.overall[Status.NOT_APPLICABLE]
    required = ", ".join(plan.settings.options.require)
    inputs, folder = counted(rollup.inputs, "input"), printable(str(plan.folder))
    rows = [
        f"{rollup.series:,} series in {inputs}: {ready:,} ready (checked: {required})",
        *(_row(rollup, capability) for capability in Capability),
    ]
    if rollup.problems:
        rows.append(f"  could not be checked: {counted(rollup.problems.total(), 'input')}")
    if rollup.left_out:
        count = f"{rollup.left_out.total():,}"
        rows.append(f"  left out: {count}, see {folder}/{tables.LEFT_OUT}")
    rows.append(f"  see {folder}/{run.PAGE}")
    return "".join(f"{row}\n" for row in rows)


def _row(rollup: RollUp, capability: Capability) -> str:
    counts = rollup.verdicts[capability]
    numbers = ", ".join(
        f"{counts[status]:,} {status.value}"
        for status in (Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOT_APPLICABLE)
        if counts[status]
    )
    return f"  {capability.label:<22}{numbers or 'nothing'}"
