"""What a job has to do: ``config.json``, read once and made complete.

The platform writes every key; a hand-made file rarely has more than ``config`` and ``inputs``, and
a gear rule that was saved with an older version of the gear lacks the options it never knew.
"""

from __future__ import annotations

import json
import os.path
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fw_gear_viewer_check.checker.options import Options, UsageError, complete, options_from
from fw_gear_viewer_check.gear.platform_files import MAX_DEPTH, is_deeper_than, number_of, text_of
from fw_gear_viewer_check.gear.sdk import MAX_JSON_COMMAS, MAX_JSON_OBJECTS
from fw_gear_viewer_check.requirements.types import Status
from fw_gear_viewer_check.system.files import read_whole

Json = dict[str, Any]

CONTAINERS = ("project", "subject", "session", "acquisition")
"""Containers whose files a gear may describe."""
FILE_INPUTS = ("dicom", "reference")
MAX_CONFIG = 32 * 1024 * 1024
"""Bytes of config.json; with all metadata of two files it has some hundred thousand."""

_OBJECT = {"type": ["object", "null"]}
_INPUT = {**_OBJECT, "properties": dict.fromkeys(("hierarchy", "location", "object"), _OBJECT)}
_SHAPE = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("config", "destination", "job"), _OBJECT),
        "inputs": {**_OBJECT, "additionalProperties": _INPUT},
    },
}
"""JSON schema of config.json, as far as the gear relies on it; the options have their own."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run of the gear. What names a patient or opens the platform is not in its ``repr``."""

    folder: Path
    """The gear folder, with input/ and output/."""
    id: str
    settings: dict[str, Any]
    """Every option of the manifest, by name."""
    unknown_settings: tuple[str, ...]
    options: Options
    """The options of the check."""
    input_path: Path
    reference_path: Path | None
    inputs: Json = field(repr=False)
    """The file inputs as in config.json, complete: hierarchy, location, object."""
    destination: Json
    api_key: str | None = field(repr=False)
    """None where the job has no such input; "" where it has an empty one."""

    @property
    def input(self) -> Json:
        """The input file, as the job knew it when it was made."""
        dicom: Json = self.inputs["dicom"]
        return dicom

    def fails_with(self, overall: Status) -> bool:
        """Return whether the job itself fails with this overall result."""
        return overall in _FAILS_WITH[self.settings["fail_on"]]

    @property
    def file_id(self) -> str:
        """The input's id on the platform; "" for a file that is on none."""
        return str(self.input["object"].get("file_id") or "")

    @property
    def file_version(self) -> int | None:
        """Version of the input file that is checked; None where it is not known."""
        return number_of(self.input["object"].get("version"))


_FAILS_WITH = {
    "never": frozenset[Status](),
    "fail": frozenset({Status.FAIL}),
    "unknown": frozenset({Status.FAIL, Status.UNKNOWN}),
}


def gear_folder() -> Path:
    """Return the current folder, in which the engine starts a gear.

    Raises :class:`UsageError` where it was removed, or may not be looked at.
    """
    try:
        return Path.cwd()
    except OSError as error:
        message = f"the current folder cannot be read: {error.strerror}"
        raise UsageError(message) from error


def load_job(folder: Path) -> Job:
    """Return the job of a gear folder; without config.json, one for the only file in input/.

    Raises :class:`UsageError` for a config.json that cannot be read, an option that cannot be
    used, and an input that is missing.
    """
    path = folder / "config.json"
    # A link that leads nowhere counts as one that cannot be read.
    given = read_json(path) if os.path.lexists(path) else {}
    config = given.get("config") or {}
    settings = complete(config)
    destination = _container(given.get("destination") or {}, "acquisition")
    entries = {name: entry for name, entry in (given.get("inputs") or {}).items() if entry}
    if "dicom" not in entries:
        entries |= _found_inputs(folder)
    home = destination["type"] if destination["type"] in CONTAINERS else "acquisition"
    inputs = {
        name: _file_input(name, entry, home)
        for name, entry in entries.items()
        if name in FILE_INPUTS or entry.get("base") == "file"
    }
    return Job(
        folder=folder,
        id=str((given.get("job") or {}).get("id") or ""),
        settings={**settings, "tag": settings["tag"].strip()},
        unknown_settings=tuple(name for name in config if name not in settings),
        options=options_from(settings),
        input_path=_path("dicom", inputs["dicom"], folder),
        reference_path=(
            _path("reference", inputs["reference"], folder) if "reference" in inputs else None
        ),
        inputs=inputs,
        destination=destination,
        api_key=_api_key(entries),
    )


def read_json(path: Path) -> Json:
    """Return a config.json; raises :class:`UsageError` for one that cannot be read."""
    import jsonschema  # noqa: PLC0415 - slow, and many jobs on a desk have no config.json

    try:
        text = read_whole(path, MAX_CONFIG).decode("utf-8-sig")
        has_too_many = (
            text.count("{") + text.count("[") > MAX_JSON_OBJECTS
            or text.count(",") > MAX_JSON_COMMAS
        )
        content = {} if has_too_many else json.loads(text)
    except (ValueError, RecursionError) as error:
        why = "nested too deep" if isinstance(error, RecursionError) else error
        message = f"{path.name} is not valid JSON: {why}"
        raise UsageError(message) from error
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}"
        raise UsageError(message) from error
    if has_too_many:
        message = f"{path.name} has more than {MAX_JSON_OBJECTS:,} objects or values"
        raise UsageError(message)
    if is_deeper_than(MAX_DEPTH, content):
        message = f"{path.name} is nested more than {MAX_DEPTH} levels deep"
        raise UsageError(message)
    for fault in jsonschema.Draft7Validator(_SHAPE).iter_errors(content):
        # The validator's own message quotes values, which may name a patient.
        where = ".".join(map(str, fault.path))
        message = f"{path.name}: {where or 'the content'} must be a JSON object"
        raise UsageError(message)
    found: Json = content
    return found


def _file_input(name: str, entry: Json, home: str) -> Json:
    """Return an input with everything in it that the toolkit takes for granted."""
    if entry.get("base", "file") != "file":
        message = f"input {name} must be a file, but its base is {ascii(entry['base'])[:80]}"
        raise UsageError(message)
    described, location = entry.get("object") or {}, entry.get("location") or {}
    file_name = location.get("name") or str(location.get("path") or "").rpartition("/")[2]
    if not isinstance(file_name, str) or not file_name:
        message = f"input {name}: location has neither path nor name"
        raise UsageError(message)
    info, tags = described.get("info"), described.get("tags")
    return {
        **entry,
        "base": "file",
        "hierarchy": _container(entry.get("hierarchy") or {}, home),
        "location": {**location, "name": file_name},
        "object": {
            **described,
            "info": info if isinstance(info, dict) else {},
            "tags": [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else [],
        },
    }


def _container(given: Json, otherwise: str) -> Json:
    """Return a complete container reference; a type that is not known here stays what it is."""
    return {"type": text_of(given.get("type")) or otherwise, "id": str(given.get("id") or "")}


def _found_inputs(folder: Path) -> Json:
    """Return the inputs that lie in the gear folder: all that a user without config.json has."""
    paths = {"dicom": _only_file(folder)}
    references = _visible_files(folder / "input" / "reference")
    if len(references) == 1:
        paths["reference"] = references[0]
    return {name: {"location": {"path": str(p), "name": p.name}} for name, p in paths.items()}


def _only_file(folder: Path) -> Path:
    for place in (folder / "input" / "dicom", folder / "input"):
        files = _visible_files(place)
        if len(files) == 1:
            return files[0]
        if files:
            message = (
                f"config.json names no input dicom, and {place.relative_to(folder)} contains "
                f"{len(files)} files: keep one (zip a series first), or name one in config.json"
            )
            raise UsageError(message)
    message = "input dicom is missing: none in config.json, and no file in input/dicom or input"
    raise UsageError(message)


def _visible_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))


def _path(name: str, entry: Json, folder: Path) -> Path:
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


def _api_key(inputs: Json) -> str | None:
    if "api-key" not in inputs:
        return None
    key = inputs["api-key"].get("key")
    return key if isinstance(key, str) else ""
