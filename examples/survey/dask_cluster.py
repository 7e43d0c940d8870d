"""A survey on a dask cluster; here one of this machine, elsewhere that of a site.

    python examples/survey/dask_cluster.py ROOT OUT

At a site, put the cluster of dask-jobqueue, dask-kubernetes or dask-gateway in the place of
LocalCluster, or give the address of a scheduler that runs already to ``--dask`` yourself. The
workers need this package, and have to see the inputs under the same names.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from multiprocessing import resource_tracker

from distributed import LocalCluster


def main() -> int:
    """Start a cluster, survey on it, and return the exit code of the survey."""
    if len(sys.argv) != 3:
        sys.exit("usage: python examples/survey/dask_cluster.py ROOT OUT")
    root, out = sys.argv[1:]
    # The workers would look for modules in the current folder first, and run files of an archive.
    os.environ["PYTHONSAFEPATH"] = "1"
    # Ctrl-C reaches all processes of a terminal; it is for the survey, and not for the workers.
    resource_tracker.ensure_running()  # it would let it through when it starts
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # A worker process with one thread each: judging is Python, and threads would take turns.
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        command = [sys.executable, "-P", "-m", "fw_gear_viewer_check", "survey", root, "--out", out]
        survey = subprocess.Popen([*command, "--dask", cluster.scheduler_address, "--resume"])
        while True:
            with suppress(KeyboardInterrupt):  # the survey ends by it, and says so
                return survey.wait()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
