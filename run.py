#!/usr/bin/env python3
"""The gear ``viewer-check``: from ``config.json`` and ``input/`` to ``output/``.

The Flywheel engine starts it in the gear folder. See docs/gear.md for what it does on a site.
"""

from __future__ import annotations

import signal

if __name__ == "__main__":  # until it can answer, Ctrl-C ends it without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import sys
from pathlib import Path

from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.gear import log
from fw_gear_viewer_check.gear.job import gear_folder, load_job
from fw_gear_viewer_check.gear.lookup import connection_of, lookup_of
from fw_gear_viewer_check.gear.publish import OutputError, publish
from fw_gear_viewer_check.system import stopping
from fw_gear_viewer_check.system.bounds import TooLongError, limit_memory, limited_time, size_of
from fw_gear_viewer_check.system.tracebacks import stopped_by


def main() -> int:
    """Run the gear in the current folder and return its exit code."""
    log.start()
    stopping.clean_up_when_stopped()
    try:
        return run(gear_folder())
    except stopping.StoppedError as stopped:
        log.error("stopped by a signal: nothing was written")
        return stopped.exit_code
    except (UsageError, OutputError) as error:
        log.error(error)
        return 1
    except OSError as error:
        log.error(f"the input cannot be read ({error.strerror or error}): nothing was written")
        return 1
    except TooLongError as error:
        log.error(f"{error}: nothing was written")
        return 1
    except Exception as error:  # noqa: BLE001 - a traceback may quote values
        log.error(f"{stopped_by(error)}: nothing was written")
        return 1


def run(folder: Path) -> int:
    """Check the input of a gear folder and write all outputs; return the exit code."""
    job = load_job(folder)
    log.set_level(debug=job.settings["debug"])
    connection = connection_of(job)
    with limited_time(size_of(job.input_path)):
        report = check(
            job.input_path,
            job.reference_path,
            options=job.options,
            lookup=lookup_of(job, connection),
        )
    log.report(job, report)
    publish(job, report, connection)
    if job.fails_with(report.overall):
        log.error(log.why_it_fails(job, report))
        return 1
    return 0


if __name__ == "__main__":
    limit_memory()
    sys.exit(main())
