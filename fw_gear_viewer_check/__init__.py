"""viewer-check: will the Flywheel viewer open this DICOM series, and if not, why.

``check`` judges a file, ``REQUIREMENTS`` holds what is asked; both are loaded when first used, so
that the command line starts at once.
"""

from __future__ import annotations

from fw_gear_viewer_check.model.version import PAGE, __version__

TYPE_CHECKING = False  # typing is not loaded here: a module of that name may lie beside the data
if TYPE_CHECKING:
    from fw_gear_viewer_check.checker.options import Options, UsageError
    from fw_gear_viewer_check.reports.library import Report, check
    from fw_gear_viewer_check.requirements.registry import REQUIREMENTS

__all__ = ["PAGE", "REQUIREMENTS", "Options", "Report", "UsageError", "__version__", "check"]

_HOMES = {
    "check": "reports.library",
    "Options": "checker.options",
    "Report": "reports.library",
    "UsageError": "checker.options",
    "REQUIREMENTS": "requirements.registry",
}


def __getattr__(name: str) -> object:
    """Load a public name from the module it lives in."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - only when a name is asked for

    return getattr(import_module(f"{__name__}.{home}"), name)
