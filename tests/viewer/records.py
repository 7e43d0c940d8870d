"""The recorded cases, and what the viewer did with them: one line each.

``recorded/cases/`` holds the made-up series by group; a folder beside it for each release and
source of data (``3.13.2-local``, ``3.13.2-dicomweb``) holds answers by name of the case. An answer
counts for the case as it was when the viewer was asked: its ``case`` is a digest of it. A live run
writes all of these; the replay reads them, so that the model is held to what the viewer did
without a viewer.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.viewer.case import EXPLICIT, Case, Pixels, shared_and_varying
from tests.viewer.real_viewer import LOCAL, RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.viewer.live import Outcome

FOLDER = Path(__file__).with_name("recorded")
CASES = FOLDER / "cases"
CORPUS = "corpus"
"""Real series: their answers are recorded, and they are not."""

LARGEST_FILE = 400_000


@dataclass(frozen=True)
class Record:
    """A case and what the viewer did with it."""

    case: Case
    sets: list[dict[str, Any]]
    error_page: bool
    refused: int = 0
    """Files that the server did not take."""

    rewritten: tuple[str, ...] = ()
    """Keywords of the attributes that the server served with other values than the files'."""

    drawn: bool | None = None
    """Whether the images are drawn, where that was asked."""

    @property
    def is_the_files(self) -> bool:
        """Whether the viewer had what the files hold; else no prediction from them can hold."""
        return not self.refused and not self.rewritten


@dataclass(frozen=True)
class RealRecord:
    """A real series by its id, and what the viewer did with it."""

    name: str
    differs: tuple[str, ...]
    """Fields in which the prediction of that time differed."""

    sets: list[dict[str, Any]]
    error_page: bool
    refused: int
    rewritten: tuple[str, ...]
    drawn: bool | None = None

    @property
    def is_the_files(self) -> bool:
        """Whether the viewer had what the files hold."""
        return not self.refused and not self.rewritten


def write_cases(group: str, cases: Iterable[Case]) -> None:
    """Write a group's cases anew."""
    _write(CASES / f"{group}.json", (_stored_case(one) for one in cases))


def write_answers(group: str, release: str, source: str, outcomes: Iterable[Outcome]) -> None:
    """Write what the viewer did with a group; what was recorded and not asked again stays."""
    path = _answers_path(group, release, source)
    answers = {one["name"]: one for one in _read(path)} | {
        o.case.name: {"name": o.case.name, "case": digest(o.case), **_stored_answer(o)}
        for o in outcomes
    }
    names = [one["name"] for one in _read(CASES / f"{group}.json")]
    _write(path, (answers[name] for name in names if name in answers))


def write_corpus(release: str, source: str, outcomes: Iterable[Outcome]) -> None:
    """Write what the viewer did with the real series, and in what the prediction differed."""
    stored = (
        {
            "name": o.case.name,
            **_stored_answer(o),
            **({"differs": [d.field for d in o.differences]} if o.differences else {}),
        }
        for o in outcomes
    )
    _write(_answers_path(CORPUS, release, source), stored)


def corpus(release: str = RELEASE, source: str = LOCAL) -> list[RealRecord]:
    """Read what the viewer did with the real series."""
    return [
        RealRecord(one["name"], tuple(one.get("differs", ())), **_answer(one))
        for one in _read(_answers_path(CORPUS, release, source))
    ]


def digest(case: Case) -> str:
    """Return what tells this case from any other, also of the same name."""
    files: list[Any] = [case.encoded_as, asdict(case.pixels)] if case.pixels else []
    files += [case.vrs] if case.vrs else []
    content = json.dumps([case.instances, case.transfer_syntax, *files], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def groups() -> list[str]:
    """Return the names of the recorded groups."""
    return sorted(path.stem for path in CASES.glob("*.json"))


def runs() -> list[tuple[str, str]]:
    """Return the releases and sources of which there are answers."""
    folders = sorted(path.name for path in FOLDER.iterdir() if path != CASES)
    return [(release, source) for release, _, source in (f.rpartition("-") for f in folders)]


def cases(group: str) -> list[Case]:
    """Read a group's cases."""
    return [_case(one) for one in _read(CASES / f"{group}.json")]


def records(group: str, release: str = RELEASE, source: str = LOCAL) -> list[Record]:
    """Read a group's cases, those that were answered, with their answers."""
    answers = {one["name"]: one for one in _read(_answers_path(group, release, source))}
    answered = [
        (case, answers[case.name])
        for case in cases(group)
        if case.name in answers and answers[case.name]["case"] == digest(case)
    ]
    return [Record(case, **_answer(answer)) for case, answer in answered]


def _answers_path(group: str, release: str, source: str) -> Path:
    return FOLDER / f"{release}-{source}" / f"{group}.json"


def _read(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.is_file() else []
    return found


def _write(path: Path, stored: Iterable[dict[str, Any]]) -> None:
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in stored)
    text = f"[\n{lines}\n]\n"
    if len(text) > LARGEST_FILE:
        message = f"{path.stem}: {len(text)} bytes of records, more than {LARGEST_FILE}"
        raise ValueError(message)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _stored_case(case: Case) -> dict[str, Any]:
    common, varying = shared_and_varying(case.instances)
    stored: dict[str, Any] = {"name": case.name, "common": common, "varying": varying}
    if case.transfer_syntax != EXPLICIT:
        stored["transfer_syntax"] = case.transfer_syntax
    if case.alone:
        stored["alone"] = True
    if case.pixels:
        stored |= {"encoded_as": case.encoded_as, "pixels": asdict(case.pixels)}
    if case.vrs:
        stored["vrs"] = case.vrs
    return stored


def _case(stored: dict[str, Any]) -> Case:
    instances = tuple({**stored["common"], **one} for one in stored["varying"])
    syntax = stored.get("transfer_syntax", EXPLICIT)
    pixels = stored.get("pixels")
    if pixels:
        parts, offsets = tuple(pixels["parts"]), tuple(pixels["offsets"])
        pixels = Pixels(parts, pixels["encapsulated"], offsets)
    return Case(
        stored["name"],
        instances,
        syntax,
        stored.get("alone", False),
        stored.get("encoded_as", ""),
        pixels,
        tuple((keyword, vr) for keyword, vr in stored.get("vrs", ())),
    )


def _stored_answer(outcome: Outcome) -> dict[str, Any]:
    sets = sorted(outcome.sets, key=lambda s: json.dumps(s, sort_keys=True))
    stored: dict[str, Any] = {
        "viewer": [{k: v for k, v in s.items() if v is not None} for s in sets]
    }
    if outcome.error_page:
        stored["error_page"] = True
    if outcome.refused:
        stored["refused"] = outcome.refused
    if outcome.drawn is not None:
        stored["drawn"] = outcome.drawn
    if outcome.rewritten:
        stored["rewritten"] = list(outcome.rewritten)
    return stored


def _answer(stored: dict[str, Any]) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("frames", "reconstructable", "four_d", "volumes", "attribute", "suv_factor")
    )
    return {
        "sets": [{**nothing, **one} for one in stored["viewer"]],
        "error_page": stored.get("error_page", False),
        "refused": stored.get("refused", 0),
        "rewritten": tuple(stored.get("rewritten", ())),
        "drawn": stored.get("drawn"),
    }
