"""One file of the platform, as the gear viewer-check has left its result on it.

Rule of this file: an answer is another program's data. Every value is checked for its type and cut
to a length; of a result that is not what the gear writes nothing is believed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from fw_gear_viewer_check.gear.platform_files import (
    get,
    leaves_out_info,
    list_of,
    number_of,
    text_of,
)
from fw_gear_viewer_check.gear.toolkit import GEAR
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.reports.headline import MAX_HEADLINE
from fw_gear_viewer_check.requirements import known_repairs, repair_kinds
from fw_gear_viewer_check.requirements.registry import BY_ID
from fw_gear_viewer_check.requirements.types import (
    DEFAULT_REQUIRE,
    Capability,
    Status,
    worst,
)
from fw_gear_viewer_check.survey.rollup import SeriesRow

MAX_TEXT = 300
"""Characters of one text."""
MAX_ENTRIES = 50
"""Entries of one capability, as the gear writes them at most."""
MAX_INSTANCES = 2_000_000
"""Instances of a series; more than an input may have files."""
AGAIN = "Run viewer-check again: this repair is not one that this version writes."
"""In place of a repair that may be of another version, or of anyone who may edit metadata."""
CHANGED = "Run viewer-check again: the file has a newer version than the one that was checked."
SPLIT = f"Check the files that {repair_kinds.SPLITTER} made of this one, then delete this one."
"""In place of a gear to start, for a file that was split: it would be split again."""


class State(StrEnum):
    """What is known of a file."""

    CHECKED = "checked"
    STALE = "stale"
    """The file has a newer version than the one that was checked."""
    NEVER = "never checked"
    UNREADABLE = "not readable"
    """There is a result, and it is not what the gear writes; or no answer tells its metadata."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What to start, or do, for a file."""

    capability: str
    """Names, joined by ";"."""
    requirements: str
    """Ids, joined by ";"."""
    text: str
    gear: str
    config: str
    """JSON."""
    caution: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of the platform; labels replace the ids of its containers once they are known."""

    file_id: str
    name: str
    subject: str
    session: str
    acquisition: str
    project: str
    session_id: str
    """With the project's, the ids for the link."""
    version: int | None
    state: State
    result: SeriesRow
    """What was found; its name, link and state are left to :meth:`series_row`."""
    checked_version: int | None = None
    checked_by: str = ""
    """Version of the gear."""
    repairs: tuple[Repair, ...] = ()

    @property
    def is_checked(self) -> bool:
        """True where there is a result, be it of an older version of the file."""
        return self.state in {State.CHECKED, State.STALE}

    def series_row(self, link: str) -> SeriesRow:
        """Return the row of the page."""
        return replace(
            self.result,
            name=" / ".join(filter(None, (self.session, self.acquisition, self.name))),
            problem="" if self.is_checked else self.state.value,
            link=link,
            group=self.subject,
            state=self.state.value,
        )


def file_row(file: object, include: Iterable[Capability]) -> FileRow:
    """Return what the platform says of a file."""
    parents = get(file, "parents")
    row = FileRow(
        file_id=id_of(get(file, "file_id")),
        name=shown(get(file, "name")),
        subject=id_of(get(parents, "subject")),
        session=id_of(get(parents, "session")),
        acquisition=id_of(get(parents, "acquisition")),
        project=id_of(get(parents, "project")),
        session_id=id_of(get(parents, "session")),
        version=number_of(get(file, "version")),
        state=State.NEVER,
        result=SeriesRow("", modality=text.code(text_of(get(file, "modality")))),
    )
    block = get(get(get(file, "info"), "qc"), GEAR)
    if block is None:
        return replace(row, state=State.UNREADABLE) if leaves_out_info(file) else row
    try:
        is_split = repair_kinds.SPLIT_TAG in list_of(get(file, "tags"))
        return _checked(row, block, tuple(include), is_split=is_split)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return replace(row, state=State.UNREADABLE)


def required_of(include: tuple[Capability, ...]) -> tuple[Capability, ...]:
    """Return the capabilities that a file needs to be ready, whatever its gear was told to need."""
    return tuple(c for c in DEFAULT_REQUIRE if c in include) or include


def _version(told: str) -> str:
    return told if re.fullmatch(r"\d+(\.\w{1,20}){1,3}", told, re.ASCII) else ""


def _checked(
    row: FileRow, block: object, include: tuple[Capability, ...], *, is_split: bool
) -> FileRow:
    """Return a row with what a block says; raises an error for what the gear does not write."""
    summary = get(block, "summary")
    verdicts = {c: Status(text_of(get(summary, c.value))) for c in Capability}
    version, checked_version = row.version, number_of(get(summary, "file_version"))
    is_stale = version is not None and checked_version is not None and version > checked_version
    series = list_of(get(summary, "series"))
    entries = {c: list_of(get(get(block, c.value), "data"))[:MAX_ENTRIES] for c in include}
    instead = SPLIT if is_split else CHANGED if is_stale else ""
    found = _repairs(entries, verdicts, instead)
    failing = _ids(entries, "error", [c for c in include if verdicts[c] is Status.FAIL])
    told = set(map(text_of, list_of(get(summary, "unchecked"))))
    unchecked = [i for i in BY_ID if i in told]
    result = replace(
        row.result,
        headline=text.shortened(shown(get(summary, "headline")), MAX_HEADLINE),
        instances=sum(_count(get(one, "instances")) for one in series),
        overall=worst([verdicts[capability] for capability in required_of(include)]),
        verdicts=tuple(verdicts.values()),
        failing=failing,
        unknown=tuple(
            i
            for i in unchecked
            if BY_ID[i].capability in include
            # What only follows from another is no reason of its own.
            and not {*failing, *unchecked}.intersection(BY_ID[i].requires)
        ),
        notes=_ids(entries, "warning", [c for c in include if verdicts[c] is not Status.UNKNOWN]),
        repairs={id_: r.text for r in found for id_ in r.requirements.split(";")},
    )
    if len(series) == 1:
        result = replace(
            result,
            series_instance_uid=text.uid(text_of(get(series[0], "series_instance_uid"))),
            modality=text.code(text_of(get(series[0], "modality"))),
        )
    return replace(
        row,
        state=State.STALE if is_stale else State.CHECKED,
        result=result,
        checked_version=checked_version,
        checked_by=_version(text_of(get(summary, "version"))),
        repairs=found,
    )


def _count(value: object) -> int:
    found = number_of(value) or 0
    if not 0 <= found <= MAX_INSTANCES:
        raise ValueError
    return found


def _ids(
    entries: Mapping[Capability, list[object]], kind: str, capabilities: Iterable[Capability]
) -> tuple[str, ...]:
    """Return the ids of entries, each once; those of requirements that are no more are left out."""
    chosen = (e for c in capabilities for e in entries[c] if get(e, "type") == kind)
    codes = (get(entry, "code") for entry in chosen)
    return tuple(dict.fromkeys(code for code in codes if isinstance(code, str) and code in BY_ID))


def _repairs(
    entries: Mapping[Capability, list[object]],
    verdicts: Mapping[Capability, Status],
    instead: str = "",
) -> tuple[Repair, ...]:
    """Return what to do, each once: several requirements and capabilities may ask for the same.

    ``instead`` is said where there is a gear that is not to be started.
    """
    asking: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
    for capability, found in entries.items():
        if verdicts[capability] not in {Status.FAIL, Status.UNKNOWN}:
            continue
        for entry in found:
            repair, code = get(entry, "repair"), get(entry, "code")
            words, config = text_of(get(repair, "text")), get(repair, "config")
            if not words or not isinstance(code, str) or code not in BY_ID:
                continue
            told = config if isinstance(config, Mapping) else {}
            known = known_repairs.written_as(BY_ID[code], words, text_of(get(repair, "gear")), told)
            parts = (AGAIN, "", "", "")
            if known is not None and known.gear and instead:
                parts = (instead, "", "", "")
            elif known is not None:
                # A gear that is started with its defaults may delete images: all of its config.
                whole = json.dumps(told, sort_keys=True) if known.gear else ""
                is_ours = not words.endswith("…") or known.text.startswith(words[:-1])
                said = words if is_ours else known.general
                parts = (said, known.gear, whole, known.caution)
            capabilities, codes = asking.setdefault(parts, ([], []))
            capabilities.append(capability.value)
            codes.append(code)
    return tuple(
        Repair(*(";".join(dict.fromkeys(ids)) for ids in asked), *parts)
        for parts, asked in asking.items()
    )


def id_of(value: object) -> str:
    """Return an id of the platform; "" for anything else."""
    found = text_of(value)
    return found if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", found) else ""


def shown(value: object) -> str:
    """Return a text as outputs may show it."""
    return text.printable(text.shortened(text_of(value), MAX_TEXT))


FILES_COLUMNS = (
    *("subject", "session", "acquisition", "file", "file_id", "version", "state", "headline"),
    *("overall", *(c.value for c in Capability), "failing", "unknown", "checked_version"),
    *("checked_by", "link"),
)
REPAIRS_COLUMNS = (
    *("subject", "session", "acquisition", "file", "file_id", "state", "capability"),
    *("requirements", "repair", "gear", "config", "caution"),
)


def file_cells(row: FileRow, link: str) -> list[Any]:
    """Return the row of files.csv; what was not checked has no verdicts."""
    found = row.result
    statuses = [found.overall.value, *(v.value for v in found.verdicts)]
    return [
        *(row.subject, row.session, row.acquisition, row.name, row.file_id, row.version),
        *(row.state.value, found.headline),
        *(statuses if row.is_checked else [""] * len(statuses)),
        *(";".join(found.failing), ";".join(found.unknown)),
        *(row.checked_version, row.checked_by, link),
    ]


def repair_cells(row: FileRow) -> list[list[Any]]:
    """Return the rows of repairs.csv: what to start, or do, for a file."""
    place = [row.subject, row.session, row.acquisition, row.name, row.file_id, row.state.value]
    return [[*place, *asdict(repair).values()] for repair in row.repairs]
