"""What real sites upload, and what they are told: the table against the checker."""

from __future__ import annotations

import pytest

from fw_gear_viewer_check.reports.headline import MAX_HEADLINE
from fw_gear_viewer_check.requirements.registry import BY_ID
from tests.situations.situation import CAPABILITIES, told
from tests.situations.table import TABLE

SITUATIONS = [situation for group in TABLE.values() for situation in group]


def test_there_are_many_and_each_has_a_name_of_its_own():
    names = [situation.name for situation in SITUATIONS]
    assert len(set(names)) == len(names) > 150


def test_rows_are_requirements_and_codes():
    for situation in SITUATIONS:
        assert len(situation.verdicts) == len(CAPABILITIES)
        for row in situation.rows.split():
            id_, _, code = row.partition(":")
            assert id_ in BY_ID, situation.name
            assert code, situation.name


@pytest.mark.long
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.name)
def test_a_situation_is_told_its_verdicts_and_rows(situation):
    found = told(situation)
    assert (found.verdicts, found.rows) == (situation.verdicts, situation.rows)
    assert found.headline.endswith(".")
    assert len(found.headline) < MAX_HEADLINE
    assert found.in_survey == found.of_each
