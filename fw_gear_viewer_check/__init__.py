"""viewer-check: will the Flywheel viewer open this DICOM series, and if not, why.

``check`` judges a file, ``REQUIREMENTS`` holds what is asked; both are loaded when first used, so
that the command line starts at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fw_gear_viewer_check.checker import check
    from fw_gear_viewer_check.core import Options, Report, UsageError
    from fw_gear_viewer_check.page import REQUIREMENTS

__version__ = "0.1.0"

PAGE = "Flywheel viewer data requirements as read in November 2026"
"""Which edition of Flywheel's page the verdicts go by; the page itself carries no date."""

__all__ = ["PAGE", "REQUIREMENTS", "Options", "Report", "UsageError", "__version__", "check"]

_HOMES = {
    "check": "checker",
    "Options": "core",
    "Report": "core",
    "UsageError": "core",
    "REQUIREMENTS": "page",
}


def __getattr__(name: str) -> object:
    """Load a public name from the module it lives in."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - only when a name is asked for

    return getattr(import_module(f"{__name__}.{home}"), name)
