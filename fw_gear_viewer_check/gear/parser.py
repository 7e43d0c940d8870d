"""What the user set in the gear's config, as the types that the check works with.

Every option has its default here as well as in the manifest: a gear rule that was saved with an
older version of the gear does not send the options it never knew.
"""

from __future__ import annotations

import os.path
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from fw_gear_viewer_check.checker import options
from fw_gear_viewer_check.checker.options import Options, UsageError
from fw_gear_viewer_check.requirements.types import Status

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
    config, inputs = options.complete(config_json["config"]), config_json["inputs"]
    return GearConfig(
        input_path=_input_path("dicom", inputs["dicom"], folder),
        input_name=inputs["dicom"]["location"]["name"],
        reference_path=(
            _input_path("reference", inputs["reference"], folder) if "reference" in inputs else None
        ),
        options=options.options_from(config),
        tag=config["tag"].strip(),
        html_report=config["html_report"],
        thumbnail=config["thumbnail"],
        platform_lookup=config["platform_lookup"],
        fail_on=FailOn(config["fail_on"]),
        debug=config["debug"],
        unknown=tuple(options.unknown_names(config_json["config"])),
        api_key=_api_key(inputs),
    )


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
