"""What a user may change about a check."""

from __future__ import annotations

from dataclasses import dataclass

from fw_gear_viewer_check.requirements.types import DEFAULT_REQUIRE, Capability


class UsageError(ValueError):
    """The caller asked for something that cannot be done; the message is one clear line."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a user may change about a check; see the contract's table of options."""

    require: tuple[Capability, ...] = DEFAULT_REQUIRE
    ignore: tuple[str, ...] = ()
    as_note: tuple[str, ...] = ()
    as_error: tuple[str, ...] = ()
    orientation_tolerance: float = 0.01
    spacing_tolerance_mm: float = 0.2
    max_instances: int = 5000
