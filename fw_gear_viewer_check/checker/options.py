"""The options: declared here once, for the gear, the command line, profiles and the library.

The manifest's ``config`` is :data:`SCHEMA` (a test holds them equal), the command line makes its
options from :data:`OPTIONS`, and every value of a file passes :func:`complete`. An
:class:`Options` object is valid whenever it exists.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from fw_gear_viewer_check.model.series import Tolerances
from fw_gear_viewer_check.model.text import shortened
from fw_gear_viewer_check.requirements.types import (
    DEFAULT_REQUIRE,
    Capability,
    Level,
    is_selected,
)
from fw_gear_viewer_check.system.files import read_whole


class UsageError(ValueError):
    """The caller asked for something that cannot be done; the message is one clear line."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option; its type is that of its default. Numbers are above zero."""

    name: str
    default: str | bool | float
    help: str
    choices: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, Any]:
        """What the manifest says of it, as JSON schema (draft 4)."""
        choices = {"enum": list(self.choices)} if self.choices else {}
        kind = _KINDS[type(self.default)]
        return {"description": self.help, **kind, **choices, "default": self.default}


_KINDS: dict[type, dict[str, Any]] = {
    bool: {"type": "boolean"},
    str: {"type": "string"},
    int: {"type": "integer", "minimum": 1},
    float: {"type": "number", "minimum": 0, "exclusiveMinimum": True},
}
_EXPECTED = {
    "boolean": "true or false",
    "string": "text",
    "integer": "a whole number above 0",
    "number": "a number above 0",
}

FAIL_ON = ("never", "fail", "unknown")

OPTIONS = (
    Option(name="debug", default=False, help="Enable debug logging."),
    Option(
        name="tag",
        default="viewer-check",
        help="Tag for the input file; it also gets <tag>-PASS, <tag>-FAIL or <tag>-UNKNOWN. "
        "Leave empty for no tags.",
    ),
    Option(
        name="capability_tags",
        default=False,
        help="Also tag the file with the verdict of each capability, such as <tag>-v3_mpr-FAIL.",
    ),
    Option(
        name="require",
        default=",".join(DEFAULT_REQUIRE),
        help="Capabilities that decide the overall result, comma-separated: "
        f"{', '.join(Capability)}.",
    ),
    Option(
        name="ignore",
        default="",
        help="Requirements to ignore: ids or prefixes, comma-separated (V2-105,MPR).",
    ),
    Option(
        name="as_note",
        default="",
        help="Requirements to report without failing: ids or prefixes, comma-separated.",
    ),
    Option(
        name="as_error",
        default="",
        help="Requirements to treat as errors: ids or prefixes, comma-separated.",
    ),
    Option(
        name="orientation_tolerance",
        default=0.01,
        help="Largest allowed difference of a direction cosine between the images of a volume.",
    ),
    Option(
        name="spacing_tolerance_mm",
        default=0.2,
        help="Largest allowed difference between a gap and the average gap of the images, in mm.",
    ),
    Option(
        name="max_instances",
        default=5000,
        help="Largest allowed number of single-frame images in a series.",
    ),
    Option(name="html_report", default=True, help="Write the HTML report."),
    Option(
        name="thumbnail",
        default=True,
        help="Show a small picture of the middle image in the HTML report, unless names may be "
        "burned into it.",
    ),
    Option(
        name="hide_names",
        default=False,
        help="In all outputs, show numbers instead of the names of files inside the input.",
    ),
    Option(
        name="platform_lookup",
        default=True,
        help="Look up reference images and duplicates on the platform, with the api-key.",
    ),
    Option(
        name="fail_on",
        default="never",
        choices=FAIL_ON,
        help="Fail the job, after all outputs are written, if the overall result is FAIL (fail), "
        "or FAIL or UNKNOWN (unknown).",
    ),
)
"""All options, in the order of the manifest."""

DEFAULTS: dict[str, str | bool | float] = {option.name: option.default for option in OPTIONS}
SCHEMA = {option.name: option.schema for option in OPTIONS}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a user may change about a check, for several checks alike; its lists are tuples.

    Raises :class:`UsageError` for an id or prefix that names no requirement, and for a tolerance
    that is not above zero.
    """

    require: tuple[Capability, ...] = DEFAULT_REQUIRE
    ignore: tuple[str, ...] = ()
    as_note: tuple[str, ...] = ()
    as_error: tuple[str, ...] = ()
    orientation_tolerance: float = 0.01
    spacing_tolerance_mm: float = 0.2
    max_instances: int = 5000
    hide_names: bool = False

    def __post_init__(self) -> None:
        for name in ("orientation_tolerance", "spacing_tolerance_mm", "max_instances"):
            value = getattr(self, name)
            if not (_is_number(value) and value > 0):
                raise UsageError(_refusal(name, value))
        if self.max_instances % 1:
            raise UsageError(_refusal("max_instances", self.max_instances))
        if not isinstance(self.hide_names, bool):
            raise UsageError(_refusal("hide_names", self.hide_names))
        _capabilities(self.require)
        for name in _OVERRIDES.values():
            for selector in getattr(self, name):
                selected_ids(name, selector)

    @cached_property
    def levels(self) -> dict[str, Level]:
        """Level of each requirement that these options set, by id; of several the mildest."""
        levels: dict[str, Level] = {}
        for level, name in _OVERRIDES.items():
            for selector in getattr(self, name):
                levels |= dict.fromkeys(selected_ids(name, selector), level)
        return levels

    @cached_property
    def tolerances(self) -> Tolerances:
        """What a series is checked with."""
        most = int(self.max_instances)  # 5000.0 is a whole number, too
        return Tolerances(self.orientation_tolerance, self.spacing_tolerance_mm, most)


_OVERRIDES = {Level.REQUIRED: "as_error", Level.NOTE: "as_note", Level.IGNORE: "ignore"}


def options_from(given: Mapping[str, object]) -> Options:
    """Return the options of a check out of values by name: lists as texts or as sequences.

    What is missing or None has its default; names that are no option of a check do not matter.
    """
    values: dict[str, Any] = {}
    for option in fields(Options):
        value = given.get(option.name)
        if value is not None:
            is_list = isinstance(option.default, tuple)
            values[option.name] = _names(option.name, value) if is_list else value
    if "require" in values:
        values["require"] = _capabilities(values["require"])
    return Options(**values)


def complete(
    given: Mapping[str, Any], schema: Mapping[str, dict[str, Any]] = SCHEMA
) -> dict[str, Any]:
    """Return every option with the value that counts; null is the default, like no value at all.

    ``schema`` is the ``config`` of a manifest. Raises :class:`UsageError` for a value that it
    refuses. Names that are no option are left out.
    """
    import jsonschema  # noqa: PLC0415 - slow, and only values of files need it

    values = {
        name: option["default"] if given.get(name) is None else given[name]
        for name, option in schema.items()
    }
    # JSON and TOML write 5000.0 for 5000 at times, and Python reads NaN, which JSON does not have.
    checker = jsonschema.Draft4Validator.TYPE_CHECKER.redefine_many(
        {"number": lambda _, v: _is_number(v), "integer": lambda _, v: _is_number(v) and v % 1 == 0}
    )
    validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
        jsonschema.Draft4Validator, type_checker=checker
    )
    for error in validator({"properties": schema}).iter_errors(values):
        name = error.path[0]
        raise UsageError(_refusal(name, values[name], schema))
    for name, value in values.items():
        if isinstance(value, str) and len(value) > MAX_TEXT:
            message = f"option {name}: longer than {MAX_TEXT:,} characters"
            raise UsageError(message)
    return {name: type(schema[name]["default"])(value) for name, value in values.items()}


def _is_number(value: object) -> bool:
    # Python counts true as the number 1, and has whole numbers that no float can hold.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= _LARGEST


_LARGEST = 1e300


MAX_TEXT = 4_000
"""Characters of an option: all requirements, by their ids, take a third. The gear keeps each option
beside its result."""
MAX_PROFILE = 1 << 16
"""Bytes that are read of a profile."""


def read_profile(path: Path) -> dict[str, Any]:
    """Return the options of a site's profile, a TOML file; unknown names are errors."""
    try:
        given = tomllib.loads(read_whole(path, MAX_PROFILE).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        message = f"{path} is not valid TOML: {error}"
        raise UsageError(message) from error
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise UsageError(message) from error
    for name in given:
        if name not in DEFAULTS:
            message = f"{path}: there is no option {_quoted(name)}{nearest(name, DEFAULTS)}"
            raise UsageError(message)
        if isinstance(given[name], dict):  # may be nested too deep to be shown
            message = f"{path}: option {name} is a table, not a value"
            raise UsageError(message)
    try:
        values = complete(given)
    except UsageError:
        raise
    except ValueError as error:  # hexadecimal numbers may be too long to be written as decimals
        message = f"{path}: a number in it is too large"
        raise UsageError(message) from error
    return {name: values[name] for name in given}


def selected_ids(option: str, selector: str) -> list[str]:
    """Return the ids of requirements that an id or prefix names.

    Raises :class:`UsageError` where it names none; ``option`` is for the message.
    """
    ids = _known_ids()
    chosen = [id_ for id_ in ids if is_selected(id_, selector)]
    if not chosen:
        known = [*ids, *dict.fromkeys(id_.partition("-")[0] for id_ in ids)]
        message = (
            f"option {option}: {_quoted(selector)} matches no requirement"
            f"{nearest(selector, known)}; list them with: viewer-check rules"
        )
        raise UsageError(message)
    return chosen


def _known_ids() -> list[str]:
    from fw_gear_viewer_check.requirements.registry import (  # noqa: PLC0415 - slow third parties
        REQUIREMENTS,
    )

    return [requirement.id for requirement in REQUIREMENTS]


def _capabilities(names: Iterable[str]) -> tuple[Capability, ...]:
    known = {capability.value: capability for capability in Capability}
    chosen = []
    for name in names:
        if name not in known:
            message = (
                f"option require: {_quoted(name)} is not a capability{nearest(name, known)}; "
                f"choose from {', '.join(known)}"
            )
            raise UsageError(message)
        chosen.append(known[name])
    if not chosen:
        message = f"option require: name at least one capability: {', '.join(known)}"
        raise UsageError(message)
    return tuple(chosen)


def _names(option: str, value: object) -> tuple[str, ...]:
    """Return the names of a comma-separated list, or of a sequence; blanks around them go."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise UsageError(_refusal(option, value))
    stripped = (name.strip() for name in names)
    return tuple(dict.fromkeys(name for name in stripped if name))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return " (did you mean ...?)", or "" where nothing is near; case does not matter."""
    by_lower = {one.lower(): str(one) for one in known}
    wrong = name[:MAX_SHOWN].lower()  # difflib makes an index of each letter
    # The end of a capability is what people remember of it: "mpr" is v3_mpr.
    near = [one for one in by_lower if wrong and one.endswith(f"_{wrong}")]
    near = near or difflib.get_close_matches(wrong, by_lower, n=3)
    return f" (did you mean {' or '.join(by_lower[one] for one in near)}?)" if near else ""


def _refusal(name: str, value: object, schema: Mapping[str, dict[str, Any]] = SCHEMA) -> str:
    kind = schema[name]
    expected = f"one of {', '.join(kind['enum'])}" if "enum" in kind else _EXPECTED[kind["type"]]
    return f"option {name}: {_quoted(value)} is not {expected}"


def _quoted(value: object) -> str:
    return shortened(ascii(value), MAX_SHOWN)


MAX_SHOWN = 80
"""Characters of a wrong value that a message repeats."""
