"""No verdict promises what the viewer did not do: all recorded cases, judged as a user has them."""

import re

import pytest

from fw_gear_viewer_check import check
from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.ohif.failures import Effect
from fw_gear_viewer_check.requirements.types import Status
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


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
def test_what_passes_works_in_the_viewer(group):
    for one in GROUPS[group]():
        report = judged(one)
        verdicts = report.verdicts
        shown = report.viewer.display_sets if report.viewer else ()
        if verdicts["v3_open"].status is Status.PASS and verdicts["v3_overlay"].status in {
            Status.NOT_APPLICABLE,
            Status.PASS,
        }:
            assert shown, one.name
            assert not report.viewer.of_effect(Effect.DROPPED_SILENTLY), one.name
            assert not report.viewer.of_effect(Effect.NOT_DRAWN), one.name
            assert "unsupported" not in {s.handler for s in shown}, one.name
        if verdicts["v3_suv"].status is Status.PASS:
            assert any(s.suv_factor for s in shown), one.name
        if verdicts["v3_mpr"].status is Status.PASS and not any(s.reconstructable for s in shown):
            said = {r.requirement.id for r in report.results if r.status is Status.FAIL}
            assert "MPR-194" in said, one.name


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
