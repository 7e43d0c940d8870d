"""The real SDK against the stub; tests that import this skip where the SDK is not installed."""

from __future__ import annotations

import os

import pytest

from fw_gear_viewer_check.gear.calls import RequestBudget, limit_retries
from fw_gear_viewer_check.gear.lookup import PlatformLookup

# As run.py does it: the SDK reads this when it is imported.
limit_retries(os.environ)
flywheel = pytest.importorskip("flywheel")

OWN = "file0001"
SERIES, STUDY = "1.2.3.4.1", "1.2.9"


def client_of(platform, key=None):
    return flywheel.Client(key or platform.key, disable_auth_check=True)


def lookup_of(platform, *, file_id=OWN, key=None, **budget):
    return PlatformLookup(lambda: client_of(platform, key), file_id, RequestBudget(**budget))
