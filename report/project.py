"""What the gear viewer-check has left on the files of a project, subject or session.

Files and labels are read by pages, and kept in a scratch data base: memory does not grow with their
number. A file of which nothing can be understood is counted, and the others go on.
"""

from __future__ import annotations

import logging
import pickle
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from operator import methodcaller
from typing import Any

from fw_gear_viewer_check.gear.job import CONTAINERS
from fw_gear_viewer_check.gear.platform_files import get, leaves_out_info, number_of, text_of
from fw_gear_viewer_check.gear.sdk import (
    MAX_FILE_BYTES,
    MAX_JSON_OBJECTS,
    MAX_OBJECTS,
    MOST_SECONDS,
    AnswerTooLongError,
    Connection,
    NoAnswerError,
    Page,
    PassingError,
    Question,
    SlowError,
    find,
    get_file,
)
from fw_gear_viewer_check.requirements.types import Capability
from fw_gear_viewer_check.system.progress import Progress
from report.file_results import FileRow, file_row, id_of, shown

log = logging.getLogger(__name__)

PAGE = 100
"""Files asked for at a time, with all their metadata."""
LABELS_PAGE = 250
MAX_FILES = 5_000_000
"""A platform that goes on sending files after these is out of order."""
PAGE_SECONDS = MOST_SECONDS
PAGE_REQUESTS = 2
"""One, and another after a fault that may pass: every page has to come."""
MOST_LOST = 4 * PAGE_SECONDS
"""Seconds that files asked for on their own may take together of which nothing is told: at a site
that is out of order, thousands of them would take days."""
MAX_PAGE_BYTES = 20 * 1024 * 1024
"""Of an answer about several files."""


_NO_PAGES = "the platform's answer could not be understood: pages that do not follow each other"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the report is about."""

    include: tuple[Capability, ...] = tuple(Capability)
    tag: str = ""
    """Only files with this tag; "" for all."""
    hide_names: bool = False


class Project:
    """Reads all files below a container into a scratch data base, and gives them back in order."""

    def __init__(self, connection: Connection, kind: str, id_: str, wanted: Wanted) -> None:
        self._connection = connection
        self._kind, self._id = kind, id_
        self._wanted = wanted
        self.left_out: Counter[str] = Counter()
        """Files without a row, by reason."""
        self.requests = 0
        self._lost = 0.0
        self._data = sqlite3.connect("", isolation_level=None)
        self._data.executescript(_TABLES)

    def close(self) -> None:
        """Forget everything."""
        self._data.close()

    def read(self) -> None:
        """Read all files and labels; raises :class:`NoAnswerError` when files cannot be read."""
        with Progress("files read") as progress:
            for file in self._below("files", PAGE, "type=dicom"):
                self._add(file)
                progress.update()
        for kind in CONTAINERS[1:]:
            self._read_labels(kind)

    def rows(self) -> Iterator[FileRow]:
        """Yield the files, ordered by the labels of their containers, and by name."""
        ordered = enumerate(self._data.execute(_ORDERED), start=1)
        for number, (body, subject, session, acquisition) in ordered:
            row: FileRow = pickle.loads(body)  # noqa: S301 - our own, of this process
            if self._wanted.hide_names:
                yield replace(row, name=f"file {number}", subject="", session="", acquisition="")
            else:
                yield replace(row, subject=subject, session=session, acquisition=acquisition)

    def _read_labels(self, kind: str) -> None:
        """Read the labels of the containers of a kind; where that fails, ids stand for them."""
        is_below = CONTAINERS.index(kind) > CONTAINERS.index(self._kind)
        try:
            names = self._below(f"{kind}s", LABELS_PAGE) if is_below else self._above(kind)
            for found in names:
                row = (_id_of(found), shown(get(found, "label")))
                if row[0]:
                    self._data.execute("INSERT OR REPLACE INTO labels VALUES (?, ?)", row)
        except NoAnswerError as error:
            log.warning("labels of %ss could not be read: %s", kind, error)

    def _above(self, kind: str) -> Iterator[object]:
        """Yield the container itself, or the one that it is in."""
        query = f"SELECT DISTINCT {kind} FROM files LIMIT 2"  # noqa: S608 - one of three words
        for (id_,) in self._data.execute(query).fetchall():
            yield self._asked(kind, methodcaller(f"get_{kind}", id_))

    def _below(self, finder: str, limit: int, *filters: str) -> Iterator[object]:
        """Yield what a finder finds below the container, page by page."""
        filters = (f"parents.{self._kind}={self._id}", *filters)
        end, ends, count, most, has_asked_again = "", set[str](), 0, limit, False

        def found(client: Any) -> Page:  # noqa: ANN401 - the SDK has no types
            return find(getattr(client, finder), filters, most, end)

        while count < MAX_FILES:
            try:
                max_bytes = MAX_PAGE_BYTES if most > 1 else MAX_FILE_BYTES
                answer = self._asked(
                    finder, found, most_objects=MAX_JSON_OBJECTS, max_bytes=max_bytes
                )
            except (AnswerTooLongError, SlowError):
                if most == 1:
                    raise
                most = max(most // 2, 1)  # a few files may have metadata without end
                continue
            page = get(answer, "results")
            if not isinstance(page, list):
                break
            if not page:  # the end: one that is shorter than asked for need not be
                missing = (number_of(get(answer, "total")) or 0) - count
                if missing <= 0 or has_asked_again:
                    self._not_listed(finder, missing)
                    return
                has_asked_again = True
                continue
            page = page[:most]
            yield from page
            count += len(page)
            ids = (id_of(get(one, "file_id")) or _id_of(one) for one in reversed(page))
            end = next(filter(None, ids), "")
            if not end or end in ends:
                break
            ends.add(end)
            most = min(limit, most + max(most // 4, 1))
        raise NoAnswerError(_NO_PAGES)

    def _not_listed(self, finder: str, missing: int) -> None:
        """Count files that the platform counts, and does not list."""
        if finder == "files" and missing > 0:
            self.left_out["not listed by the platform"] += missing

    def _asked(
        self,
        subject: str,
        question: Callable[[Any], object],
        *,
        most_objects: float = MAX_OBJECTS,
        max_bytes: int = MAX_FILE_BYTES,
    ) -> object:
        asked = Question(self._connection, PAGE_SECONDS, PAGE_REQUESTS)
        try:
            return asked.ask(subject, question, max_bytes=max_bytes, most_objects=most_objects)
        finally:
            self.requests += PAGE_REQUESTS - asked.requests

    def _add(self, file: object) -> None:
        """Keep the row of a file, unless the report is not about it."""
        reason = self._why_left_out(file)
        if reason:
            self.left_out[reason] += 1
            return
        row = file_row(self._described(file), self._wanted.include)
        self._data.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
            (
                *(row.file_id, row.subject, row.session, row.acquisition),
                *(row.name, pickle.dumps(row)),
            ),
        )

    def _described(self, file: object) -> object:
        """Return the file with its metadata, which a finder may leave out."""
        if not leaves_out_info(file):
            return file
        id_, started = id_of(get(file, "file_id")), time.monotonic()
        try:
            found = self._asked(
                "a file", partial(get_file, file_id=id_), most_objects=MAX_JSON_OBJECTS
            )
        except PassingError:
            self._lost += time.monotonic() - started
            if self._lost > MOST_LOST:
                raise
            return file
        except NoAnswerError:
            return file
        return found if get(found, "file_id") == id_ else file

    def _why_left_out(self, file: object) -> str:
        if not id_of(get(file, "file_id")):
            return "without an id"
        if get(file, "deleted"):
            return "deleted"
        if text_of(get(get(file, "parent_ref"), "type")) == "analysis":
            return "output of an analysis"
        tags = get(file, "tags")
        if self._wanted.tag and self._wanted.tag not in (tags if isinstance(tags, list) else ()):
            return "without the tag"
        return ""


_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -32768;
CREATE TABLE files (file_id TEXT PRIMARY KEY, subject TEXT, session TEXT, acquisition TEXT,
                    name TEXT, body BLOB) WITHOUT ROWID;
CREATE TABLE labels (id TEXT PRIMARY KEY, label TEXT) WITHOUT ROWID;
BEGIN;
"""
_ORDERED = """
SELECT body, coalesce(a.label, subject) AS s1, coalesce(b.label, session) AS s2,
       coalesce(c.label, acquisition) AS s3
FROM files LEFT JOIN labels a ON a.id = subject LEFT JOIN labels b ON b.id = session
LEFT JOIN labels c ON c.id = acquisition
ORDER BY s1, s2, s3, name, file_id
"""


def _id_of(container: object) -> str:
    return id_of(get(container, "id")) or id_of(get(container, "_id"))
