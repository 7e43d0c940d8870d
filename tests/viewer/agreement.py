"""docs/agreement.md: how far the model and the viewer agree (``python -m tests.viewer.agreement``).

Written from the answers that the live runs recorded. Nothing in it depends on the time or the
machine, so that a run without news changes nothing, and a test can tell when the page is stale.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fw_gear_viewer_check.ohif.failures import Effect
from tests.viewer import known, records
from tests.viewer.case import to_series
from tests.viewer.compare import FIELDS, compare, differing_fields
from tests.viewer.groups import WHAT_THEY_ASK
from tests.viewer.live import predict_from
from tests.viewer.real_viewer import DICOMWEB, LOCAL, RELEASE, SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agreement.md"
HAND_WRITTEN = Path(__file__).with_name("page_and_viewer.md")
"""Where the page and the viewer differ; test_page_and_viewer.py holds it against the checks."""

NAMES = {LOCAL: "local files", DICOMWEB: "server"}
GENERATED, REAL = "generated cases", "real series"


@dataclass(frozen=True)
class Compared:
    """A case as the viewer was asked about it, and what was found."""

    name: str
    source: str
    fields: tuple[str, ...]
    """Those in which the prediction differs."""

    is_the_files: bool
    error_page: bool
    """The viewer's error page, not predicted."""

    asks_drawing: bool
    """The viewer was also asked whether it draws the images."""

    @property
    def differs(self) -> bool:
        """Whether the prediction is wrong about what the viewer was given."""
        return bool(self.fields) and self.is_the_files

    @property
    def differs_by_the_server(self) -> bool:
        """Whether it differs, and the viewer was given something else."""
        return bool(self.fields) and not self.is_the_files


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(text(), encoding="utf-8")


def text() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    groups = {
        group: [_compared(one, source) for source in SOURCES for one in _asked(group, source)]
        for group in WHAT_THEY_ASK
    }
    generated = [one for group in groups.values() for one in group]
    real = [_real(one, source) for source in SOURCES for one in records.corpus(RELEASE, source)]
    yield from (
        "# How the prediction agrees with the real viewer",
        "",
        "<!-- Made by tests/viewer/agreement.py from the answers of the last live runs. -->",
        "",
        "`viewer-check` predicts what the open-source viewer makes of a series. That prediction is",
        f"held against the viewer itself: OHIF {RELEASE} in Chromium, default mode, on local files",
        "and fed by a server (DICOMweb; Debian's Orthanc).",
        "",
        HAND_WRITTEN.read_text(encoding="utf-8").strip(),
        "",
        "## The figures",
        "",
        "How many cases the viewer was asked about, and in how many the prediction differs. Where",
        "the server refused or rewrote what it was given, that is counted apart: see below.",
        "",
        "| cases | local files | differ | server | differ | differ by the server's own doing |",
        "|---|---:|---:|---:|---:|---:|",
    )
    for name, group in groups.items():
        yield _row(WHAT_THEY_ASK[name], group)
    yield _row(f"all {GENERATED}", generated)
    yield _row(f"{REAL} of the corpus", real)
    yield from ("", *_by_field({GENERATED: generated, REAL: real}))
    yield from ("", *_disagreements([*generated, *real]))
    yield from ("", *_by_the_server([*generated, *real]))
    yield from ("", *_releases())
    yield from ("", *_limits(generated))


def _asked(group: str, source: str) -> list[records.Record]:
    return records.records(group, RELEASE, source)


def _compared(record: records.Record, source: str) -> Compared:
    prediction = predict_from(to_series(record.case), source)
    differences = compare(prediction, record.sets, error_page=record.error_page, drawn=record.drawn)
    unpredicted = record.error_page and not prediction.reason_of(Effect.ERROR_PAGE)
    fields = tuple(d.field for d in differences)
    drawn = record.drawn is not None
    return Compared(record.case.name, source, fields, record.is_the_files, unpredicted, drawn)


def _real(record: records.RealRecord, source: str) -> Compared:
    drawn = record.drawn is not None
    return Compared(
        record.name,
        source,
        record.differs,
        record.is_the_files,
        error_page=False,
        asks_drawing=drawn,
    )


def _row(title: str, group: Sequence[Compared]) -> str:
    cells = [title]
    for source in SOURCES:
        asked = [one for one in group if one.source == source]
        cells += [str(len(asked)), str(sum(one.differs for one in asked))]
    cells.append(str(sum(one.differs_by_the_server for one in group)))
    return f"| {' | '.join(cells)} |"


def _by_field(kinds: dict[str, Sequence[Compared]]) -> Iterator[str]:
    yield "Agreement by field. The SUV factor is compared to 12 digits, all else exactly. An error"
    yield "page counts where it is predicted. Whether images are drawn was asked of the real"
    yield "series, and of the cases that have pixels of their own."
    yield ""
    columns = [(kind, source) for kind in kinds for source in SOURCES]
    yield f"| field | {' | '.join(f'{kind}, {NAMES[source]}' for kind, source in columns)} |"
    yield f"|---|{'---:|' * len(columns)}"
    asked = {
        (kind, source): [
            one for one in kinds[kind] if one.source == source and not one.differs_by_the_server
        ]
        for kind, source in columns
    }
    differing = {
        column: Counter(f for one in group for f in set(one.fields))
        for column, group in asked.items()
    }
    for name in FIELDS:
        of_field = {
            c: sum(one.asks_drawing or name != "drawn" for one in asked[c]) for c in columns
        }
        cells = [_share(differing[c][name], of_field[c]) for c in columns]
        yield f"| {name} | {' | '.join(cells)} |"


def _share(differing: int, of: int) -> str:
    return f"{of - differing} of {of} ({(of - differing) / of:.1%})" if of else "-"


def _disagreements(everything: list[Compared]) -> Iterator[str]:
    yield "## Disagreements"
    yield ""
    differing = [one for one in everything if one.differs]
    if not differing:
        yield "None."
    for one in differing:
        reason = known.DISAGREEMENTS.get(one.name)
        told = f"{reason.viewer} {reason.reason}" if reason else "Not yet explained."
        yield f"- **{one.name}** ({NAMES[one.source]}; {', '.join(one.fields)}): {told}"


def _by_the_server(everything: list[Compared]) -> Iterator[str]:
    own = [one for one in everything if not one.is_the_files]
    differing = [one.name for one in own if one.differs_by_the_server]
    yield from (
        "## What the server did itself",
        "",
        f"Of {len(own)} cases the server refused files (without a UID, damaged in its eyes, of a",
        "SOPInstanceUID that it holds) or served some attributes with other values than the files",
        "have: the viewer was not given what the files hold. Mostly that does not matter; the",
        f"prediction from the files differs in {len(differing)}:",
        f"{'; '.join(differing) or 'none'}.",
    )


def _releases() -> Iterator[str]:
    yield "## Other releases"
    yield ""
    yield f"The prediction follows {RELEASE}. Other releases were asked about the generated cases,"
    yield "with local files; they answer otherwise in these:"
    yield ""
    others = [r for r, source in records.runs() if r != RELEASE and source == LOCAL]
    asked = {r: _answers(r) for r in (RELEASE, *others)}
    rows: dict[str, dict[str, str]] = {}
    for release in others:
        for name, record in asked[release].items():
            here = asked[RELEASE].get(name)
            if here and (fields := differing_fields(here, record)):
                rows.setdefault(name, {})[release] = ", ".join(fields)
    yield f"| case | {' | '.join(f'{r} differs in' for r in others)} |"
    yield f"|---|{'---|' * len(others)}"
    totals = [f"{sum(r in row for row in rows.values())} of {len(asked[r])}" for r in others]
    yield f"| all {GENERATED} | {' | '.join(totals)} |"
    for name, row in rows.items():
        yield f"| {name} | {' | '.join(row.get(r, '') for r in others)} |"


def _answers(release: str) -> dict[str, records.Record]:
    groups = (records.records(group, release, LOCAL) for group in WHAT_THEY_ASK)
    return {record.case.name: record for group in groups for record in group}


def _limits(everything: list[Compared]) -> Iterator[str]:
    pages = "; ".join(sorted({one.name for one in everything if one.error_page}))
    yield from (
        "## What is not predicted",
        "",
        "- Whether what is listed can be drawn, beyond what headers and the first bytes of a",
        "  compressed frame say: pixels and waveforms are not read. What has none may end on the",
        "  viewer's error page some time later; in the last runs:",
        f"  {pages or 'none'}.",
        "- The order of the list: the viewer reads files as they come.",
        "- What the viewer makes of damaged values (letters for numbers, say): the model takes",
        "  them for blank, the viewer reads what it can.",
        "- Private attributes whose VR is written as UN, in local files: the viewer reads none of",
        "  them.",
        "- The limit of a graphics processor other than that of the run: images above 2048 x 2048",
        "  make no volume here.",
    )


if __name__ == "__main__":
    main()
