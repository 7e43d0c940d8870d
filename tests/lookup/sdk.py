"""The real SDK against the stub; tests that import this skip where the SDK is not installed."""

from __future__ import annotations

import os

import pytest

from fw_gear_viewer_check.gear.lookup import PlatformLookup
from fw_gear_viewer_check.gear.sdk import SDK_SETTINGS, Connection, client_of

# The SDK reads this when it is imported, and other tests may import it first.
os.environ.update(SDK_SETTINGS)
flywheel = pytest.importorskip("flywheel")

OWN = "file0001"
SERIES, STUDY = "1.2.3.4.1", "1.2.9"


def connection_to(platform, key=None):
    return Connection(lambda: client_of(key or platform.key))


def lookup_of(platform, *, file_id=OWN, key=None, **how):
    return PlatformLookup(connection_to(platform, key), file_id, **how)
