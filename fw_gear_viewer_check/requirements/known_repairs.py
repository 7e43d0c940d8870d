"""Repairs as they stand in results: whether they are ours, and not of anyone who may edit them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fw_gear_viewer_check.model.stack import DIMENSIONS
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.causes import BEDS
from fw_gear_viewer_check.requirements.splitting import KINDS_OF_IMAGE, STACKS, as_splitter_wants
from fw_gear_viewer_check.requirements.types import ConfigValue, Repair, Requirement

_MOST_SERIES = 10_000
"""Most series that a file is split into."""


def written_as(
    requirement: Requirement, text: str, gear: str, config: Mapping[str, object]
) -> Repair | None:
    """Return the repair that has this text, gear and config; None where nothing here writes them.

    Of a text that was cut, and ends in "…", no more is compared than stands before a value.
    """
    may_be = (*requirement.repairs, *_WITHOUT_GEAR)
    return next((r for r in may_be if r.gear == gear and _fits(config, r) and _says(text, r)), None)


def written_by(requirement: Requirement, gear: str, config: Mapping[str, object]) -> Repair | None:
    """Return the repair by this gear with this config; None where nothing here writes them."""
    by_gear = (r for r in requirement.repairs if r.gear and r.gear == gear)
    return next((r for r in by_gear if _fits(config, r)), None)


_WITHOUT_GEAR = tuple(
    one for one in vars(repairs).values() if isinstance(one, Repair) and not one.gear
)
"""What has to come first, or is said of what is not determined, stands in no requirement."""
_ATTRIBUTES = frozenset(
    map(as_splitter_wants, (*DIMENSIONS, *STACKS, *KINDS_OF_IMAGE, *BEDS, "PixelSpacing"))
)
"""What may separate the images of a series; by a word of its own choice a gear would split off
each image."""
_BRACES = re.compile(r"\\{\w+\\}")
"""A place for a value, in a text whose special characters are escaped."""
_NAME = f"(?:{'|'.join(_ATTRIBUTES)})"
_VALUE = f"(?:{_NAME}(?:,{_NAME}){{0,{len(_ATTRIBUTES)}}}|[0-9]{{1,5}})"
"""What stands there: attributes, or a number."""


def _says(text: str, repair: Repair) -> bool:
    if text.endswith("…"):
        begin = repair.text.partition("{")[0]
        return begin.startswith(text[:-1]) or text.startswith(begin)
    whole = _BRACES.sub(_VALUE, re.escape(repair.text))
    return re.fullmatch(whole, text) is not None


def _fits(config: Mapping[str, object], repair: Repair) -> bool:
    """Return whether viewer-check writes this config, with values in the place of its braces."""
    is_whole = config.keys() == repair.config.keys()
    return is_whole and all(_may_be(config[key], due) for key, due in repair.config.items())


def _may_be(value: object, due: ConfigValue) -> bool:
    if due == "{attribute}":
        names = value.split(",") if isinstance(value, str) else [""]
        return _ATTRIBUTES.issuperset(names) and len(set(names)) == len(names)
    if str(due).startswith("{"):
        return type(value) is int and 0 < value <= _MOST_SERIES
    return value == due and isinstance(value, bool) == isinstance(due, bool)
