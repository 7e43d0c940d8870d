"""The gear's ``config.json``: read, found to be missing, and made complete.

The platform writes every key; a hand-made file rarely has more than ``config`` and ``inputs``. The
gear toolkit needs all of them, so they are filled in here, once, before anything looks at them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fw_gear_viewer_check.checker.options import UsageError

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]

CONTAINERS = ("project", "subject", "session", "acquisition")
"""Containers of the Flywheel hierarchy whose files a gear may describe in its metadata."""

FILES = ("dicom", "reference")
"""Inputs that are files."""


def load(folder: Path) -> Json:
    """Return the ``config.json`` of a gear folder, complete; without one, one for its input."""
    path = folder / "config.json"
    given = _read(path) if path.exists() else {}
    config, job = _part(given, "config"), _part(given, "job")
    destination = _container(_part(given, "destination"), "acquisition")
    inputs = {
        name: _object(f"inputs.{name}", entry)
        for name, entry in _part(given, "inputs").items()
        if entry is not None
    }
    if "dicom" not in inputs:
        inputs = {**inputs, **_found_inputs(folder)}
    return {
        "config": config,
        "inputs": {name: _complete(name, entry, destination) for name, entry in inputs.items()},
        "destination": destination,
        "job": {"id": job.get("id") or ""},
    }


def _read(path: Path) -> Json:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        message = f"{path.name} is not valid JSON: {error}"
        raise UsageError(message) from error
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}"
        raise UsageError(message) from error
    return _object(path.name, content)


def _object(name: str, value: object) -> Json:
    if not isinstance(value, dict):
        message = f"{name} has to be a JSON object, not {type(value).__name__}"
        raise UsageError(message)
    return value


def _part(given: Json, name: str, within: str = "") -> Json:
    """Return an object of the config; missing and null are both an empty one."""
    value = given.get(name)
    return {} if value is None else _object(f"{within}{name}", value)


def _complete(name: str, entry: Json, destination: Json) -> Json:
    """Return an input with everything in it that the toolkit takes for granted."""
    base = entry.get("base", "file")
    if base != "file" and name in FILES:
        message = f"input {name} has to be a file: its base is {ascii(base)[:80]}"
        raise UsageError(message)
    if base != "file":
        return entry
    within = f"inputs.{name}."
    described = _part(entry, "object", within)
    info, tags = described.get("info"), described.get("tags")
    location = {"name": "", **_part(entry, "location", within)}
    location["name"] = location["name"] or str(location.get("path", "")).rpartition("/")[2]
    if not isinstance(location["name"], str) or not location["name"]:
        message = f"input {name}: location has neither path nor name"
        raise UsageError(message)
    return {
        **entry,
        "base": "file",
        "hierarchy": _container(_part(entry, "hierarchy", within), _home(destination)),
        "location": location,
        "object": {
            **described,
            "info": info if isinstance(info, dict) else {},
            "tags": [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else [],
        },
    }


def _home(destination: Json) -> str:
    """Return where an input lives that does not say so; never in the analysis that looks at it."""
    kind: str = destination["type"]
    return kind if kind in CONTAINERS else "acquisition"


def _container(given: Json, otherwise: str) -> Json:
    """Return a container reference whose type the platform knows."""
    known = given.get("type") in (*CONTAINERS, "analysis")
    kind = given["type"] if known else otherwise
    return {"type": kind, "id": given.get("id") or ""}


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
                f"input dicom is not named in config.json, and {place.relative_to(folder)} holds "
                f"{len(files)} files: leave one (a series as one zip), or name one in config.json"
            )
            raise UsageError(message)
    message = "input dicom is missing: not named in config.json, no file in input/dicom or input"
    raise UsageError(message)


def _visible_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
