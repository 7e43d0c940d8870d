"""The viewer's recorded answers: one file per group of cases, one line per case.

A live run writes them; the replay reads them, so that the model is held to what the viewer did
without a viewer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.viewer.case import EXPLICIT, Case, shared_and_varying

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.viewer.live import Outcome

FOLDER = Path(__file__).with_name("recorded")
LARGEST_FILE = 400_000


@dataclass(frozen=True)
class Record:
    """A case and what the viewer did with it."""

    case: Case
    sets: list[dict[str, Any]]
    error_page: bool


def write_records(group: str, outcomes: Iterable[Outcome]) -> None:
    """Write a group's file anew."""
    FOLDER.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(_stored(o), separators=(",", ":")) for o in outcomes)
    text = f"[\n{lines}\n]\n"
    if len(text) > LARGEST_FILE:
        message = f"{group}: {len(text)} bytes of records, more than {LARGEST_FILE}"
        raise ValueError(message)
    (FOLDER / f"{group}.json").write_text(text, encoding="utf-8")


def _stored(outcome: Outcome) -> dict[str, Any]:
    common, varying = shared_and_varying(outcome.case.instances)
    stored: dict[str, Any] = {"name": outcome.case.name, "common": common, "varying": varying}
    if outcome.case.transfer_syntax != EXPLICIT:
        stored["transfer_syntax"] = outcome.case.transfer_syntax
    sets = sorted(outcome.sets, key=lambda s: json.dumps(s, sort_keys=True))
    stored["viewer"] = [{k: v for k, v in s.items() if v is not None} for s in sets]
    if outcome.error_page:
        stored["error_page"] = True
    return stored


def groups() -> list[str]:
    """Return the names of the recorded groups."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def records(group: str) -> list[Record]:
    """Read a group's file."""
    stored = json.loads((FOLDER / f"{group}.json").read_text(encoding="utf-8"))
    return [_record(one) for one in stored]


def _record(stored: dict[str, Any]) -> Record:
    instances = tuple({**stored["common"], **one} for one in stored["varying"])
    case = Case(stored["name"], instances, stored.get("transfer_syntax", EXPLICIT))
    nothing = dict.fromkeys(
        ("frames", "reconstructable", "four_d", "volumes", "attribute", "suv_factor")
    )
    sets = [{**nothing, **one} for one in stored["viewer"]]
    return Record(case, sets, stored.get("error_page", False))
