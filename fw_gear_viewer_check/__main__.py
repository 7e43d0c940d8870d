"""``python -P -m fw_gear_viewer_check`` is the command ``viewer-check``.

Without ``-P``, Python itself imports modules like ``warnings`` or ``contextlib`` from the current
folder before it runs this one.

The workers of a survey import what their parent was started by, and need nothing of it: it imports
the command line when it is called.
"""

import os
import sys

# "python -m" looks into the current folder first, where data may lie, and beside them a click.py:
# without -P, what is imported from here on is not taken from there.
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - loaded
try:
    if os.getcwd() == sys.path[0] != HERE:  # noqa: PTH109
        del sys.path[0]
except OSError:
    pass  # the current folder was removed: nothing lies in it

import signal  # noqa: E402 - from Python itself, now


def main() -> None:
    """Run the command; Ctrl-C before it can answer ends the process without a word."""
    answer = signal.getsignal(signal.SIGINT)
    if answer is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # No matrix is multiplied here, and the threads of BLAS would spin for 20 ms at each start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from fw_gear_viewer_check import cli  # noqa: PLC0415 - not in workers
    from fw_gear_viewer_check.system.bounds import limit_memory  # noqa: PLC0415

    signal.signal(signal.SIGINT, answer)
    limit_memory()
    cli.main()


if __name__ == "__main__":
    main()
