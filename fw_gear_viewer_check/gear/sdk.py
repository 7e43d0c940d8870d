"""The door to the Flywheel SDK: questions to the platform, bounded in time, number and bytes.

Whatever the platform does (refuse, hang, answer nonsense or without end), the caller gets an answer
or a :class:`NoAnswerError` with one line that says why. No line holds a key, a host, an id or text
that came from the platform: error texts of HTTP libraries hold all of these.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

from fw_gear_viewer_check.system.bounds import within

log = logging.getLogger(__name__)

MAX_REQUESTS = 6
"""Most requests for one question: a site runs thousands of jobs against one platform."""
MAX_SECONDS = 10.0
"""Longest that a question waits for its answers in all, unless it says otherwise."""
MOST_SECONDS = 120.0
"""Longest that any question may wait for its answers; the SDK does not give up before it does."""
MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Largest answer, but for the content of files: a hundred files with all their metadata."""
MAX_FILE_BYTES = 100 * 1024 * 1024
"""Largest answer about one file with all its metadata: the platform's data base keeps 16 MiB of it
at the most, and JSON has up to six characters for a byte of it."""
MAX_OBJECTS = 250_000
"""Most objects of JSON in an answer of which the SDK makes objects of its own."""
MAX_JSON_OBJECTS = 2_000_000
"""Most lists and objects in other JSON: what the platform keeps of a file has fewer."""
MAX_JSON_COMMAS = 2_500_000
"""Most commas in an answer: each may stand before a value, which takes up to 250 bytes of memory.
What the platform keeps of a file has fewer."""
CONNECT_SECONDS = 5
"""Longest that a question waits for a connection."""
PAUSE = 0.1
"""Part of the time it has left that a question waits before it asks once more."""

SDK_SETTINGS = {
    # By default the SDK repeats a failing request seven times, which takes minutes.
    "FLYWHEEL_SDK_TOTAL_RETRIES": "0",
    "FLYWHEEL_SDK_BACKOFF_FACTOR": "0",
    "FLYWHEEL_SDK_BACKOFF_MAX": "0",
    "FLYWHEEL_SDK_REQUEST_TIMEOUT": f"{MOST_SECONDS:.0f}",
    "FLYWHEEL_SDK_CONNECT_TIMEOUT": f"{CONNECT_SECONDS}",
}
"""What the SDK reads from its environment, most of it once, when it is imported.

Set by whoever imports it: what is no number in the environment of a job would end the import.
"""


class NoAnswerError(Exception):
    """There is no answer; the message is one line that says why, fit for a report."""


class AnswerTooLongError(NoAnswerError):
    """The answer is too long: one to a smaller question may not be."""


class PassingError(NoAnswerError):
    """There was no answer this time: a moment later there may be one."""


class SlowError(PassingError):
    """There was no answer in time: to a smaller question there may be one."""


class Finder(Protocol):
    """What ``client.files`` of the SDK can do, and ``client.sessions``, ..."""

    def __call__(self, **question: Any) -> Any:  # noqa: ANN401 - the SDK has no types
        """Return the answer to a question."""


class PlatformClient(Protocol):
    """The four calls that are made, all of them reading. The SDK's client has them."""

    @property
    def files(self) -> Finder:
        """Finder of files."""

    def get_file(self, file_id: str, **how: Any) -> Any:  # noqa: ANN401 - the SDK has no types
        """Return what the platform knows of a file."""

    def get_file_zip_info(self, file_id: str) -> object:
        """Return the members of an archive."""

    def download_file_from_acquisition(
        self, acquisition_id: str, file_name: str, dest_file: str
    ) -> object:
        """Write a file of an acquisition to ``dest_file``."""


def client_of(api_key: str) -> PlatformClient:
    """Return a client of the platform that a key belongs to."""
    if not api_key:
        message = (
            "the platform lookup failed: the gear was given no api-key (set platform_lookup to "
            "false to leave the lookup out)"
        )
        raise NoAnswerError(message)
    os.environ.update(SDK_SETTINGS)
    import flywheel  # noqa: PLC0415 - loading it takes longer than checking most series

    # It quotes values of answers that it does not know, a line each.
    logging.getLogger("flywheel").setLevel(logging.CRITICAL)
    # The check of the key would be a request of its own, and the first question shows it as well.
    client = flywheel.Client(api_key, disable_auth_check=True)
    _limit_answers(client._fw.api_client.rest_client.client)  # noqa: SLF001 - no other way to it
    checked: PlatformClient = client
    return checked


class Page(NamedTuple):
    """What a finder answers, as JSON values; of each object the SDK would make one of 2 KiB."""

    results: object
    is_all: bool
    """Whether it is all that there is, as the platform says; a page may be a short one."""
    total: object = None
    """How many pass all filters, as the platform says."""


def find(finder: Finder, filters: tuple[str, ...], limit: int, after: str) -> Page:
    """Return what passes all filters; ``after`` is the last id of the page before."""
    page = {"after_id": after} if after else {}
    question = {"filter": ",".join(filters), "limit": limit, **page}
    with closing(finder(**question, _preload_content=False)) as response:
        answer: object = response.json()
    if not isinstance(answer, dict):
        return Page(answer, is_all=False)
    results = answer.get("results")
    total = answer.get("total")
    is_all = not after and isinstance(results, list) and total == len(results)
    return Page(results, is_all, total)


def get_file(client: PlatformClient, file_id: str) -> object:
    """Return what the platform knows of a file, as JSON values, however many there are."""
    with closing(client.get_file(file_id, _preload_content=False)) as response:
        answer: object = response.json()
    return answer


class TooLongError(Exception):
    """An answer has more bytes or objects than it may have, or hides how many it has."""


_THIS_REQUEST = threading.local()
"""``max_bytes`` and ``most_objects`` of the answer to a request of this thread."""


def _limit_answers(http: Any) -> None:  # noqa: ANN401 - the HTTP client under the SDK
    """Let an answer that is too long end in an error before all of it is in memory."""
    import httpx2  # noqa: PLC0415 - comes with the SDK

    class Limited(httpx2.SyncByteStream):
        def __init__(self, stream: httpx2.SyncByteStream) -> None:
            self.stream, self.left = stream, _THIS_REQUEST.max_bytes
            self.objects = _THIS_REQUEST.most_objects
            self.commas = math.inf if self.objects == math.inf else MAX_JSON_COMMAS

        def __iter__(self) -> Iterator[bytes]:
            for chunk in self.stream:
                self.left -= len(chunk)
                self.objects -= chunk.count(b"{") + chunk.count(b"[")
                self.commas -= chunk.count(b",")
                if min(self.left, self.objects, self.commas) < 0:
                    raise TooLongError
                yield chunk

        def close(self) -> None:
            self.stream.close()

    def limit(response: httpx2.Response) -> None:
        # Unpacking would multiply what is counted here.
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise TooLongError
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = Limited(response.stream)

    http.headers["Accept-Encoding"] = "identity"
    # Before the SDK's own hook, which reads an answer that is an error.
    hooks = http.event_hooks
    http.event_hooks = {**hooks, "response": [limit, *hooks["response"]]}


class Connection:
    """The platform, with a client that is made when the first request comes."""

    def __init__(self, make_client: Callable[[], PlatformClient]) -> None:
        """Take a way to make a client, not a client: making one may fail, and may not be needed.

        ``make_client`` may raise :class:`NoAnswerError` with a reason of its own.
        """
        self._make_client = make_client
        self._client: PlatformClient | None = None

    def ask(
        self,
        subject: str,
        question: Callable[[PlatformClient], object],
        *,
        seconds: float = MAX_SECONDS,
        max_bytes: int = MAX_ANSWER_BYTES,
        most_objects: float = MAX_OBJECTS,
    ) -> object:
        """Return the answer to one request; ``subject`` is for the log only.

        ``most_objects`` of an answer that is no JSON has no end.

        Raises :class:`NoAnswerError` for none.
        """
        started = time.monotonic()
        try:
            work = partial(self._answer, question, max_bytes, most_objects)
            return within(seconds, work)
        except Exception as error:  # noqa: BLE001 - of the SDK and of what is under it
            problem = _explained(error, has_client=self._client is not None)
            kind = type(error).__name__
            log.info("no answer from the platform about %s: %s (%s)", subject, problem, kind)
        finally:
            log.debug("asked the platform for %s: %.2f s", subject, time.monotonic() - started)
        raise problem

    def _answer(
        self,
        question: Callable[[PlatformClient], object],
        max_bytes: int,
        most_objects: float,
    ) -> object:
        _THIS_REQUEST.max_bytes, _THIS_REQUEST.most_objects = max_bytes, most_objects
        return question(self._connected())

    def _connected(self) -> PlatformClient:
        if self._client is None:
            self._client = self._make_client()
        return self._client


@dataclass(slots=True)
class Question:
    """What may take several requests, with one deadline for all of them.

    Time counts only while it waits. After the first fault that may pass it asks once more; what one
    question met does not keep the next from asking.
    """

    connection: Connection
    seconds: float = MAX_SECONDS
    requests: int = MAX_REQUESTS
    may_ask_again: bool = True

    def ask(
        self,
        subject: str,
        question: Callable[[PlatformClient], object],
        *,
        max_bytes: int = MAX_ANSWER_BYTES,
        most_objects: float = MAX_OBJECTS,
    ) -> object:
        """Return the answer to the next request, or raise :class:`NoAnswerError`."""
        if self.requests <= 0:
            message = "the platform lookup stopped: it needs too many requests"
            raise NoAnswerError(message)
        if self.seconds <= 0:
            message = "the platform lookup stopped: no answer in time"
            raise NoAnswerError(message)
        ask = partial(
            self.connection.ask,
            subject,
            question,
            max_bytes=max_bytes,
            most_objects=most_objects,
        )
        try:
            return self._timed(ask)
        except PassingError:
            if not self.may_ask_again or self.requests <= 0 or self.seconds <= 0:
                raise
        self.may_ask_again = False
        pause = PAUSE * self.seconds
        time.sleep(pause)
        self.seconds -= pause
        return self._timed(ask)

    def _timed(self, ask: Callable[..., object]) -> object:
        self.requests -= 1
        started = time.monotonic()
        try:
            return ask(seconds=self.seconds)
        finally:
            self.seconds -= time.monotonic() - started


_BY_STATUS = {
    401: "the api-key was not accepted (401)",
    403: "the api-key may not read this (403)",
    404: "not found (404)",
    429: "too many requests (429)",
}
_PASSING = frozenset({429, 500, 502, 503, 504})
_TIMEOUTS = frozenset({"TimeoutError", "TimeoutException", "Timeout"})
_CONNECTIONS = frozenset(
    {"ConnectionError", "TransportError", "RequestException", "SSLError", "gaierror"}
)


def _explained(error: Exception, *, has_client: bool) -> NoAnswerError:
    """Return why there was no answer, and by its class what may help."""
    if isinstance(error, NoAnswerError):
        return NoAnswerError(str(error))
    # By name: the libraries under the SDK change between its versions, and are not imported here.
    kinds = {one.__name__ for one in type(error).__mro__}
    status = getattr(error, "status", None)
    kind: type[NoAnswerError] = NoAnswerError
    if isinstance(status, int) and status > 0:
        refused = "server error" if status >= 500 else "the request was refused"
        why = _BY_STATUS.get(status, f"{refused} ({status})")
        kind = PassingError if status in _PASSING else NoAnswerError
    elif isinstance(error, ImportError) and error.name == "flywheel":
        why = "the Flywheel SDK is not installed"
    elif isinstance(error, TooLongError):
        why, kind = "the answer is too long", AnswerTooLongError
    elif kinds & _TIMEOUTS:
        why, kind = "no answer in time", SlowError
    elif kinds & _CONNECTIONS:
        why, kind = "no connection, or it was lost", PassingError
    elif isinstance(error, OSError) and error.errno:  # the disk, or what a process may open
        why = f"this machine says: {os.strerror(error.errno)}"
    elif has_client:
        return NoAnswerError("the platform's answer could not be understood")
    elif type(error) is Exception:  # all that the SDK says of a key that is none
        why = "the api-key is not valid"
    else:
        why = "the Flywheel SDK cannot start (are the proxies in the environment right?)"
    return kind(f"the platform lookup failed: {why}")
