"""What a survey keeps of an input: one record, and the rows that it gives under some options.

A record holds what was found, and no level: which findings are errors is decided when the tables
are written, so that other options need no file to be read again.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Self

from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.checker.report import Report, Result, overall_of
from fw_gear_viewer_check.checker.verdicts import settled, verdicts_of
from fw_gear_viewer_check.model import text
from fw_gear_viewer_check.reports.headline import NOTHING_READABLE, headline_of_verdicts
from fw_gear_viewer_check.reports.rows import FOUND, Json, found_of, row
from fw_gear_viewer_check.requirements.known_repairs import written_as
from fw_gear_viewer_check.requirements.registry import BY_ID
from fw_gear_viewer_check.requirements.types import (
    NEEDS,
    Capability,
    Finding,
    Level,
    Repair,
    Requirement,
    Status,
)
from fw_gear_viewer_check.survey.rollup import SeriesRow

DAMAGE = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    zlib.error,
)
"""What reading a record raises that is not what this program writes."""
MAX_FINDINGS = 16 * 1024 * 1024
"""Bytes of the findings of a series; they are a hundred texts."""


@dataclass(frozen=True, slots=True)
class Record:
    """What was found out about an input, as a line of the journal has it."""

    key: str
    name: str
    fingerprint: str
    context: str
    """Stands for the other inputs that had a say; "" for none."""
    problem: str = ""
    """Why it could not be checked; it has no series then."""
    series: tuple[Json, ...] = ()
    holds: tuple[str, ...] = ()
    """SeriesInstanceUIDs in it."""
    refers_to: tuple[str, ...] = ()
    """SeriesInstanceUIDs of the images that it needs and does not hold."""
    has_report: bool = False

    @classmethod
    def from_json(cls, document: Json) -> Self:
        """Return the record that a document describes; raises one of :data:`DAMAGE`."""
        record = cls(**document)
        texts = (record.key, record.name, record.fingerprint, record.context, record.problem)
        for one in (*texts, *record.holds, *record.refers_to):
            checked_text(one)
        return record

    def to_json(self) -> str:
        """Return it as a line of the journal."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return json.dumps(found, separators=(",", ":"), allow_nan=False)


def series_rows(
    record: Record, options: Options, name: str = "", link: str = ""
) -> Iterator[tuple[SeriesRow, list[Json]]]:
    """Yield each series, and the rows of its findings; an input that was not checked has one.

    ``name`` is what the tables call the input. Raises one of :data:`DAMAGE` for a record that this
    program has not written.
    """
    if record.problem:
        yield SeriesRow(name, text.printable(record.problem)), []
    for one in record.series:
        findings, results = [], []
        place = {
            "file": name,
            "series_instance_uid": text.uid(one["series_instance_uid"]),
            "modality": text.code(checked_text(one["modality"])),
        }
        unpacked = list(_unpacked(one["findings"]))
        by_id = {requirement.id: finding for requirement, _, finding in unpacked}
        for requirement, cells, found in unpacked:
            if options.levels.get(requirement.id) is not Level.IGNORE:
                level, finding = settled(requirement, by_id, options.levels)
                findings.append(row(place, requirement, level, cells[finding is not found]))
                results.append(Result(requirement, level, finding))
        # Whether an archive holds one series is no news about each of several.
        is_alone = len(record.series) == 1
        news = [c for c in options.require if is_alone or c is not Capability.ARCHIVE]
        repairs = {found["requirement"]: found["repair"] for found in findings if found["repair"]}
        series = _series_row(one, results, options.require, news)
        yield replace(series, name=name, link=link, repairs=repairs), findings


def _series_row(
    one: Json, results: list[Result], require: Sequence[Capability], news: Sequence[Capability]
) -> SeriesRow:
    """Return the row of a series; of what is required, ``news`` make its headline."""
    verdicts = verdicts_of(results)

    def ids(level: Level, status: Status) -> tuple[str, ...]:
        return tuple(
            r.requirement.id
            for r in results
            if r.level is level and r.status is status and r.finding.code != NEEDS
        )

    headline, viewer = NOTHING_READABLE, _viewer(one["viewer"])
    if one["instances"]:
        handlers = viewer["handlers"] if viewer else ()
        headline = headline_of_verdicts(verdicts, news, *handlers[:1] or ("",))
    return SeriesRow(
        name="",
        headline=headline,
        series_instance_uid=text.uid(one["series_instance_uid"]),
        sop_class_uid=text.uid(one["sop_class_uid"]),
        sop_class=text.printable(one["sop_class"]),
        modality=text.code(checked_text(one["modality"])),
        instances=_count(one["instances"]),
        frames=_count(one["frames"]),
        overall=overall_of(verdicts, require, is_readable=bool(one["instances"])),
        verdicts=tuple(verdict.status for verdict in verdicts.values()),
        failing=ids(Level.REQUIRED, Status.FAIL),
        unknown=ids(Level.REQUIRED, Status.UNKNOWN),
        notes=ids(Level.NOTE, Status.FAIL),
        viewer=viewer,
    )


def _count(value: object) -> int:
    if type(value) is int and 0 <= value < 2**53:
        return value
    raise ValueError


def checked_text(value: object) -> str:
    """Return a text; raises :class:`TypeError` for anything else."""
    if not isinstance(value, str):
        raise TypeError
    return value


def _viewer(found: Json | None) -> Json | None:
    if found is None:
        return None
    return {
        **{name: _count(found[name]) for name in ("display_sets", "reconstructable", "four_d")},
        "handlers": [text.printable(handler) for handler in found["handlers"]],
        "messages": [_count(code) for code in found["messages"]],
        "lost": text.printable(found["lost"]),
    }


_COUNTS = frozenset({"affected", "checked"})


def packed(series: Report) -> str:
    """Return the findings of a report about one series as a short text.

    What the requirements say themselves, and what the input is called, is left out.
    """
    findings = [(r.requirement.id, *map(_found, _ways(r))) for r in series.results]
    raw = json.dumps(findings, separators=(",", ":"), allow_nan=False).encode()
    return base64.b64encode(zlib.compress(raw, 4)).decode()


def _ways(result: Result) -> Iterator[Result]:
    """Yield what was found, and what counts where options make notes of what it needs."""
    yield result
    if result.finding.by_itself is not None:
        yield replace(result, finding=result.finding.by_itself)


def _found(result: Result) -> tuple[list[object], str, Json]:
    finding = result.finding
    return list(found_of(result).values()), finding.code, _values(finding)


def _values(finding: Finding) -> Json:
    """Return the values that a headline, or the level of a finding, is made of."""
    counts = {name: value for name, value in finding.values.items() if type(value) is int}
    return {**counts, "ids": finding.values["ids"]} if finding.code == NEEDS else counts


def _unpacked(findings: str) -> Iterator[tuple[Requirement, list[Json], Finding]]:
    unpacking = zlib.decompressobj()
    raw = unpacking.decompress(base64.b64decode(findings), MAX_FINDINGS)
    if unpacking.unconsumed_tail:
        raise ValueError
    for id_, *ways in json.loads(raw):
        cells, found = zip(*(_read(BY_ID[id_], *way) for way in ways), strict=True)
        by_itself = found[1] if len(found) > 1 else None
        yield BY_ID[id_], list(cells), replace(found[0], by_itself=by_itself)


def _read(
    requirement: Requirement, cells: list[object], code: str, values: Json
) -> tuple[Json, Finding]:
    """Read what :func:`_found` has written."""
    found: Json = {
        column: _count(cell) if column in _COUNTS else text.printable(checked_text(cell))
        for column, cell in zip(FOUND, cells, strict=True)
    }
    if "ids" in values:
        values["ids"] = tuple(values["ids"])
    # The names of what fails are not kept; a headline says whether it is all, or some.
    is_some = 0 < found["affected"] < found["checked"]
    return found, Finding(
        Status(found["status"]),
        found["evidence"],
        ("",) if is_some else (),
        found["checked"],
        _repair(requirement.id, *(found[c] for c in ("repair", "repair_gear", "repair_config"))),
        checked_text(code),
        values,
    )


@lru_cache(maxsize=4096)
def _repair(id_: str, words: str, gear: str, config: str) -> Repair | None:
    """Return the repair that the cells of a record name; None for one of another version."""
    return written_as(BY_ID[id_], words, gear, json.loads(config or "{}")) if words else None
