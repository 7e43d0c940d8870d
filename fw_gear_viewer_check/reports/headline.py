"""The answer in one sentence: what a user will get in the viewer, from the verdicts.

Rule of this file: nothing is checked here, and of a file only counts are quoted. A
sentence about a file stays below :data:`MAX_HEADLINE` characters, one about a capability below
:data:`MAX_PHRASE`: where a cause does not fit, the sentence does without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from fw_gear_viewer_check.checker.report import Report, Result, SeriesReport, Verdict
from fw_gear_viewer_check.model.text import counted
from fw_gear_viewer_check.reports import causes
from fw_gear_viewer_check.requirements.types import Capability, Status

MAX_HEADLINE = 90
MAX_PHRASE = 70

ARCHIVE, V2_OPEN, V3_OPEN = Capability.ARCHIVE, Capability.V2_OPEN, Capability.V3_OPEN
MPR, OVERLAY = Capability.V3_MPR, Capability.V3_OVERLAY
MEASURE, SUV = Capability.V3_MEASURE, Capability.V3_SUV


class Tone(StrEnum):
    """What the headline comes to: how a banner is coloured."""

    GOOD = "good"
    """Opens, with all that applies to it."""
    PARTLY = "partly"
    """Opens, and something is missing: for example MPR."""
    UNKNOWN = "unknown"
    BAD = "bad"
    """Does not open, or a segmentation is not drawn."""
    NOTHING = "nothing"
    """Nothing here for the viewer to show."""


_KINDS = {
    "pdf": "a PDF document",
    "sr": "a structured report",
    "video": "a video",
    "microscopy": "a whole-slide image",
    "ecg": "an ECG",
    "pmap": "a parametric map",
}
"""What opens without being a stack of images, by the viewer's handler."""

_PASSED = {
    ARCHIVE: "One series and nothing else",
    V2_OPEN: "Opens in V2",
    V3_OPEN: "Opens in V3",
    MPR: "MPR and 3D available",
    OVERLAY: "Drawn over its images",
    MEASURE: "Lengths in mm",
    SUV: "Values in SUV",
}
FAILED = {
    ARCHIVE: "Clean up the archive",
    V2_OPEN: "V2 may not open it",
    V3_OPEN: "Does not open in V3",
    MPR: "No MPR or 3D",
    OVERLAY: "Not drawn over its images",
    MEASURE: "Lengths in pixels, not mm",
    SUV: "No SUV",
}
_NOT_APPLICABLE = {
    ARCHIVE: "A single file",
    V2_OPEN: "Nothing for V2",
    V3_OPEN: "Nothing for V3",
    MPR: "Not a stack of images",
    OVERLAY: "Not a segmentation",
    MEASURE: "Nothing to measure",
    SUV: "Not PET",
}
NEEDS_V3 = "V3 does not open it"
NOTHING_READABLE = "Does not open: no readable DICOM."


def headline(report: Report) -> str:
    """Return the sentence about a file."""
    if len(report.series) == 1:
        return headline_of_series(report.series[0], report.require)
    return _of_many(report)


def headlines(report: Report) -> tuple[str, ...]:
    """Return a sentence about each series; of several, without their archive."""
    several = len(report.series) > 1
    require = [c for c in report.require if not (several and c is ARCHIVE)]
    return tuple(headline_of_series(one, require) for one in report.series)


def headline_of_series(series: SeriesReport, require: Sequence[Capability]) -> str:
    """Return the sentence about a series, as if it were alone in its file."""
    if not series.series.instances:
        return NOTHING_READABLE
    shown = series.viewer.display_sets[:1] if series.viewer is not None else ()
    return headline_of_verdicts(series.verdicts, require, shown[0].handler if shown else "")


def headline_of_verdicts(
    verdicts: Mapping[str, Verdict], require: Sequence[Capability], handler: str
) -> str:
    """Return the sentence about a series that holds DICOM.

    ``handler`` is the viewer's for the first thing that it shows of the series; "" for none.
    """
    opens = verdicts[V3_OPEN]
    if opens.status is Status.PASS or needs_images(opens):
        return _of_opening(verdicts, handler, _also(verdicts, require))
    if opens.status is Status.FAIL:
        failed = _failed(opens)
        return _longest(*_with_cause(f"{failed}: ", opens), failed)
    return (
        "Could not determine whether V3 opens it."
        if opens.status is Status.UNKNOWN
        else "Not checked whether V3 opens it."
    )


def _failed(verdict: Verdict) -> str:
    """Say what fails; the viewer may well open what is beyond Flywheel's limits."""
    reasons = own_reasons(verdict)
    first = min(reasons, key=causes.rank).requirement.id if reasons else ""
    by_limit = first.startswith("LIM-") and first != "LIM-101"
    return "Not supported in V3" if by_limit else FAILED[verdict.capability]


def _of_opening(verdicts: Mapping[str, Verdict], handler: str, also: Sequence[str]) -> str:
    overlay = verdicts[OVERLAY]
    if overlay.status is Status.FAIL:
        failed = "Not drawn over its images in V3"
        return _longest(*_with_cause(f"{failed}: ", overlay), failed)
    if overlay.status is Status.UNKNOWN:
        base = "Opens in V3 once its reference images are provided"
        return _longest(*_with(base, also), base)
    if overlay.status is Status.PASS:
        return _longest(*_with("Opens in V3, drawn over its images", also), "Opens in V3")
    return _of_images(verdicts, handler, also)


def _of_images(verdicts: Mapping[str, Verdict], handler: str, also: Sequence[str]) -> str:
    has = [
        *(["MPR", "3D"] if verdicts[MPR].status is Status.PASS else []),
        *(["measurements"] if verdicts[MEASURE].status is Status.PASS else []),
        *(["SUV"] if verdicts[SUV].status is Status.PASS else []),
    ]
    kind = f" as {_KINDS[handler]}" if handler in _KINDS else ""
    if verdicts[V3_OPEN].status is Status.UNKNOWN:
        kind = f"{kind}, together with its images"
    noted = _noted(verdicts[V3_OPEN])
    opens = f"Opens in V3{noted}"
    base = f"{opens} with {causes.joined(has)}" if has else f"{opens}{kind}"
    if noted:  # it is said in place of what there is
        base = opens
    lacks = [v for v in (verdicts[c] for c in (MPR, MEASURE, SUV)) if v.status in _LACKING]
    if not lacks:
        return _longest(*_with(f"{base}{_noted(verdicts[MPR])}", also), *_with(base, also), base)
    first, *others = lacks
    rest = "".join(f"; {_lack(v)}" for v in others)
    without = f"; {_lack(first)}"
    begin = f"{base}{rest}{without}"
    return _longest(
        *(_with_cause(f"{begin}: ", first, also[0]) if first.status is Status.FAIL else ()),
        *(
            f"{words}{end}"
            for end in also
            for words in (begin, f"{base}{without}", f"{opens}{without}")
        ),
        f"{opens}{also[-1]}",
    )


_NOTED = {
    "V3-295": ", but release 3.13 leaves it black",
    "V3-290": ", black until the window is changed",
    "MPR-291": "; MPR is black until the window is changed",
}
"""Notes that a user sees at once."""


def _noted(verdict: Verdict) -> str:
    ids = {r.requirement.id for r in verdict.notes}
    return next((words for id_, words in _NOTED.items() if id_ in ids), "")


_LACKING = {Status.FAIL, Status.UNKNOWN}


def _lack(verdict: Verdict) -> str:
    if verdict.status is Status.UNKNOWN:
        names = {MPR: "MPR", MEASURE: "measurements", SUV: "SUV"}
        return f"{names[verdict.capability]} not determined"
    words = FAILED[verdict.capability]
    return f"{words[:1].lower()}{words[1:]}"


def _also(verdicts: Mapping[str, Verdict], require: Sequence[Capability]) -> tuple[str, ...]:
    """Say what decides the overall result besides V3, and fails; long to short."""
    archive, v2 = verdicts[ARCHIVE], verdicts[V2_OPEN]
    found = [""]
    if archive.status is Status.FAIL and ARCHIVE in require:
        clean = "; clean up the archive"
        found = [f"{clean}: {cause_of(archive)}", clean]
    if v2.status is Status.FAIL and V2_OPEN in require:
        found = [f"{words}; V2 may not open it" for words in found]
    return tuple(found)


def _with(begin: str, ends: Iterable[str]) -> list[str]:
    return [f"{begin}{end}" for end in ends]


def _of_many(report: Report) -> str:
    count = len(report.series)
    opening = _passing(report.series, V3_OPEN)
    with_mpr = _passing(report.series, MPR)
    whole = "both" if count == 2 else f"all {count:,}"
    which = whole.capitalize() if opening == count else f"{opening:,} of {count:,}"
    base = f"{which} series open in V3" if opening else f"None of {count:,} series opens in V3"
    mpr = f", {whole if with_mpr == count else with_mpr} with MPR and 3D" if with_mpr else ""
    also = _also(report.verdicts, report.require)
    listed = [one for one in report.series if one.verdicts[V3_OPEN].status is not Status.FAIL]
    not_drawn = sum(one.verdicts[OVERLAY].status is Status.FAIL for one in listed)
    lost = f"; {counted(not_drawn, 'segmentation')} not drawn" if not_drawn else ""
    words = [f"{more}{lost}" for more in (mpr, "")]
    return _longest(*(f"{base}{one}{end}" for end in also for one in words), f"{base}{lost}")


def _passing(series: Iterable[SeriesReport], capability: Capability) -> int:
    return sum(one.verdicts[capability].status is Status.PASS for one in series)


def short_cause(verdict: Verdict, room: int = 45) -> str:
    """Return the cause alone, to stand below the name of its capability; "" where all is well."""
    if verdict.status is Status.UNKNOWN:
        return phrase(verdict)
    if verdict.status is not Status.FAIL:
        return ""
    rare = {r.requirement.id for r in verdict.reasons}
    if rare and rare <= causes.RARE_V2:
        return f"{counted(len(rare), 'rarely written attribute')} missing"
    return NEEDS_V3 if is_inherited(verdict) else cause_of(verdict, room)


def tone(report: Report) -> Tone:
    """Return how good the news is."""
    verdicts, overall = report.verdicts, report.overall
    needed = (verdicts[V3_OPEN].status, verdicts[OVERLAY].status)
    if Status.FAIL in needed:
        some = _passing(report.series, V3_OPEN) and len(report.series) > 1
        return Tone.PARTLY if some else Tone.BAD
    if Status.UNKNOWN in (*needed, overall):
        return Tone.UNKNOWN
    if verdicts[V3_OPEN].status is Status.NOT_APPLICABLE:
        return Tone.NOTHING
    lacking = any(verdicts[c].status in _LACKING for c in (ARCHIVE, MPR, MEASURE, SUV))
    return Tone.PARTLY if lacking or overall is Status.FAIL else Tone.GOOD


def phrase(verdict: Verdict) -> str:
    """Return the sentence about a capability, without its full stop."""
    if verdict.status is Status.FAIL:
        # Where it does not open, nothing is measured, not even in pixels.
        is_unmeasured = verdict.capability is MEASURE and is_inherited(verdict)
        failed = "No measurements" if is_unmeasured else _failed(verdict)
        sentence = f"{failed}: {short_cause(verdict, MAX_PHRASE - len(failed) - 3)}"
        return sentence if len(sentence) < MAX_PHRASE else failed
    if verdict.status is Status.UNKNOWN:
        return "Reference images needed" if needs_images(verdict) else "Could not be determined"
    if not verdict.is_judged:
        return "Not judged, as the options ask"
    if verdict.status is Status.PASS:
        return f"{_PASSED[verdict.capability]}{_noted(verdict)}"
    return _NOT_APPLICABLE[verdict.capability]


def needs_images(verdict: Verdict) -> bool:
    """Return True where only the reference images of a segmentation are needed to know more."""
    return verdict.status is Status.UNKNOWN and any(
        r.requirement.id == "SEG-101" or r.finding.code == "no-reference-images"
        for r in verdict.reasons
    )


def is_inherited(verdict: Verdict) -> bool:
    """Return True when it fails because V3 does not open the series."""
    return len(own_reasons(verdict)) < len(verdict.reasons)


def own_reasons(verdict: Verdict) -> list[Result]:
    """Return the reasons that are about the capability itself."""
    return [r for r in verdict.reasons if r.requirement.capability is verdict.capability]


def cause_of(verdict: Verdict, room: int = MAX_HEADLINE) -> str:
    """Return the root of a failure; shorter where there is no room."""
    words = _causes_of(verdict)
    return next((one for one in words if len(one) <= room), words[-1])


def _causes_of(verdict: Verdict) -> tuple[str, ...]:
    """Return the root of a failure in words, long to short."""
    found = causes.of_results(r for r in own_reasons(verdict) if r.status is verdict.status)
    return found[0] if found else (NEEDS_V3,)


def _with_cause(begin: str, verdict: Verdict, end: str = "") -> list[str]:
    return [f"{begin}{words}{end}" for words in _causes_of(verdict)]


def _longest(*candidates: str) -> str:
    """Return the first that is short enough, as a sentence; the last one always is."""
    fitting = (text for text in candidates if len(text) + 1 < MAX_HEADLINE)
    return f"{next(fitting, candidates[-1])}."
