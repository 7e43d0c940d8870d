"""No verdict promises what the viewer did not do: all recorded cases, judged as a user has them."""

import pytest

from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.ohif.failures import Effect
from fw_gear_viewer_check.requirements.types import Status
from tests.viewer import case
from tests.viewer.groups import GROUPS

NOT_IN_THE_CASES = ("V3-104", "V3-107", "V3-109", "V3-191", "V3-192", "V3-195")
"""The made-up series have no pixels."""


def judged(one):
    series = case.to_series(one)
    options = Options(ignore=NOT_IN_THE_CASES)
    return judging.report_on(series.archive, [series], options).series[0]


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
def test_what_passes_works_in_the_viewer(group):
    for one in GROUPS[group]():
        report = judged(one)
        shown, verdicts = report.viewer.display_sets, report.verdicts
        if verdicts["v3_open"].status is Status.PASS and verdicts["v3_overlay"].status in {
            Status.NOT_APPLICABLE,
            Status.PASS,
        }:
            assert shown, one.name
            assert not report.viewer.of_effect(Effect.DROPPED_SILENTLY), one.name
            assert "unsupported" not in {s.handler for s in shown}, one.name
        if verdicts["v3_suv"].status is Status.PASS:
            assert any(s.suv_factor for s in shown), one.name
        if verdicts["v3_mpr"].status is Status.PASS and not any(s.reconstructable for s in shown):
            said = {r.requirement.id for r in report.results if r.status is Status.FAIL}
            assert "MPR-194" in said, one.name
