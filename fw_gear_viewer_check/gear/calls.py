"""Questions to the platform: few, bounded in time, and never more than unanswered.

Rule of this file: whatever a client does (raise, hang, answer nonsense), the caller gets an answer
or a :class:`NoAnswerError` with one line that says why. No line holds a key, a host, an id or text
that came from the platform: error texts of HTTP libraries hold all of these.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, MutableMapping

T = TypeVar("T")

log = logging.getLogger(__name__)

MAX_REQUESTS = 6
"""Most requests of one job: a site runs thousands of jobs against one platform."""
MAX_SECONDS = 30.0
"""Longest that a job waits for the platform in all."""
MAX_SECONDS_EACH = 10.0
"""Longest that it waits for one answer."""
CONNECT_SECONDS = 5
"""Longest that it waits for a connection."""

SDK_SETTINGS = {
    # By default the SDK repeats a failing request seven times, which takes minutes.
    "FLYWHEEL_SDK_TOTAL_RETRIES": "0",
    "FLYWHEEL_SDK_BACKOFF_MAX": "0",
    "FLYWHEEL_SDK_REQUEST_TIMEOUT": f"{MAX_SECONDS_EACH:.0f}",
    "FLYWHEEL_SDK_CONNECT_TIMEOUT": f"{CONNECT_SECONDS}",
}
"""What the SDK reads from its environment, most of it once, when it is imported."""


def limit_retries(environ: MutableMapping[str, str]) -> None:
    """Keep the SDK from repeating requests; to be called before it is imported."""
    environ.update(SDK_SETTINGS)


class NoAnswerError(Exception):
    """There is no answer; the message is one line that says why, fit for a report."""


@dataclass(slots=True)
class Once(Generic[T]):
    """Answers that are worked out when first asked for; that there is none is remembered too."""

    _answers: dict[Hashable, T | NoAnswerError] = field(default_factory=dict)

    def get(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return the answer for a key, or raise the :class:`NoAnswerError` of the first time."""
        if key not in self._answers:
            try:
                self._answers[key] = work()
            except NoAnswerError as problem:
                self._answers[key] = problem
        answer = self._answers[key]
        if isinstance(answer, NoAnswerError):
            raise NoAnswerError(str(answer))
        return answer


class FileFinder(Protocol):
    """What ``client.files`` of the SDK can do."""

    def find(self, *filters: str, limit: int, **page: str) -> object:
        """Return the files that pass all filters; ``after_id`` asks for the next page."""


class PlatformClient(Protocol):
    """The four calls that are made, all of them reading. The SDK's client has them."""

    @property
    def files(self) -> FileFinder:
        """Finder of files."""

    def get_file(self, file_id: str) -> object:
        """Return what the platform knows of a file."""

    def get_file_zip_info(self, file_id: str) -> object:
        """Return the members of an archive."""

    def download_file_from_acquisition(
        self, acquisition_id: str, file_name: str, dest_file: str
    ) -> object:
        """Write a file of an acquisition to ``dest_file``."""


@dataclass(slots=True)
class RequestBudget:
    """What one job may ask of the platform; time counts only while it waits for an answer."""

    requests: int = MAX_REQUESTS
    seconds: float = MAX_SECONDS
    seconds_each: float = MAX_SECONDS_EACH

    def take(self) -> float:
        """Take one request off, and return how long it may last."""
        if self.requests <= 0:
            message = "the platform was not asked any more: enough requests for one job"
            raise NoAnswerError(message)
        if self.seconds <= 0:
            message = "the platform was not asked any more: its answers took too long"
            raise NoAnswerError(message)
        self.requests -= 1
        return min(self.seconds, self.seconds_each)


@dataclass(slots=True)
class _Outcome:
    value: object = None
    error: Exception | None = None


@dataclass(slots=True)
class Calls:
    """Asks the platform; the client is made when the first question comes.

    After a failure that the next request would only repeat (no connection, no answer in time, a
    refused key), nothing is asked any more.
    """

    make_client: Callable[[], PlatformClient]
    budget: RequestBudget = field(default_factory=RequestBudget)
    _client: PlatformClient | None = None
    _given_up: str = ""

    def ask(self, subject: str, question: Callable[[PlatformClient], object]) -> object:
        """Return the answer, or raise :class:`NoAnswerError`; ``subject`` is for the log only."""
        if self._given_up:
            raise NoAnswerError(self._given_up)
        allowed = self.budget.take()
        started = time.monotonic()
        outcome = _within(allowed, lambda: question(self._connected()))
        elapsed = time.monotonic() - started
        self.budget.seconds -= elapsed
        log.debug("asked the platform for %s: %.2f s", subject, elapsed)
        error = TimeoutError() if outcome is None else outcome.error
        if error is None and outcome is not None:
            return outcome.value
        reason, is_lasting = _explained(error, has_client=self._client is not None)
        log.info("no answer from the platform to %s: %s (%s)", subject, reason, _kind(error))
        if is_lasting:
            self._given_up = reason
        raise NoAnswerError(reason)

    def _connected(self) -> PlatformClient:
        if self._client is None:
            self._client = self.make_client()
        return self._client


def _within(seconds: float, work: Callable[[], object]) -> _Outcome | None:
    """Do the work in another thread; None when it is not done in time.

    Timeouts of HTTP libraries count from one piece of an answer to the next, and looking up a name
    has none at all: only leaving the work behind is sure to end in time. The thread is a daemon, so
    that it does not keep the process.
    """
    outcome = _Outcome()
    done = threading.Event()

    def run() -> None:
        try:
            outcome.value = work()
        except Exception as error:  # noqa: BLE001 - the waiting thread says what it was
            outcome.error = error
        finally:
            done.set()

    threading.Thread(target=run, name="platform-lookup", daemon=True).start()
    return outcome if done.wait(seconds) else None


_BY_STATUS = {
    401: "it does not accept the api-key (401)",
    403: "the api-key may not read this (403)",
    404: "it does not know this file (404)",
    429: "it has too many requests (429)",
}
_LASTING = frozenset({401, 429})
_TIMEOUTS = frozenset({"TimeoutError", "TimeoutException", "Timeout"})
_CONNECTIONS = frozenset({"OSError", "TransportError"})


def _explained(error: Exception | None, *, has_client: bool) -> tuple[str, bool]:
    """Return why there was no answer, and whether the next question would meet the same."""
    if isinstance(error, NoAnswerError):
        return str(error), True
    status = getattr(error, "status", None)
    if isinstance(status, int) and status > 0:
        why, is_lasting = _by_status(status), status >= 500 or status in _LASTING
    else:
        why, is_lasting = _by_kind(error), True
    if not why and has_client:
        return "the platform's answer could not be understood", False
    return f"the platform could not be asked: {why or 'the api-key is not one'}", is_lasting


def _by_status(status: int) -> str:
    if status >= 500:
        return f"it has a problem of its own ({status})"
    return _BY_STATUS.get(status) or f"it refused the request ({status})"


def _by_kind(error: Exception | None) -> str:
    """Say what an error without an HTTP status is about; "" when it is about the answer."""
    # By name: the libraries under the SDK change between its versions, and are not imported here.
    names = {one.__name__ for one in type(error).__mro__}
    if "ImportError" in names:
        return "the Flywheel SDK is not installed"
    if names & _TIMEOUTS:
        return "it did not answer in time"
    return "no connection, or it broke off" if names & _CONNECTIONS else ""


def _kind(error: Exception | None) -> str:
    return type(error).__name__
