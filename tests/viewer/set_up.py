"""Fetch what the live run needs: ``python -m tests.viewer.set_up`` (run by ``make viewer-test``).

Playwright for Python from PyPI, Debian's Chromium where there is none (needs the right to install
packages), and the viewer from npm into a cache folder.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

from tests.viewer import real_viewer

PLAYWRIGHT = "playwright==1.65.2"


def main() -> None:
    """Fetch what is missing; end with one line on what cannot be had."""
    if importlib.util.find_spec("playwright") is None:
        _run([sys.executable, "-m", "pip", "install", "--quiet", PLAYWRIGHT], "Playwright")
    if shutil.which("chromium") is None and shutil.which("apt-get") is not None:
        _run(["apt-get", "install", "--yes", "--quiet", "chromium"], "Chromium")
    try:
        real_viewer.chromium()
        real_viewer.install()
    except real_viewer.ViewerNotAvailableError as error:
        sys.exit(str(error))


def _run(command: list[str], what: str) -> None:
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"{what} could not be installed: {' '.join(command)}")


if __name__ == "__main__":
    main()
