"""What the user set in the gear's config, as the types that the check works with.

Every option has its default here as well as in the manifest: a gear rule that was saved with an
older version of the gear does not send the options it never knew.
"""

from __future__ import annotations

import os.path
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.requirements.types import DEFAULT_REQUIRE, Capability, Status

Json = dict[str, Any]


class FailOn(StrEnum):
    """Overall states that make the job itself fail."""

    NEVER = "never"
    FAIL = "fail"
    UNKNOWN = "unknown"

    def includes(self, overall: Status) -> bool:
        """Return whether a job with this overall state has to fail."""
        return overall in _FAILS_ON[self]


_FAILS_ON = {
    FailOn.NEVER: frozenset[Status](),
    FailOn.FAIL: frozenset({Status.FAIL}),
    FailOn.UNKNOWN: frozenset({Status.FAIL, Status.UNKNOWN}),
}

DEFAULTS: Json = {
    "debug": False,
    "tag": "viewer-check",
    "require": ",".join(DEFAULT_REQUIRE),
    "ignore": "",
    "as_note": "",
    "as_error": "",
    "orientation_tolerance": Options.orientation_tolerance,
    "spacing_tolerance_mm": Options.spacing_tolerance_mm,
    "max_instances": Options.max_instances,
    "html_report": True,
    "thumbnail": True,
    "platform_lookup": True,
    "fail_on": FailOn.NEVER.value,
}
"""The options of the manifest, in its order."""


@dataclass(frozen=True, kw_only=True)
class GearConfig:
    """One run of the gear."""

    input_path: Path
    input_name: str
    reference_path: Path | None
    options: Options
    tag: str
    html_report: bool
    thumbnail: bool
    platform_lookup: bool
    fail_on: FailOn
    debug: bool
    unknown: tuple[str, ...]
    """Names in the config that are no options; they do not count."""
    api_key: str = field(repr=False)
    """Empty when there is none; kept out of ``repr`` so that no log ever shows it."""


def parse(config_json: Json, folder: Path) -> GearConfig:
    """Return what a complete ``config.json`` asks for; ``folder`` is the gear's own folder."""
    config, inputs = effective(config_json["config"]), config_json["inputs"]
    return GearConfig(
        input_path=_input_path("dicom", inputs["dicom"], folder),
        input_name=inputs["dicom"]["location"]["name"],
        reference_path=(
            _input_path("reference", inputs["reference"], folder) if "reference" in inputs else None
        ),
        options=Options(
            require=capabilities(config["require"]),
            ignore=names("ignore", config["ignore"]),
            as_note=names("as_note", config["as_note"]),
            as_error=names("as_error", config["as_error"]),
            orientation_tolerance=positive_number(config, "orientation_tolerance"),
            spacing_tolerance_mm=positive_number(config, "spacing_tolerance_mm"),
            max_instances=positive_integer(config, "max_instances"),
        ),
        tag=text("tag", config["tag"]).strip(),
        html_report=boolean(config, "html_report"),
        thumbnail=boolean(config, "thumbnail"),
        platform_lookup=boolean(config, "platform_lookup"),
        fail_on=_fail_on(config["fail_on"]),
        debug=boolean(config, "debug"),
        unknown=tuple(name for name in config_json["config"] if name not in DEFAULTS),
        api_key=_api_key(inputs),
    )


def effective(config: Json) -> Json:
    """Return every option with the value that counts: the one given, or else the default."""
    return {
        name: default if config.get(name) is None else config[name]
        for name, default in DEFAULTS.items()
    }


def text(option: str, value: object) -> str:
    """Return a text option."""
    if not isinstance(value, str):
        _refuse(option, value, "a text")
    return value


def names(option: str, value: object) -> tuple[str, ...]:
    """Return the names of a comma-separated list; blanks around them do not count."""
    parts = (part.strip() for part in text(option, value).split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def capabilities(value: object) -> tuple[Capability, ...]:
    """Return the capabilities of the option ``require``."""
    known = {capability.value: capability for capability in Capability}
    given = names("require", value)
    for name in given:
        if name not in known:
            _refuse("require", name, f"one of {', '.join(known)}")
    if not given:
        message = f"option require: it has to name at least one of {', '.join(known)}"
        raise UsageError(message)
    return tuple(known[name] for name in given)


def boolean(config: Json, option: str) -> bool:
    """Return an option that is either on or off."""
    value = config[option]
    if not isinstance(value, bool):
        _refuse(option, value, "true or false")
    return value


def positive_number(config: Json, option: str) -> float:
    """Return a number above 0."""
    if not _is_positive(config[option]):
        _refuse(option, config[option], "a number above 0")
    return float(config[option])


def positive_integer(config: Json, option: str) -> int:
    """Return a whole number above 0; 5000.0 is one, as JSON does not tell it from 5000."""
    value = config[option]
    if not _is_positive(value) or value != int(value):
        _refuse(option, value, "a whole number above 0")
    return int(value)


def _is_positive(value: object) -> bool:
    # Python counts JSON's true as the number 1, and reads NaN and Infinity, which JSON has not.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return 0 < value <= sys.float_info.max


def _fail_on(value: object) -> FailOn:
    if not isinstance(value, str) or value not in list(FailOn):
        _refuse("fail_on", value, f"one of {', '.join(FailOn)}")
    return FailOn(value)


def _refuse(option: str, value: object, wanted: str) -> NoReturn:
    shown = ascii(value)
    if len(shown) > MAX_SHOWN:
        shown = f"{shown[:MAX_SHOWN]}..."
    message = f"option {option}: {shown} is not {wanted}"
    raise UsageError(message)


MAX_SHOWN = 80
"""Characters of a wrong value that a message repeats."""


def _api_key(inputs: Json) -> str:
    key = inputs.get("api-key", {}).get("key")
    return key if isinstance(key, str) else ""


def _input_path(name: str, entry: Json, folder: Path) -> Path:
    """Return where an input file is.

    The platform names it by its path in the container. Run from another gear folder, the same
    file lies in the ``input`` of that folder.
    """
    location = entry["location"]
    here = folder / "input" / name / Path(location["name"]).name
    given = location.get("path")
    candidates = [folder / given, here] if isinstance(given, str) and given else [here]
    for path in candidates:
        # Path.is_file() raises for a name that no file can have; here such a file is just missing.
        if os.path.isfile(path):  # noqa: PTH113
            return path
    message = f"input {name} is missing: no file {location['name']} in input/{name}"
    raise UsageError(message)
