"""Files of remote stores, through fsspec: only the bytes that are needed, and many at a time.

A zip is read in three steps: the end of the file, where its directory stands; the directory; then
the first bytes of each member. fsspec's own caches read whole blocks around each position, one
after the other. So fsspec's files are given a cache that fetches the starts of many members at
once: a store far away answers sixty requests in the time of one.
"""

from __future__ import annotations

import bisect
import html
import io
import logging
import re
import time
from functools import partial
from typing import IO, Any, cast
from urllib.parse import quote

from fw_gear_viewer_check.survey.urls import StoreError, is_chained, is_web, scheme_of
from fw_gear_viewer_check.system.bounds import TOO_MUCH, within

try:
    import aiohttp
    import fsspec
    from fsspec.asyn import AsyncFileSystem
    from fsspec.caching import BaseCache, register_cache
except ImportError as error:
    MISSING = "remote stores need fsspec: pip install 'fw-gear-viewer-check[remote]'"
    raise StoreError(MISSING) from error
except Exception as error:  # it reads its settings when it is imported
    BROKEN = f"fsspec cannot read its settings, ~/.config/fsspec ({type(error).__name__})"
    raise StoreError(BROKEN) from error
from collections.abc import Callable, Sequence

for library in ("aiohttp", "fsspec"):  # what they warn of quotes the server, once for each answer
    logging.getLogger(library).setLevel(logging.CRITICAL + 1)

TAIL = 16 * 1024
"""Bytes read at the end of a file: the whole directory of a small zip."""
START = 4 * 1024
"""Bytes read of a member first: deflated, they hold the header of nearly every image."""
MAX_START = 256 * 1024
"""Most that is read first, where the headers of a zip turn out to be long."""
NEXT = 16 * 1024
"""Bytes read each time that was not enough."""
_LOCAL_HEADER = 30
"""Bytes before the name of a member, from where it begins."""
BATCH = 64
"""Members fetched at once."""
MAX_PAGE = 8 * 1024 * 1024
"""Longest page of links that is read: of usual ones, 50,000."""
MOST_LINKS = 100_000
"""Links of a page: each becomes a URL, which may be a hundred times as long."""
REQUEST_SECONDS = 120
"""Longest that an answer may take: none is long."""
MOST_SECONDS = REQUEST_SECONDS + 10
"""Longest that several answers may take, asked for together."""
LIST_SECONDS = 3600
"""Longest for the list of a folder, which may take a thousand answers."""
MOST_TIMEOUTS = 3
"""Questions without an answer in time, more than there are others, behind which none is asked."""
PAUSE_SECONDS = 600
"""Time after which a store is asked again that did not answer."""
SHORT_READS_FROM = 4096
"""A caller that asks for so many bytes of a member reads on when it gets fewer: zipfile does, but
where it reads the name."""


def opened(url: str, size: int) -> IO[bytes]:
    """Open a file of a store that knows its size."""
    if not size:  # fsspec takes 0 for unknown
        return io.BytesIO()
    store, path = store_of(url)
    try:
        if not isinstance(store, AsyncFileSystem):
            return io.BufferedReader(_Delivered(store.open(path, "rb")))

        patience = patience_with(url)

        def fetch_ranges(starts: list[int], ends: list[int]) -> list[bytes]:
            paths = [path] * len(starts)
            found: list[bytes] = patience.ask(
                store.cat_ranges, paths, starts, ends, on_error="raise"
            )
            return found

        options = {"fetch_ranges": fetch_ranges, "ask": patience.ask}
        file = store.open(
            *(path, "rb"), block_size=TAIL, size=size, cache_type="members", cache_options=options
        )
        file.expect = file.cache.expect
        return cast("IO[bytes]", file)
    except Exception as error:
        raise _refused(error) from error


def store_of(url: str) -> tuple[Any, str]:
    """Return the store of a URL, and the path in it.

    Raises :class:`StoreError` for none, without the URL: names of files may have to be hidden.
    """
    if is_chained(url):  # a server may name its files so
        message = "it cannot be opened: it has :: in its name"
        raise StoreError(message)
    settings = {"client_kwargs": {"response_class": _Answer, "timeout": _TIMEOUT}}
    web = {scheme_of(url): settings} if is_web(url) else {}
    try:
        store, path = fsspec.core.url_to_fs(url, use_listings_cache=False, **web)
    except Exception as error:
        # An ImportError says what to install.
        why = error if isinstance(error, ImportError) else kind_of(error)
        message = f"it cannot be opened: {why}"
        raise StoreError(message) from error
    return store, path


def path_of(url: str) -> str:
    """Return the path that a store makes of the URL of a file."""
    return str(fsspec.core.strip_protocol(url))


class Patience:
    """How often a store did not answer in time: an answer makes up for one time."""

    def __init__(self) -> None:
        self._timeouts, self._last = 0, 0.0

    def ask(
        self,
        question: Callable[..., Any],
        *given: Any,  # noqa: ANN401
        seconds: float = MOST_SECONDS,
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Ask a store; raises :class:`StoreError` where it left too much without an answer.

        Raises ``TimeoutError`` for an answer that takes longer than ``seconds``.
        """
        is_over = time.monotonic() - self._last < PAUSE_SECONDS
        if self._timeouts >= MOST_TIMEOUTS and is_over:
            message = f"the store left {MOST_TIMEOUTS} questions without an answer"
            raise StoreError(message)
        is_late = False
        try:
            return within(seconds, partial(question, *given, **options))
        except Exception as error:
            # fsspec says of a file on the web that there is none; what went wrong is the cause.
            is_late = isinstance(error.__cause__ or error, TimeoutError)
            raise
        finally:
            self._last = time.monotonic()
            self._timeouts = max(self._timeouts + (1 if is_late else -1), 0)


_patience: dict[str, Patience] = {}


def patience_with(url: str) -> Patience:
    """Return that with the server or bucket of a URL."""
    return _patience.setdefault("/".join(url.split("/")[:3]), Patience())


class _Delivered(io.RawIOBase):
    """A file of a store whose errors are those of the store, and not of what the file holds."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable  # type: ignore[method-assign]

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - a buffer has no type before 3.12
        """Read into a buffer; raises :class:`StoreError` where the store does not deliver."""
        try:
            part = self._file.read(len(buffer))
        except Exception as error:
            raise _refused(error) from error
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Close the file in the store, too."""
        self._file.close()
        super().close()


_TIMEOUT = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
_LINK = re.compile(r"""<[aA]\s[^<>]*?(?:href|HREF)=["']([^"'<>]{1,2048})["']""")
_WRONG_LENGTH = "the server sent another number of bytes than requested"
_OTHER_RANGE = "the server sent other bytes than requested"


class _Answer(aiohttp.ClientResponse):
    """An answer of a web server, of which no more is kept than was asked for.

    A server may send without end, or a thousand times what it seems to (compressed).
    """

    async def read(self) -> bytes:
        """Read the body; raises :class:`StoreError` when it is too long."""
        if self._body is None:
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.request_info.headers.get("Range", ""))
            most = int(asked[2]) - int(asked[1]) + 1 if asked else MAX_PAGE
            sent = re.match(r"bytes (\d+)-", self.headers.get("Content-Range", ""))
            if asked and sent and int(sent[1]) != int(asked[1]):
                raise StoreError(_OTHER_RANGE)
            body = bytearray()
            async for part in self.content.iter_chunked(NEXT):
                body += part
                if len(body) > most:
                    self.close()
                    raise StoreError(_WRONG_LENGTH)
            self._body = bytes(body)
        return self._body

    async def text(self, *_: object, **__: object) -> str:
        """Return the links of a page: fsspec's own search for them may take for ever."""
        page = (await self.read()).decode(errors="ignore")
        links = _LINK.findall(page)
        if len(links) > MOST_LINKS:
            message = f"its page has more than {MOST_LINKS:,} links"
            raise StoreError(message)
        return "".join(f'<a href="{spelled(html.unescape(link))}">' for link in links)


_ASCII = "".join(sorted(set(map(chr, range(33, 127))) - set("\"'<>")))


def spelled(url: str) -> str:
    """Return a URL in ASCII: one other character would make each of its characters four bytes."""
    return quote(re.sub(r"\s", "%20", url), safe=_ASCII)


def kind_of(error: Exception) -> str:
    """Return "ClientResponseError 403"; messages of stores quote URLs, and with them secrets."""
    if isinstance(error, StoreError):
        return str(error)
    if isinstance(error, MemoryError):
        return TOO_MUCH
    reason = getattr(error, "status", None) or getattr(error, "errno", None) or ""
    return f"{type(error).__name__} {reason}".strip()


def _refused(error: Exception) -> StoreError:
    return StoreError(kind_of(error))


class _MembersCache(BaseCache):  # type: ignore[misc]  # fsspec has no types
    """Fetches the members of a zip in the order in which they are read, many at once."""

    name = "members"

    def __init__(
        self,
        blocksize: int,
        fetcher: Callable[[int, int], bytes],
        size: int,
        fetch_ranges: Callable[[list[int], list[int]], list[bytes]],
        ask: Callable[..., Any],
    ) -> None:
        super().__init__(blocksize, fetcher, size)
        self._ask = ask
        self._fetch_ranges = fetch_ranges
        self._parts: dict[int, bytes] = {}
        self._order: list[int] = []
        self._rank: dict[int, int] = {}
        self._starts: list[int] = []
        self._start_bytes = START
        self._continued = 0

    def expect(self, offsets: Sequence[int]) -> None:
        """Take where the members begin, in reading order; see :class:`~..reader.ReadsAhead`."""
        self._order = [offset for offset in offsets if 0 <= offset < self.size]
        self._rank = {offset: rank for rank, offset in enumerate(self._order)}
        self._starts = sorted(self._rank)
        self._parts.clear()

    def _fetch(self, start: int | None, stop: int | None) -> bytes:
        """Return the bytes of a range; of a member it may be fewer."""
        at, end = start or 0, self.size if stop is None else min(stop, self.size)
        is_name = at - _LOCAL_HEADER in self._rank
        is_short_enough = bool(self._order) and end - at >= SHORT_READS_FROM and not is_name
        pieces: list[bytes] = []
        while at < end and not (pieces and is_short_enough):
            begin = next((b for b, p in self._parts.items() if b <= at < b + len(p)), None)
            if begin is None:
                begin = self._fetch_at(at, end)
            pieces.append(self._parts[begin][at - begin : end - begin])
            at += len(pieces[-1])
        return b"".join(pieces)

    def _fetch_at(self, at: int, end: int) -> int:
        """Fetch the part that holds a position; return where it begins."""
        if not self._order:
            return self._fetch_directory(at, end)
        rank = self._rank.get(at)
        if rank is None:
            self._continued += 1
            member = self._starts[max(bisect.bisect_right(self._starts, at) - 1, 0)]
            # Members are read front to back: of this one the start alone may be read again.
            rank = self._rank[member]
            self._parts = {b: p for b, p in self._parts.items() if self._rank.get(b, -1) >= rank}
            # Growing with what was read of the member keeps the requests for long headers few.
            read = at - member
            length = max(min(end - at, NEXT), SHORT_READS_FROM, read // 2)
            self._parts.update(self._fetch_together([at], length))
            return at
        if self._continued > BATCH // 4:  # many of the last batch needed more
            self._start_bytes = min(2 * self._start_bytes, MAX_START)
        self._continued = 0
        self._parts = self._fetch_together(self._order[rank : rank + BATCH], self._start_bytes)
        return at

    def _fetch_directory(self, at: int, end: int) -> int:
        """Fetch through fsspec's file: it refuses a server that sends the whole for a range."""
        tail = max(self.size - TAIL, 0)
        begin, end = (min(at, tail), self.size) if at >= tail else (at, end)
        # Of a file that is no zip, and is read whole, no more is kept than what was read last.
        self._parts = {b: p for b, p in self._parts.items() if b >= tail}
        try:
            self._parts[begin] = _checked(self._ask(self.fetcher, begin, end), end - begin)
        except ValueError as error:
            message = "the server does not send parts of files (range requests)"
            raise StoreError(message) from error
        except Exception as error:
            raise _refused(error) from error
        return begin

    def _fetch_together(self, starts: list[int], length: int) -> dict[int, bytes]:
        """Fetch so many bytes from each position, no further than the next member."""
        ends = [min(start + length, self._end_of(start)) for start in starts]
        try:
            parts = self._fetch_ranges(starts, ends)
        except Exception as error:
            raise _refused(error) from error
        ranges = zip(starts, ends, parts, strict=True)
        return {start: _checked(part, end - start) for start, end, part in ranges}

    def _end_of(self, start: int) -> int:
        after = bisect.bisect_right(self._starts, start)
        return self._starts[after] if after < len(self._starts) else int(self.size)


register_cache(_MembersCache, clobber=True)


def _checked(part: bytes, length: int) -> bytes:
    if len(part) != length:
        raise StoreError(_WRONG_LENGTH)
    return part
