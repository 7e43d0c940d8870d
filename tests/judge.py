"""The only way a test runs a requirement."""

from __future__ import annotations

from fw_gear_viewer_check.checker import judging
from tests import pack

PASS, FAIL, NA, UNKNOWN = "PASS", "FAIL", "NOT_APPLICABLE", "UNKNOWN"


def judge(requirement_id, contents, *, series=0, **how):
    """Write, read back and judge; return the finding about one series.

    ``contents`` are data sets, {member name: bytes} or a path; ``series`` counts the series in
    order of SeriesInstanceUID; ``reference``, ``lookup`` and ``tolerances`` as in ``pack.read``.
    A check that crashes fails the test: it would else look like an UNKNOWN.
    """
    found = judging.judge(requirement_id, pack.read(contents, **how)[series])
    assert not found.evidence.startswith("the check stopped"), found.evidence
    return found
