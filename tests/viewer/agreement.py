"""docs/agreement.md: how far the model and the viewer agree, from a live run's outcomes.

Nothing in it depends on the time or the machine, so that a run without news changes nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.viewer import known
from tests.viewer.compare import FIELDS
from tests.viewer.groups import WHAT_THEY_ASK
from tests.viewer.real_viewer import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.viewer.compare import Difference
    from tests.viewer.live import Outcome
    from tests.viewer.real_viewer import Answer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agreement.md"
DIFFERENCES = Path(__file__).with_name("page_and_viewer.md")
"""The table of where the page and the viewer differ: written by hand, checked by the cases."""


@dataclass
class Tally:
    """What a live run has gathered."""

    generated: dict[str, list[Outcome]] = field(default_factory=dict)
    corpus: dict[str, tuple[Answer, list[Difference]]] = field(default_factory=dict)


def write(tally: Tally) -> None:
    """Write the page anew."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text("\n".join(_lines(tally)) + "\n", encoding="utf-8")


def _lines(tally: Tally) -> Iterator[str]:
    outcomes = [o for group in tally.generated.values() for o in group]
    yield from (
        "# How the prediction agrees with the real viewer",
        "",
        "<!-- Written by a live run (make viewer-test) and by tests/viewer/page_and_viewer.md. -->",
        "",
        "`viewer-check` predicts what the open-source viewer makes of a series. That prediction is",
        f"held against the viewer itself: OHIF {VERSION} in Chromium, local files, default mode.",
        "What is compared is what the viewer *lists*: whether a listed image can then be drawn",
        "is another matter (pixels are not read), except where it needs other images. The graphics",
        "processor's limit is that of the run: images above 2048 x 2048 make no volume.",
        "",
        DIFFERENCES.read_text(encoding="utf-8").strip(),
        "",
        "## The figures",
        "",
        "| cases | how many | with a difference |",
        "|---|---:|---:|",
    )
    for name, group in tally.generated.items():
        differing = sum(bool(o.differences) for o in group)
        yield f"| {WHAT_THEY_ASK[name]} | {len(group)} | {differing} |"
    differing = sum(bool(o.differences) for o in outcomes)
    yield f"| all generated cases | {len(outcomes)} | {differing} |"
    if tally.corpus:
        differing = sum(bool(differences) for _, differences in tally.corpus.values())
        yield f"| real series of the corpus | {len(tally.corpus)} | {differing} |"
    yield from ("", *_by_field(outcomes, tally), "", *_disagreements(outcomes), "")
    yield from _error_pages(outcomes)


def _by_field(outcomes: list[Outcome], tally: Tally) -> Iterator[str]:
    yield "Agreement by field (a display set's handler, number of instances and so on; the SUV"
    yield "factor to 12 digits, the rest exactly):"
    yield ""
    yield "| field | generated cases | corpus |"
    yield "|---|---:|---:|"
    ours = _counted(o.differences for o in outcomes)
    real = _counted(differences for _, differences in tally.corpus.values())
    for name in FIELDS:
        corpus = _share(real[name], len(tally.corpus)) if tally.corpus else "not at hand"
        yield f"| {name} | {_share(ours[name], len(outcomes))} | {corpus} |"


def _counted(differences: Iterable[list[Difference]]) -> Counter[str]:
    """Return in how many series each field differs."""
    return Counter(name for one in differences for name in {d.field for d in one})


def _share(differing: int, of: int) -> str:
    return f"{of - differing} of {of} ({(of - differing) / of:.1%})" if of else "-"


def _disagreements(outcomes: list[Outcome]) -> Iterator[str]:
    yield "## Disagreements"
    yield ""
    differing = [o for o in outcomes if o.differences]
    if not differing:
        yield "None."
    for outcome in differing:
        reason = known.DISAGREEMENTS.get(outcome.case.name)
        fields = ", ".join(d.field for d in outcome.differences)
        told = f"{reason.viewer} {reason.reason}" if reason else "Not yet explained."
        yield f"- **{outcome.case.name}** ({fields}): {told}"


def _error_pages(outcomes: list[Outcome]) -> Iterator[str]:
    """Name the cases that end on the error page for another reason than what is listed."""
    names = sorted(o.case.name for o in outcomes if o.error_page)
    yield "## Error pages"
    yield ""
    yield "These cases end on the viewer's error page after the display sets were made. The model"
    yield "predicts it where the list itself leads to it: a structure set or parametric map without"
    yield "the images that it refers to, and instances without a study among others. The rest fails"
    yield "in drawing made-up data that has nothing to draw:"
    yield ""
    yield "; ".join(names) + "."
