"""The log of a job: what identifies nobody, on stdout; errors on stderr."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterable, Sequence

from fw_gear_viewer_check.checker.options import DEFAULTS, nearest
from fw_gear_viewer_check.checker.report import Report
from fw_gear_viewer_check.gear.job import Job
from fw_gear_viewer_check.model.text import printable, shortened
from fw_gear_viewer_check.reports import job_log
from fw_gear_viewer_check.system import streams
from fw_gear_viewer_check.system.environment import forget_tqdm
from fw_gear_viewer_check.system.few_lines import FewLines

MAX_LINE = 2000
"""Characters of a line about what went wrong: names in config.json may have no end."""
log = logging.getLogger("viewer-check gear")


def start() -> None:
    """Log to stdout, and errors to stderr; nothing but warnings until the job is known."""
    forget_tqdm()
    streams.may_be_full()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The encoding of the job's log may lack a sign, or a letter of a name.
        sys.stdout.reconfigure(errors="backslashreplace")
    out, err = logging.StreamHandler(sys.stdout), logging.StreamHandler(sys.stderr)
    streams.log_ours_only(out, err)
    out.addFilter(lambda record: record.levelno < logging.ERROR)
    err.setLevel(logging.ERROR)
    logging.basicConfig(format="%(levelname)-8s %(message)s", handlers=[out, err], force=True)
    set_level(debug=False)


def set_level(*, debug: bool) -> None:
    """Set what is logged: of the package only warnings, unless debugging.

    The first line is to be the headline.
    """
    log.setLevel(logging.DEBUG if debug else logging.INFO)
    logging.getLogger("fw_gear_viewer_check").setLevel(logging.DEBUG if debug else logging.WARNING)


def error(message: object) -> None:
    """Log one line about what went wrong; names of files in it may hold line breaks."""
    log.error("%s", shortened(printable(str(message)), MAX_LINE))


def why_it_fails(job: Job, found: Report) -> str:
    """Return why ``fail_on`` lets a job fail."""
    reasons = [c for c in found.require if found.verdicts[c].status is found.overall]
    return (
        f"the job fails because fail_on is {job.settings['fail_on']} and the overall result is "
        f"{found.overall} ({', '.join(reasons) or 'no DICOM can be read'})"
    )


def report(job: Job, found: Report) -> None:
    """Log what was found, and the options that were ignored."""
    for line in job_log.lines(found):
        log.info(line)
    ignored(job.unknown_settings, DEFAULTS)


def ignored(names: Sequence[str], known: Iterable[str]) -> None:
    """Log the options that do not exist."""
    lines = FewLines()
    for name in names:
        if lines.take():
            near = nearest(name, known)
            log.warning("ignored: there is no option %s%s", shortened(ascii(name), 80), near)
    lines.end(log.warning, "ignored: and %s more")
