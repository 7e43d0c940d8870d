"""docs/agreement.md: how far the model and the viewer agree (``python -m tests.viewer.agreement``).

Written from the answers that the last live run recorded. Nothing in it depends on the time or the
machine, so that a run without news changes nothing, and a test can tell when the page is stale.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_viewer_check.ohif.display_sets import predict
from fw_gear_viewer_check.ohif.failures import Effect
from tests.viewer import known, records
from tests.viewer.case import to_series
from tests.viewer.compare import FIELDS, Difference, compare
from tests.viewer.groups import WHAT_THEY_ASK
from tests.viewer.real_viewer import RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agreement.md"
HAND_WRITTEN = Path(__file__).with_name("page_and_viewer.md")
"""Where the page and the viewer differ; test_page_and_viewer.py holds it against the checks."""

CORPUS_RUN = Path(__file__).with_name("corpus_run.json")
"""Of each real series that the last live run asked about: the fields that differed."""


@dataclass(frozen=True)
class Compared:
    """A case and the differences found."""

    name: str
    differences: list[Difference]
    error_page: bool


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(text(), encoding="utf-8")


def text() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    groups = {name: list(map(_compared, records.records(name))) for name in WHAT_THEY_ASK}
    everything = [one for group in groups.values() for one in group]
    corpus = json.loads(CORPUS_RUN.read_text(encoding="utf-8")) if CORPUS_RUN.is_file() else {}
    yield from (
        "# How the prediction agrees with the real viewer",
        "",
        "<!-- Made by tests/viewer/agreement.py from the answers of the last live run. -->",
        "",
        "`viewer-check` predicts what the open-source viewer makes of a series. That prediction is",
        f"held against the viewer itself: OHIF {RELEASE} in Chromium, local files, default mode.",
        "",
        HAND_WRITTEN.read_text(encoding="utf-8").strip(),
        "",
        "## The figures",
        "",
        "| cases | how many | with a difference |",
        "|---|---:|---:|",
    )
    for name, group in groups.items():
        yield f"| {WHAT_THEY_ASK[name]} | {len(group)} | {_differing(group)} |"
    yield f"| all generated cases | {len(everything)} | {_differing(everything)} |"
    yield f"| real series of the corpus | {len(corpus)} | {sum(map(bool, corpus.values()))} |"
    yield from ("", *_by_field(everything, corpus))
    yield from ("", *_disagreements(everything))
    yield from ("", *_limits(everything))


def _compared(record: records.Record) -> Compared:
    prediction = predict(to_series(record.case))
    differences = compare(prediction, record.sets, error_page=record.error_page)
    unpredicted = record.error_page and not prediction.reason_of(Effect.ERROR_PAGE)
    return Compared(record.case.name, differences, unpredicted)


def _differing(group: Iterable[Compared]) -> int:
    return sum(bool(one.differences) for one in group)


def _by_field(everything: list[Compared], corpus: dict[str, list[str]]) -> Iterator[str]:
    yield "Agreement by field. The SUV factor is compared to 12 digits, all else exactly. An error"
    yield "page counts where it is predicted; what drawing leads to does not (see the end)."
    yield ""
    yield "| field | generated cases | corpus |"
    yield "|---|---:|---:|"
    ours = Counter(f for one in everything for f in {d.field for d in one.differences})
    real = Counter(f for fields in corpus.values() for f in set(fields))
    for name in FIELDS:
        generated = _share(ours[name], len(everything))
        yield f"| {name} | {generated} | {_share(real[name], len(corpus))} |"


def _share(differing: int, of: int) -> str:
    return f"{of - differing} of {of} ({(of - differing) / of:.1%})" if of else "-"


def _disagreements(everything: list[Compared]) -> Iterator[str]:
    yield "## Disagreements"
    yield ""
    differing = [one for one in everything if one.differences]
    if not differing:
        yield "None."
    for one in differing:
        reason = known.DISAGREEMENTS.get(one.name)
        fields = ", ".join(d.field for d in one.differences)
        told = f"{reason.viewer} {reason.reason}" if reason else "Not yet explained."
        yield f"- **{one.name}** ({fields}): {told}"


def _limits(everything: list[Compared]) -> Iterator[str]:
    pages = "; ".join(sorted(one.name for one in everything if one.error_page))
    yield from (
        "## What is not predicted",
        "",
        "- Whether what is listed can be drawn: pixels and waveforms are not read. What has none",
        "  may end on the viewer's error page some time later; in the last run:",
        f"  {pages or 'none'}.",
        "- The order of the list: the viewer reads files as they come.",
        "- What the viewer makes of damaged values (letters for numbers, say): the model takes",
        "  them for blank, the viewer reads what it can.",
        "- Private attributes whose VR is written as UN: the viewer reads none of them.",
        "- The limit of a graphics processor other than that of the run: images above 2048 x 2048",
        "  make no volume here.",
    )


if __name__ == "__main__":
    main()
