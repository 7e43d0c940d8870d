"""What to do next: the repairs of what fails, each once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fw_gear_viewer_check.model.text import shortened
from fw_gear_viewer_check.reports.view import ORDER
from fw_gear_viewer_check.requirements import repairs
from fw_gear_viewer_check.requirements.types import Capability, RepairKind, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_viewer_check.checker.report import Result
    from fw_gear_viewer_check.reports.view import Card, Problem, Tile
    from fw_gear_viewer_check.requirements.types import Repair

MOST_STEPS = 4
MOST_FINDINGS = 3
"""Findings named with a step: "export it with this attribute" has to say which."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, and what for."""

    repair: Repair
    because: str
    """What was found, of the first requirements that it repairs."""
    gains: tuple[Capability, ...]
    ids: tuple[str, ...]
    decides: bool


def steps_of(problems: Iterable[Problem]) -> tuple[Step, ...]:
    """Return what to do, most useful first: each repair once, with all that it is good for.

    What only helps once V3 opens the series is left to the details, and so is why nothing can be
    done.
    """
    found: dict[Repair, list[tuple[Tile, Result]]] = {}
    for problem in problems:
        for card in problem.cards if not problem.cause else ():
            for reason in card.reasons:
                repair = _instruction(card, reason.result)
                if repair is not None and repair.kind is not RepairKind.NONE:
                    found.setdefault(repair, []).append((problem.tile, reason.result))
    steps = tuple(_step(repair, causes) for repair, causes in found.items())
    return tuple(sorted(steps, key=lambda s: (s.gains == ORDER[-1:], not s.decides)))


def _instruction(card: Card, result: Result) -> Repair | None:
    """Return the repair; where nothing could be judged, what would make it possible."""
    if result.status is not Status.UNKNOWN or card.repair != repairs.AFTER_OTHERS:
        return card.repair
    evidence = result.finding.evidence
    return repairs.manual(f"{evidence[:1].upper()}{evidence[1:].rstrip('.')}.")


def _step(repair: Repair, causes: list[tuple[Tile, Result]]) -> Step:
    found = [r.finding.evidence for _, r in causes if r.status is not Status.UNKNOWN]
    found = list(dict.fromkeys(found))
    more = f" and {len(found) - MOST_FINDINGS:,} more" if len(found) > MOST_FINDINGS else ""
    return Step(
        repair=repair,
        because="; ".join(shortened(text, 170) for text in found[:MOST_FINDINGS]) + more,
        gains=tuple(dict.fromkeys(tile.capability for tile, _ in causes)),
        ids=tuple(dict.fromkeys(result.requirement.id for _, result in causes)),
        decides=any(tile.decides for tile, _ in causes),
    )
