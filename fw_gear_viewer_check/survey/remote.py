"""Files of remote stores, through fsspec: only the bytes that are needed, and many at a time.

A zip is read in three steps: the end of the file, where its directory stands; the directory; then
the first bytes of each member. fsspec's own caches do not fit: they read whole blocks around each
place (5 MB by default), one after the other. So members are fetched in batches of small ranges,
all of a batch at once: a store far away answers sixty requests in the time of one.
"""

from __future__ import annotations

import bisect
import io
import re
from typing import IO, TYPE_CHECKING, Any, cast

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.survey.urls import StoreError, shown_url

try:
    import aiohttp
    import fsspec
    from fsspec.asyn import AsyncFileSystem
except ImportError as error:
    MISSING = "remote stores need fsspec: pip install 'fw-gear-viewer-check[remote]'"
    raise UsageError(MISSING) from error

if TYPE_CHECKING:
    from collections.abc import Sequence

TAIL = 16 * 1024
"""Bytes read at the end of a file: the whole directory of a small zip."""
START = 4 * 1024
"""Bytes read of a member first: deflated, they hold the header of nearly every image."""
MAX_START = 256 * 1024
"""Most that is read first, where the headers of a zip turn out to be long."""
NEXT = 16 * 1024
"""Bytes read each time that was not enough."""
BATCH = 64
"""Members fetched at once."""
MAX_PAGE = 8 * 1024 * 1024
"""Longest page of links that is read: 50,000 of them."""
REQUEST_SECONDS = 120
"""Longest that an answer may take: none is long."""
SHORT_READS_FROM = 4096
"""A caller that asks for so many bytes of a member reads on when it gets fewer (zipfile does)."""


def opened(url: str, size: int) -> IO[bytes]:
    """Open a file of a store that knows its size."""
    store, path = store_of(url)
    try:
        if isinstance(store, AsyncFileSystem):
            return cast("IO[bytes]", RangedFile(store, path, size))
        return cast("IO[bytes]", store.open(path, "rb"))
    except Exception as error:
        raise _refused(error) from error


def store_of(url: str) -> tuple[Any, str]:
    """Return the store of a URL, and the path in it; raises :class:`UsageError` for none."""
    settings = {"client_kwargs": {"response_class": _Answer, "timeout": _TIMEOUT}}
    web = {scheme: settings for scheme in ("http", "https") if f"{scheme}://" in url}
    try:
        store, path = fsspec.core.url_to_fs(url, use_listings_cache=False, **web)
    except (ImportError, ValueError) as error:
        message = f"{shown_url(url)} cannot be opened: {error}"
        raise UsageError(message) from error
    return store, path


_TIMEOUT = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
_WRONG_LENGTH = "it sent another number of bytes than it was asked for"


class _Answer(aiohttp.ClientResponse):
    """An answer of a web server, of which no more is kept than was asked for.

    A server may send without end, or a thousand times what it seems to (compressed).
    """

    async def read(self) -> bytes:
        """Read the body; raises :class:`StoreError` when it is too long."""
        if self._body is None:
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.request_info.headers.get("Range", ""))
            most = int(asked[2]) - int(asked[1]) + 1 if asked else MAX_PAGE
            body = bytearray()
            async for part in self.content.iter_chunked(NEXT):
                body += part
                if len(body) > most:
                    self.close()
                    raise StoreError(_WRONG_LENGTH)
            self._body = bytes(body)
        return self._body


def kind_of(error: Exception) -> str:
    """Return "ClientResponseError 403"; messages of stores quote URLs, and with them secrets."""
    if isinstance(error, StoreError):
        return str(error)
    reason = getattr(error, "status", None) or getattr(error, "errno", None) or ""
    return f"{type(error).__name__} {reason}".strip()


def _refused(error: Exception) -> StoreError:
    return StoreError(kind_of(error))


class RangedFile(io.RawIOBase):
    """A remote file of which only what is read is fetched; see :class:`~..reader.ReadsAhead`."""

    def __init__(self, store: AsyncFileSystem, path: str, size: int) -> None:
        super().__init__()
        self._store, self._path, self._size = store, path, size
        # The first reads go through fsspec's file: unlike cat_ranges, it refuses a server that
        # would send the whole file for a range.
        self._file = store.open(path, "rb", cache_type="none", block_size=TAIL, size=size)
        self._at = 0
        self._parts: dict[int, bytes] = {}
        self._starts: list[int] = []
        self._order: list[int] = []
        self._rank: dict[int, int] = {}
        self._first = START
        self._went_on = 0

    def expect(self, offsets: Sequence[int]) -> None:
        """Take where the members begin, in the order in which they will be read."""
        self._order = list(offsets)
        self._starts = sorted(set(offsets))
        self._rank = {offset: rank for rank, offset in enumerate(offsets)}
        self._parts.clear()

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go somewhere; nothing is fetched."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def close(self) -> None:
        """Forget what was fetched."""
        self._parts.clear()
        super().close()

    def read(self, size: int = -1, /) -> bytes:
        """Return ``size`` bytes, fewer at the end; of a member it may be fewer anywhere."""
        left = max(self._size - self._at, 0)
        wanted = left if size < 0 else min(size, left)
        pieces = []
        while wanted:
            piece = self._piece(wanted)
            pieces.append(piece)
            self._at += len(piece)
            wanted -= len(piece)
            if self._order and size >= SHORT_READS_FROM:
                break
        return b"".join(pieces)

    def _piece(self, wanted: int) -> bytes:
        """Return some of the wanted bytes, at least one."""
        start = self._known_start()
        if start is None:
            start = self._fetch(wanted)
        offset = self._at - start
        return self._parts[start][offset : offset + wanted]

    def _known_start(self) -> int | None:
        for start, part in self._parts.items():
            if start <= self._at < start + len(part):
                return start
        return None

    def _fetch(self, wanted: int) -> int:
        """Fetch what holds the place of the next read; return where it begins."""
        if not self._order:
            start = min(self._at, max(self._size - TAIL, 0)) if self._is_near_end() else self._at
            self._parts[start] = self._fetch_first(start, max(self._at + wanted, start + 1))
            return start
        rank = self._rank.get(self._at)
        if rank is None:
            self._went_on += 1
            start = self._at
            # Growing with what was read of the member keeps the requests for long headers few.
            length = max(min(wanted, NEXT), SHORT_READS_FROM, (start - self._begin_of(start)) // 2)
            end = min(start + length, self._end_of(start))
            self._parts[start] = self._fetch_together([(start, end)])[0]
            return start
        self._adapt()
        starts = self._order[rank : rank + BATCH]
        ranges = [(start, min(start + self._first, self._end_of(start))) for start in starts]
        self._parts = dict(zip(starts, self._fetch_together(ranges), strict=True))
        return self._at

    def _is_near_end(self) -> bool:
        return self._at >= self._size - TAIL

    def _adapt(self) -> None:
        """Read more of each member first, where many of the last batch needed it."""
        if self._went_on > BATCH // 4:
            self._first = min(2 * self._first, MAX_START)
        self._went_on = 0

    def _begin_of(self, place: int) -> int:
        """Return where the member begins that holds a place."""
        before = bisect.bisect_right(self._starts, place)
        return self._starts[before - 1] if before else place

    def _end_of(self, start: int) -> int:
        """Return where the next member begins."""
        after = bisect.bisect_right(self._starts, start)
        return self._starts[after] if after < len(self._starts) else self._size

    def _fetch_first(self, start: int, end: int) -> bytes:
        if self._is_near_end():
            end = self._size
        try:
            self._file.seek(start)
            return self._checked(self._file.read(end - start), end - start)
        except ValueError as error:
            message = "it does not send parts of a file (range requests)"
            raise StoreError(message) from error
        except Exception as error:
            raise _refused(error) from error

    def _fetch_together(self, ranges: list[tuple[int, int]]) -> list[bytes]:
        starts, ends = zip(*ranges, strict=True)
        try:
            parts = self._store.cat_ranges(
                [self._path] * len(ranges), list(starts), list(ends), on_error="raise"
            )
        except Exception as error:
            raise _refused(error) from error
        pairs = zip(parts, ranges, strict=True)
        return [self._checked(part, end - start) for part, (start, end) in pairs]

    @staticmethod
    def _checked(part: bytes, length: int) -> bytes:
        if len(part) != length:
            raise StoreError(_WRONG_LENGTH)
        return part
