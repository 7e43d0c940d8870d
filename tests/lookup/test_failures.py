"""Whatever the platform does wrong: a reason in one line, soon, and without the key."""

import errno
import logging
import os
import socket
import ssl
import subprocess
import sys
import time
from unittest import mock

import pytest

from examples.make_demo import write_series
from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.gear import sdk
from fw_gear_viewer_check.gear.lookup import PlatformLookup
from fw_gear_viewer_check.gear.sdk import Connection, NoAnswerError, Question, client_of
from fw_gear_viewer_check.reports.json_report import to_text
from fw_gear_viewer_check.requirements.types import Status
from tests.lookup import stub_platform
from tests.lookup.sdk import OWN, SERIES, STUDY, connection_to, lookup_of
from tests.lookup.stub_platform import SECRET

pytestmark = pytest.mark.long

SECONDS = 3
"""A failure is to end within; the timeouts of these tests are shorter."""


@pytest.fixture(autouse=True)
def everything_logged(caplog):
    """Log all that the SDK and the HTTP library say; the key is in none of it."""
    caplog.set_level(logging.DEBUG)
    yield
    assert SECRET not in caplog.text


def reasons(lookup):
    wanted = {"1.2.3.4.7": frozenset({"1.2.3.4.7.1"})}
    answers = [lookup.same_series_in_project(SERIES), lookup.same_study_in_other_sessions(STUDY)]
    assert [answer.matches for answer in answers] == [None, None]
    references = lookup.reference_images(wanted)
    assert references.series == ()
    return [*(answer.reason for answer in answers), references.reason]


def check_reasons(lookup, platform, wording):
    started = time.monotonic()
    found = reasons(lookup)
    assert time.monotonic() - started < SECONDS
    for reason in found:
        assert wording in reason
        assert reason.isprintable()
        for secret in (SECRET, "127.0.0.1", str(platform.port), OWN, "http"):
            assert secret not in reason


@pytest.mark.parametrize("endpoint", ["file", "files"])
@pytest.mark.parametrize(
    ("code", "wording"),
    [
        (400, "the request was refused (400)"),
        (401, "the api-key was not accepted (401)"),
        (403, "the api-key may not read this (403)"),
        (404, "not found (404)"),
        (429, "too many requests (429)"),
        (500, "server error (500)"),
        (502, "server error (502)"),
        (503, "server error (503)"),
        (504, "server error (504)"),
    ],
)
def test_status(platform, endpoint, code, wording):
    platform.add(OWN, series=SERIES)
    platform.faults[endpoint] = stub_platform.status(code, Retry_After="60")
    check_reasons(lookup_of(platform), platform, wording)
    # One request that fails says enough; where the fault may be of this search only, one each. What
    # may pass is asked for once more by each question: duplicates, and references.
    again = code in {429, 500, 502, 503, 504}
    assert len(platform.requests) <= (1 + again if endpoint == "file" else 5 + 2 * again)


PASSING = [
    *map(stub_platform.status, (429, 500, 502, 503, 504)),
    *(stub_platform.hang_up, stub_platform.half),
]


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("endpoint", ["file", "files"])
def test_what_may_pass_is_asked_for_once_more(platform, endpoint, fault):
    """One lost connection, and nothing was looked up any more."""
    platform.add(OWN, series=SERIES)
    platform.add("copy", series=SERIES)
    stub_platform.at_first(platform, endpoint, fault)
    assert lookup_of(platform).same_series_in_project(SERIES).matches == ("copy.dicom.zip",)
    assert len(platform.requests) == 3


@pytest.mark.parametrize("code", [400, 401, 403, 404])
def test_what_does_not_pass_is_asked_for_once(platform, code):
    platform.add(OWN, series=SERIES)
    stub_platform.at_first(platform, "file", stub_platform.status(code))
    assert lookup_of(platform).same_series_in_project(SERIES).matches is None
    assert len(platform.requests) == 1


def test_a_question_asks_once_more_within_its_requests_and_its_time(platform, monkeypatch):
    monkeypatch.setattr(sdk, "PAUSE", 0.5)
    platform.faults["file"] = stub_platform.status(503)

    def asked(**limits):
        question = Question(connection_to(platform), **limits)
        started, before = time.monotonic(), len(platform.requests)
        for _ in range(4):
            with pytest.raises(NoAnswerError):
                question.ask("a file", lambda client: client.get_file(OWN))
        return len(platform.requests) - before, time.monotonic() - started

    asked()  # making the first client takes time of its own
    assert asked(requests=1, seconds=9)[0] == 1
    assert asked(requests=3, seconds=0.5)[0] == 3
    count, seconds = asked(seconds=1)
    assert count == 5
    assert 0.5 <= seconds < 1.5


def test_objects_without_end_are_too_long(platform):
    """Of an answer of 1 MB the SDK made 300,000 objects, in half a GiB."""
    members = b"{}," * sdk.MAX_OBJECTS + b"{}"
    platform.faults["zip_info"] = stub_platform.body(b'{"members":[' + members + b"]}")
    with pytest.raises(NoAnswerError, match="the answer is too long"):
        connection_to(platform).ask("names", lambda client: client.get_file_zip_info(OWN))


def test_a_wrong_key(platform):
    platform.add(OWN, series=SERIES)
    wrong = platform.key.replace("s3cret", "wr0ng")
    check_reasons(lookup_of(platform, key=wrong), platform, "the api-key was not accepted (401)")
    assert len(platform.requests) == 1


@pytest.mark.parametrize("endpoint", ["file", "files"])
@pytest.mark.parametrize("fault", ["hang_up", "half"])
def test_a_connection_that_breaks_off(platform, endpoint, fault):
    platform.add(OWN, series=SERIES)
    platform.faults[endpoint] = getattr(stub_platform, fault)
    check_reasons(lookup_of(platform), platform, "no connection, or it was lost")


@pytest.mark.parametrize("endpoint", ["file", "files"])
@pytest.mark.parametrize("fault", ["silent", "dripping"])
def test_no_answer_in_time(platform, endpoint, fault):
    platform.add(OWN, series=SERIES)
    platform.faults[endpoint] = getattr(stub_platform, fault)(platform)
    check_reasons(lookup_of(platform, seconds=0.1), platform, "no answer in time")


def test_time_is_limited_for_all_answers_together(platform):
    platform.add(OWN, series=SERIES)
    lookup = lookup_of(platform, seconds=0)
    assert reasons(lookup) == ["the platform lookup stopped: no answer in time"] * 3


def test_nobody_listens(platform):
    nowhere = f"127.0.0.1:1:__force_insecure:{SECRET}"
    check_reasons(lookup_of(platform, key=nowhere), platform, "no connection, or it was lost")


NONSENSE = [
    b"",
    b"<html>502 Bad Gateway</html>",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b"42",
    b'"text"',
    b'{"count": 1',
    b"{}",
    b'{"results": null}',
    b'{"results": 7}',
    b'{"results": [7]}',
    b'{"results": [{}]}',
    b'{"results": [{"file_id": 7, "name": "x"}]}',
    b'{"file_id": ["own"], "parents": 3, "info": "x"}',
    b'{"file_id": "own", "parents": {"project": 5, "session": {}}, "info": []}',
    b"[" * 5000,
]


@pytest.mark.long
@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda b: b.decode("latin1")[:24])
@pytest.mark.parametrize("endpoint", ["file", "files"])
def test_nonsense(platform, endpoint, nonsense):
    platform.add(OWN, series=SERIES)
    platform.faults[endpoint] = stub_platform.body(nonsense)
    check_reasons(lookup_of(platform), platform, "the platform")


def test_metadata_of_wrong_types(platform):
    platform.add(OWN, series=SERIES)
    header = {"SeriesInstanceUID": SERIES, "StudyInstanceUID": 3, "ImageOrientationPatient": {}}
    platform.add("odd", series=SERIES, header=header)
    assert lookup_of(platform).same_series_in_project(SERIES).matches == ("odd.dicom.zip",)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Exception, "the api-key is not valid"),  # what the SDK raises
        (ValueError, "the Flywheel SDK cannot start (are the proxies in the environment right?)"),
        (ImportError, "the Flywheel SDK cannot start (are the proxies in the environment right?)"),
    ],
)
def test_a_client_that_cannot_be_made(error, why):
    def make_client():
        message = f"Invalid API key {SECRET}"
        raise error(message)

    answer = PlatformLookup(Connection(make_client), OWN).same_series_in_project(SERIES)
    assert answer.reason == f"the platform lookup failed: {why}"


def test_a_client_that_nobody_can_make():
    def make_client():
        message = "the gear was given no api-key"
        raise NoAnswerError(message)

    lookup = PlatformLookup(Connection(make_client), OWN)
    assert reasons(lookup) == ["the gear was given no api-key"] * 3


def test_an_sdk_that_is_not_installed():
    def make_client():
        raise ModuleNotFoundError(name="flywheel")

    answer = PlatformLookup(Connection(make_client), OWN).same_series_in_project(SERIES)
    assert answer.reason == "the platform lookup failed: the Flywheel SDK is not installed"


@pytest.mark.parametrize("key", ["", "no-colon", "host:notaport:key", f"{'x' * 300}:{SECRET}"])
def test_a_key_that_is_none(key):
    lookup = PlatformLookup(Connection(lambda: client_of(key)), OWN)
    for reason in reasons(lookup):
        assert reason.startswith("the platform")
        assert SECRET not in reason


@pytest.mark.process
def test_the_sdk_does_not_repeat_requests():
    """In a process of its own: the SDK reads its settings once."""
    program = (
        "from fw_gear_viewer_check.gear.sdk import client_of; client_of('127.0.0.1:1:x'); "
        "import flywheel.rest as rest; print(rest.TOTAL_RETRIES, rest.REQUEST_TIMEOUT)"
    )
    environment = {**os.environ, "FLYWHEEL_SDK_TOTAL_RETRIES": "7"}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert ended.stdout == f"0 {sdk.MOST_SECONDS:.0f}\n"


def test_a_failing_platform_leaves_v2_201_unknown_and_nothing_else(platform, tmp_path, caplog):
    write_series(tmp_path / "ball.dicom.zip")
    platform.faults["file"] = stub_platform.status(503)
    lookup = lookup_of(platform)
    caplog.set_level(logging.INFO, logger="fw_gear_viewer_check")
    report = check(tmp_path / "ball.dicom.zip", lookup=lookup)
    status = {result.requirement.id: result.status for result in report.results}
    alone = check(tmp_path / "ball.dicom.zip")
    for result in alone.results:
        unknown = result.requirement.id == "V2-201"
        assert status[result.requirement.id] is (Status.UNKNOWN if unknown else result.status)
    assert len(platform.requests) == 2
    assert SECRET not in to_text("ball", report)
    assert "no answer from the platform" in caplog.text


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EMFILE, errno.EIO])
def test_an_error_of_the_own_disk_is_no_lost_connection(number):
    asked = []

    def fail(_client):
        asked.append(number)
        raise OSError(number, f"what holds {SECRET}")

    with pytest.raises(NoAnswerError) as told:
        Question(Connection(mock.Mock)).ask("a reference series", fail)
    assert (
        str(told.value) == f"the platform lookup failed: this machine says: {os.strerror(number)}"
    )
    assert len(asked) == 1


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(errno.ECONNRESET, SECRET),
        socket.gaierror(socket.EAI_NONAME, SECRET),
        ssl.SSLError(1, SECRET),
        type("RequestException", (OSError,), {})(SECRET),
    ],
)
def test_a_connection_that_is_lost_is_told_as_one(error):
    def fail(_client):
        raise error

    with pytest.raises(NoAnswerError, match=r"no connection, or it was lost$"):
        Question(Connection(mock.Mock)).ask("a file", fail)


def test_the_library_of_the_platform_logs_no_value_of_an_answer(platform, caplog):
    """It warned of each value that it did not know, a line each: a name among them."""
    client_of(platform.key)
    logging.getLogger("flywheel.api_client").warning("Unrecognized value 'DOE^JANE'")
    assert "DOE" not in caplog.text
