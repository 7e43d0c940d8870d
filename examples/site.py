"""What the scripts for a site share: the client of the site, and one line where it refuses."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import responses
from typing import Any

from fw_gear_viewer_check.gear.platform_files import get, leaves_out_info
from fw_gear_viewer_check.gear.sdk import SDK_SETTINGS
from fw_gear_viewer_check.system import streams
from fw_gear_viewer_check.system.stopping import INTERRUPTED

os.environ.update(SDK_SETTINGS)  # before whatever imports the SDK

import flywheel
import httpx2

streams.may_be_full()

Refused = flywheel.ApiException
FAILURES = (Refused, httpx2.TransportError)
"""What the SDK raises where a site refuses, or does not answer."""
ODD = (AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What it raises of an answer of another shape, and what such an answer raises later."""


@contextmanager
def answering(subject: str) -> Iterator[None]:
    """End the script with one line where the site does not answer, or stdout takes no more."""
    try:
        yield
    except FAILURES as error:
        sys.exit(f"{subject}: {why(error)}")
    except OSError as error:
        sys.exit(f"{error.filename or 'output'}: {error.strerror}")
    except ODD as error:
        sys.exit(f"{subject}: the answer could not be understood ({type(error).__name__})")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def why(error: Exception) -> str:
    """Return why the site did not answer; the SDK's own texts may hold the key."""
    if isinstance(error, Refused):
        return f"{responses.get(error.status, 'refused').lower()} ({error.status})"
    return f"no connection, or it was lost ({type(error).__name__})"


def client() -> Any:  # noqa: ANN401 - the SDK is not typed
    """Return a client of the site that the environment, or the SDK's own login, names."""
    logging.getLogger("flywheel").setLevel(logging.CRITICAL)  # it quotes answers
    try:
        return flywheel.Client(os.environ.get("FLYWHEEL_API_KEY"))
    except FAILURES:
        raise
    except Exception:  # noqa: BLE001 - the SDK has no class for a key that is none
        sys.exit("no valid api-key: set FLYWHEEL_API_KEY, or log in with Flywheel's command line")


def lookup(connected: Any, path: str) -> Any:  # noqa: ANN401
    """Return what lies at a path of the site."""
    with answering(path):
        return connected.lookup(path)


def found(finder: Any, *filters: str) -> Iterator[Any]:  # noqa: ANN401
    """Yield what a finder finds and was not deleted, page by page."""
    ids = set()
    for one in finder.iter_find(*filters):
        id_ = get(one, "file_id") or one.id
        if id_ in ids:
            sys.exit("the site: pages that do not follow each other")
        ids.add(id_)
        if not get(one, "deleted"):
            yield one


def files_in(connected: Any, acquisition: str) -> list[Any]:  # noqa: ANN401
    """Return the files of an acquisition that were not deleted."""
    files = connected.get_acquisition(acquisition).files
    return [file for file in files if not get(file, "deleted")]


def described(connected: Any, file: Any) -> Any:  # noqa: ANN401
    """Return a file with its metadata, which a finder may leave out."""
    return connected.get_file(file.file_id) if leaves_out_info(file) else file
