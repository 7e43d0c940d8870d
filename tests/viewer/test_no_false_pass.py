"""No verdict promises what the viewer did not do: all recorded cases, judged as a user has them."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from pydicom import Dataset

from fw_gear_viewer_check import check
from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.ohif.failures import Effect
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Status
from tests import make, pack
from tests.keywords import ABSENT, BLANK, raw, vr_of
from tests.viewer import case, known, records
from tests.viewer.case import Case
from tests.viewer.groups import GROUPS
from tests.viewer.make_series import stack
from tests.viewer.real_series import CORPUS, FILES
from tests.viewer.real_viewer import DICOMWEB

BUILT = re.compile(r"viewer (builds the volume|offers MPR)|volume is (built|shown)")
"""What the evidence of a row says where there is MPR."""

NOT_IN_THE_CASES = ("V3-104", "V3-107", "V3-109", "V3-191", "V3-192", "V3-195")
"""Most made-up series have no pixels."""


def judged(one):
    series = case.to_series(one)
    options = Options(ignore=() if one.pixels else NOT_IN_THE_CASES)
    return judging.report_on(series.archive, [series], options).series[0]


NOT_OPEN = {Effect.DROPPED_SILENTLY, Effect.ERROR_PAGE, Effect.UNSUPPORTED, Effect.NOT_DRAWN}


def broken_promises(report):
    """Return the capabilities that pass although the report's own prediction says they are lost."""
    passing = {c for c, verdict in report.verdicts.items() if verdict.status is Status.PASS}
    shown = report.viewer.display_sets if report.viewer else ()
    largest = report.viewer.largest if report.viewer else ()
    effects = {failure.effect for failure in report.viewer.failures} if report.viewer else set()
    said = {r.requirement.id for r in report.results if r.status is Status.FAIL}
    is_loaded = any(s.handler in {"seg", "rtstruct"} for s in shown)
    is_overlay_known = report.verdicts["v3_overlay"].status in {Status.NOT_APPLICABLE, Status.PASS}
    lost = {
        "v3_open": is_overlay_known and (not shown or NOT_OPEN & effects),
        "v3_overlay": not is_loaded or Effect.NOT_LOADED in effects,
        "v3_mpr": not all(s.reconstructable for s in largest) and "MPR-194" not in said,
        "v3_suv": not any(s.suv_factor for s in shown) or Effect.NO_SUV in effects,
    }
    return {capability for capability, is_lost in lost.items() if is_lost} & passing


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
def test_what_passes_works_in_the_viewer(group):
    for one in GROUPS[group]():
        assert not broken_promises(judged(one)), one.name


MAKERS: dict[str, Callable[[], list[Dataset]]] = {
    **{m.__name__: m for m in (make.ct, make.mr, make.pt, make.us, make.cr)},
    **{m.__name__: m for m in (make.nm, make.enhanced_mr, make.sr)},
    "film": lambda: make.enhanced_mr(90, SOPClassUID=f"{make.STORAGE}7.4"),
    "slide": lambda: make.enhanced_mr(SOPClassUID=make.MICROSCOPY),
    **{m.__name__: partial(m, make.ct(3)) for m in (make.seg, make.rtstruct)},
}
NUMBERS = (0, -1, raw(b"1\\2 "), raw(b"odd "))
ODD = {
    **dict.fromkeys(("DS", "IS"), NUMBERS),
    **dict.fromkeys(("UL", "SL", "FL", "FD"), (0,)),
    "US": (0, raw(b"\1\0\1\0")),
    "OW": (b"\0\0",),
    "SQ": ([{}], [{}, {}]),
    "UI": ("1.2.letters",),
    "DA": ("19000101", "noon"),
    "TM": ("noon",),
    "DT": ("19000101100000", "noon"),
}
ELSEWHERE = (make.SHARED, make.PER_FRAME, "DetectorInformationSequence")
PATHS = dict.fromkeys(p for r in REQUIREMENTS for p in r.attributes if "(" not in p)
PATHS.pop("TransferSyntaxUID")  # another one would need other bytes


def with_odd_values(kind):
    """Yield perfect series with one attribute that is missing or odd, in all images or the first.

    Also where none belongs: a functional group, or a detector, of a single image.
    """
    perfect = MAKERS[kind]()[0]
    tops = {path: path.partition(".")[0] for path in PATHS}
    for path in (p for p, top in tops.items() if top in perfect or top in ELSEWHERE):
        odd = ODD.get(vr_of(path.rpartition(".")[2]), ("ODD", "BQML\\PCNT"))
        for value in (ABSENT, BLANK, *odd):
            yield f"{path}: {value}", make.change(MAKERS[kind](), **{path: value})
            first, *others = MAKERS[kind]()
            yield f"{path}: {value}, first", [*make.change([first], **{path: value}), *others]


def with_others(kind):
    """Yield perfect series that hold objects of another kind too, first or last."""
    for other, maker in MAKERS.items():
        mine, strangers = MAKERS[kind](), maker()
        for n, one in enumerate(strangers):
            make.change([one], SeriesInstanceUID=mine[0].SeriesInstanceUID, SOPInstanceUID=f"9.{n}")
        yield f"with {other}", [*mine, *strangers]
        yield f"behind {other}", [*strangers, *mine]


@pytest.mark.long
@pytest.mark.parametrize("made", [with_odd_values, with_others])
@pytest.mark.parametrize("kind", MAKERS)
def test_what_passes_of_an_odd_series_works_in_the_viewer(made, kind):
    for name, datasets in made(kind):
        series = pack.read(datasets, reference=make.ct(3))[0]
        report = judging.report_on(series.archive, [series], Options()).series[0]
        assert not broken_promises(report), name


SERVED = {one.name: one for one in records.corpus(source=DICOMWEB) if one.is_the_files}
LOCAL = {one.name: one for one in records.corpus()}


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_what_passes_of_a_real_series_works_in_the_viewer(name):
    viewer = SERVED.get(name, LOCAL[name])
    for report in check(CORPUS / FILES[name]).series:
        passes = {c for c, v in report.verdicts.items() if v.status is Status.PASS}
        if "v3_open" in passes:
            assert viewer.sets
            assert not viewer.error_page
            assert viewer.drawn is not False or "drawn" in known.fields(name)
        assert "v3_mpr" not in passes or any(s["reconstructable"] for s in viewer.sets)
        assert "v3_suv" not in passes or any(s["suv_factor"] for s in viewer.sets)


def claims_of_a_volume(report):
    return {r.requirement.id for r in report.results if BUILT.search(r.finding.evidence)}


def offers_a_volume(report):
    return report.viewer is not None and any(s.reconstructable for s in report.viewer.display_sets)


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
def test_no_evidence_tells_of_a_volume_that_is_not_built(group):
    for one in GROUPS[group]():
        report = judged(one)
        assert offers_a_volume(report) or not claims_of_a_volume(report), one.name


def test_the_evidence_tells_of_a_volume_that_is_built():
    report = judged(Case("a hole", tuple(stack([0, 1, 2, 3, 4, 6, 7]))))
    assert offers_a_volume(report)
    assert claims_of_a_volume(report) == {"MPR-193", "MPR-198", "MPR-206"}


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_no_evidence_about_a_real_series_tells_of_a_volume_that_is_not_built(name):
    for report in check(CORPUS / FILES[name]).series:
        assert offers_a_volume(report) or not claims_of_a_volume(report)
