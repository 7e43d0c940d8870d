"""Fetch what the live run needs: ``python -m tests.viewer.set_up`` (run by ``make viewer-test``).

Playwright for Python from PyPI, Debian's Chromium where there is none (needs the right to install
packages), the viewer from npm into a cache folder, and for data from a server Debian's Orthanc.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

from tests.viewer import dicom_server, real_viewer
from tests.viewer.not_available import ViewerNotAvailableError

PLAYWRIGHT = "playwright==1.65.2"


def main() -> None:
    """Fetch what is missing; end with one line on what cannot be had."""
    if importlib.util.find_spec("playwright") is None:
        _run([sys.executable, "-m", "pip", "install", "--quiet", PLAYWRIGHT], "Playwright")
    if shutil.which("chromium") is None:
        _from_debian("chromium")
    if real_viewer.ASKED_SOURCE == real_viewer.DICOMWEB and not dicom_server.PLUGIN.is_file():
        _from_debian(*dicom_server.PACKAGES)
    try:
        real_viewer.chromium()
        real_viewer.install()
    except ViewerNotAvailableError as error:
        sys.exit(str(error))
    if real_viewer.ASKED_SOURCE not in real_viewer.SOURCES:
        sys.exit(f"SOURCE is one of {', '.join(real_viewer.SOURCES)}")


def _from_debian(*packages: str) -> None:
    if shutil.which("apt-get") is not None:
        command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
        _run(command, " and ".join(packages))


def _run(command: list[str], what: str) -> None:
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"{what} could not be installed: {' '.join(command)}")


if __name__ == "__main__":
    main()
