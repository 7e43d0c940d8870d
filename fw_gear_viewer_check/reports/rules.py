"""The requirements themselves, for people (text, Markdown) and programs (JSON)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby

from fw_gear_viewer_check.model.version import PAGE, __version__
from fw_gear_viewer_check.reports.rows import repair_object
from fw_gear_viewer_check.reports.wording import source_of, wrapped
from fw_gear_viewer_check.requirements.types import Capability, Requirement

_WIDTH = 100


def explained(requirement: Requirement) -> str:
    """Return what a requirement says, why, how to repair it and where the page says so."""
    standing = f"{requirement.capability.value}, {requirement.level.value}"
    lines = [f"{requirement.id}  {requirement.title}  ({standing})"]
    lines += _field("rule", requirement.statement)
    lines += _field("why", requirement.why)
    texts = [repair.general for repair in requirement.repairs]
    if len(texts) == 1:
        lines += _field("repair", texts[0])
    else:
        lines += _field("repair", "depends on the cause:")
        lines += [
            line for text in texts for line in wrapped(f"{' ' * 14}- {text}", _WIDTH, " " * 16)
        ]
    lines += _field("applies to", requirement.scope.name)
    if requirement.tags:
        lines += _field("reads", ", ".join(_attribute(*tag) for tag in requirement.tags))
    if requirement.requires:
        lines += _field("needs", ", ".join(requirement.requires))
    lines += _field("source", source_of(requirement.source))
    return "\n".join(lines) + "\n"


def _field(label: str, text: str) -> list[str]:
    return wrapped(f"  {label:<12}{text}", _WIDTH, " " * 14)


def _attribute(tag: str, keyword: str) -> str:
    return keyword if keyword == tag else f"{keyword} {tag}"


def listed(requirements: Iterable[Requirement]) -> str:
    """Return one line for each requirement, under its capability."""
    lines = []
    for capability, group in groupby(requirements, key=lambda r: r.capability):
        lines.append(f"{capability.label} ({capability.value})")
        lines += [f"  {r.id:<8}{r.level.value:<10}{r.title}" for r in group]
    return "\n".join(lines) + "\n"


def as_json(requirements: Iterable[Requirement]) -> str:
    """Return the requirements as a JSON document."""
    document = {
        "viewer_check": __version__,
        "page": PAGE,
        "requirements": [
            {
                "id": r.id,
                "capability": r.capability.value,
                "level": r.level.value,
                "title": r.title,
                "statement": r.statement,
                "why": r.why,
                "repairs": [repair_object(repair) for repair in r.repairs],
                "scope": r.scope.name,
                "attributes": [{"tag": tag, "keyword": keyword} for tag, keyword in r.tags],
                "requires": list(r.requires),
                "source": r.source,
            }
            for r in requirements
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_markdown(requirements: Iterable[Requirement]) -> str:
    """Return the requirements as a Markdown page, a section for each heading of the page."""
    lines = [
        "# All requirements, and why",
        "",
        "<!-- Written by `make docs` from the registry: do not edit. -->",
        "",
        f"Source: {PAGE}. Each section is a heading of",
        'that page; sections named "Seen in the viewer" list requirements that are not on the page',
        "but were seen in the open-source viewer. A *required* requirement decides the verdict of",
        "its capability; a *note* is reported but never changes the result.",
    ]
    for (capability, source), group in groupby(
        requirements, key=lambda r: (r.capability, r.source)
    ):
        lines += ["", f"## {_heading(capability, source)}", ""]
        for requirement in group:
            lines += _section(requirement)
    return "\n".join(lines) + "\n"


def _heading(capability: Capability, source: str) -> str:
    where = f"Seen in the {source}" if source.startswith("viewer") else source
    return f"{where} · {capability.label}"


def _section(requirement: Requirement) -> list[str]:
    reads = ", ".join(f"`{_attribute(*tag)}`" for tag in requirement.tags)
    return [
        f"### {requirement.id} {requirement.title}",
        "",
        f"{_literal(requirement.statement)} ({requirement.level.value})",
        "",
        f"- Why: {_literal(requirement.why)}",
        *_repairs([_literal(repair.general) for repair in requirement.repairs]),
        f"- Applies to: {requirement.scope.name}",
        *([f"- Reads: {reads}"] if reads else []),
        *([f"- Needs: {', '.join(requirement.requires)}"] if requirement.requires else []),
        "",
    ]


def _repairs(texts: list[str]) -> list[str]:
    if len(texts) == 1:
        return [f"- Repair: {texts[0]}"]
    return ["- Repair, depending on the cause:", *(f"  - {text}" for text in texts)]


def _literal(text: str) -> str:
    """Return a text for Markdown, which would take asterisks and words in underscores as marks."""
    return text.replace("*", r"\*").replace("__", r"\_\_")
