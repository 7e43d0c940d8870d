"""What is said of SUV, and what the viewer computes: the same on all cases that were recorded."""

import pytest

from fw_gear_viewer_check.checker import judging
from fw_gear_viewer_check.ohif.display_sets import predict
from fw_gear_viewer_check.requirements.registry import REQUIREMENTS
from fw_gear_viewer_check.requirements.types import Capability
from tests.viewer import case, records

SUV_ROWS = [r.id for r in REQUIREMENTS if r.capability is Capability.V3_SUV]
RECORDED = [
    record
    for group in records.groups()
    for record in records.records(group)
    if any(one.get("Modality") == "PT" for one in record.case.instances)
]


def failing(series):
    return {id_ for id_ in SUV_ROWS if judging.judge(id_, series).status == "FAIL"}


@pytest.mark.long
def test_rows_fail_where_the_viewer_computes_no_factor():
    for record in RECORDED:
        series = case.to_series(record.case)
        has_factor = any(s.suv_factor is not None for s in predict(series).display_sets)
        failed = failing(series)
        seen_in_viewer = {id_ for id_ in failed if id_[-2] == "9"} - {"SUV-296", "SUV-297"}
        if has_factor:
            assert not seen_in_viewer, record.case.name
        else:
            is_shown = judging.judge("V3-198", series).status != "FAIL"
            assert failed or not is_shown, record.case.name


def test_there_are_enough_pet_cases():
    assert len(RECORDED) > 150
