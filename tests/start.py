"""Start the gear: as the engine does, in a process of its own, or quicker in this one."""

import io
import logging
import os
import signal
import subprocess
import sys
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import run

RUN = Path(run.__file__)


def gear_process(folder, **environment):
    """Run the gear as the engine does: nothing but PATH in the environment."""
    return subprocess.run(
        [sys.executable, str(RUN)],
        cwd=folder,
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def gear(folder, **environment):
    """Run the gear in this process, with the same environment and the same answer."""
    out, err = io.StringIO(), io.StringIO()
    with (
        chdir(folder),
        mock.patch.dict(os.environ, {"PATH": os.defpath, **environment}, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
        as_it_was(),
    ):
        code = run.main()
    return subprocess.CompletedProcess(["run.py"], code, out.getvalue(), err.getvalue())


@contextmanager
def as_it_was():
    """Put back what the gear sets for its process: log levels, handlers, signals."""
    loggers = [logging.getLogger(n) for n in (None, "fw_gear_viewer_check", "viewer-check gear")]
    levels = [(logger, logger.level) for logger in loggers]
    handlers = loggers[0].handlers[:]
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for logger, level in levels:
            logger.setLevel(level)
        loggers[0].handlers[:] = handlers
        for number, handler in signals.items():
            signal.signal(number, handler)
