"""What has to be known of all inputs at once, in a scratch data base on the disk.

It answers which inputs are still to be judged, which of them hold the same series, and where in
the journals stands what was found out last. It is made anew from the journals by every run: they
are the truth, this is an index. Nothing in it outlives the process.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from fw_gear_viewer_check.survey.inputs import Input, Place, group
from fw_gear_viewer_check.survey.journal import line_at
from fw_gear_viewer_check.survey.urls import digest, storable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from fw_gear_viewer_check.survey.scan import Seen

PAGE = 200
"""Rows taken from the data base at a time: it may be written to while they are worked on."""
MOST_HOLDERS = 1000
"""Inputs named to a worker that hold the same series as the one it judges."""

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE listed (identity TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE inputs (key TEXT PRIMARY KEY, fingerprint TEXT, body TEXT) WITHOUT ROWID;
CREATE TABLE loose (key TEXT PRIMARY KEY, stamp TEXT, body TEXT) WITHOUT ROWID;
CREATE TABLE seen (key TEXT PRIMARY KEY, stamp TEXT, uid TEXT, left_out TEXT) WITHOUT ROWID;
CREATE TABLE left_out (name TEXT PRIMARY KEY, reason TEXT) WITHOUT ROWID;
CREATE TABLE judged (key TEXT PRIMARY KEY, fingerprint TEXT, context TEXT, checked INT,
                     file TEXT, start INT, length INT) WITHOUT ROWID;
CREATE TABLE holds (uid TEXT, key TEXT, PRIMARY KEY (uid, key)) WITHOUT ROWID;
CREATE TABLE asks (uid TEXT, key TEXT, PRIMARY KEY (uid, key)) WITHOUT ROWID;
CREATE INDEX holds_by_key ON holds (key);
CREATE INDEX asks_by_key ON asks (key);
BEGIN;
"""
"""The transaction is never ended: nothing has to outlive the process, and a statement on its own
would take four times as long."""

_SHARED = """
WITH shared AS (SELECT uid FROM holds GROUP BY uid HAVING count(*) > 1)
SELECT key FROM holds WHERE uid IN shared
UNION SELECT asks.key FROM asks JOIN holds USING (uid) WHERE holds.key <> asks.key
UNION SELECT key FROM judged WHERE context <> ''
"""
"""Inputs of which other inputs may say something, and those of which they once did."""


class Ledger:
    """The data base; use it as a context."""

    def __init__(self) -> None:
        """Begin with an empty one."""
        self._folder = tempfile.TemporaryDirectory(prefix="viewer-check-")
        self._data = sqlite3.connect(Path(self._folder.name) / "ledger", isolation_level=None)
        self._data.executescript(_TABLES)

    def add_left_out(self, name: str, reason: str) -> None:
        """Remember what is not surveyed."""
        self._data.execute(
            "INSERT OR REPLACE INTO left_out VALUES (?, ?)", (storable(name), reason)
        )

    def is_new(self, place: Place) -> bool:
        """Return True the first time that a file is listed, however its path is written."""
        row = (place.identity,)
        return self._data.execute("INSERT OR IGNORE INTO listed VALUES (?)", row).rowcount == 1

    def add_input(self, one: Input, settings: str) -> None:
        """Remember an input."""
        row = (one.key, one.fingerprint(settings), one.to_json())
        self._data.execute("INSERT OR IGNORE INTO inputs VALUES (?, ?, ?)", row)

    def add_loose(self, place: Place) -> None:
        """Remember a file that may be a part of a series."""
        row = (storable(place.location), place.stamp, place.to_json())
        self._data.execute("INSERT OR IGNORE INTO loose VALUES (?, ?, ?)", row)

    def add_seen(self, key: str, stamp: str, seen: Seen) -> None:
        """Remember what a loose file is."""
        row = (key, stamp, seen.series_instance_uid, seen.left_out)
        self._data.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", row)

    def unseen(self) -> Iterator[Place]:
        """Yield the loose files at which nobody looked since they changed."""
        query = (
            "SELECT key, body FROM loose LEFT JOIN seen USING (key) "
            "WHERE key > ? AND seen.stamp IS NOT loose.stamp ORDER BY key LIMIT ?"
        )
        for _, body in self._paged(query):
            yield Place.from_json(body)

    def count_unseen(self) -> int:
        """Return how many they are."""
        query = (
            "SELECT count(*) FROM loose LEFT JOIN seen USING (key) "
            "WHERE seen.stamp IS NOT loose.stamp"
        )
        return int(self._data.execute(query).fetchone()[0])

    def group_loose(self, settings: str) -> None:
        """Make inputs of the loose files: a series each, and those that belong to none."""
        with closing(self._data.cursor()) as rows:
            rows.execute(
                "SELECT body, uid, left_out FROM loose JOIN seen USING (key) ORDER BY uid, key"
            )
            series, places = "", list[Place]()
            for body, uid, left_out in rows:
                place = Place.from_json(body)
                if left_out:
                    self.add_left_out(place.name, left_out)
                elif not uid:
                    self.add_input(Input(place.name, (place,)), settings)
                elif uid == series:
                    places.append(place)
                else:
                    self._add_group(series, places, settings)
                    series, places = uid, [place]
            self._add_group(series, places, settings)

    def _add_group(self, series: str, places: list[Place], settings: str) -> None:
        if places:
            self.add_input(group(series, places), settings)

    def add_judged(self, said: dict[str, Any], path: Path, start: int, length: int) -> None:
        """Remember where a journal tells of an input, and what that means for others."""
        key = said["key"]
        checked = not said["problem"]
        row = (key, said["fingerprint"], said["context"], checked, str(path), start, length)
        self._data.execute("INSERT OR REPLACE INTO judged VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        for table, uids in (("holds", said["holds"]), ("asks", said["asks"])):
            self._data.execute(f"DELETE FROM {table} WHERE key = ?", (key,))  # noqa: S608
            pairs = [(uid, key) for uid in uids]
            self._data.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", pairs)  # noqa: S608

    def forget_others(self) -> None:
        """Forget what was found out about inputs that are gone or that changed."""
        self._data.execute(
            "DELETE FROM judged WHERE NOT EXISTS (SELECT 1 FROM inputs "
            "WHERE inputs.key = judged.key AND inputs.fingerprint = judged.fingerprint)"
        )
        for table in ("holds", "asks"):
            self._data.execute(f"DELETE FROM {table} WHERE key NOT IN (SELECT key FROM judged)")  # noqa: S608

    def count_open(self) -> int:
        """Return how many of them are not judged."""
        query = "SELECT count(*) FROM inputs LEFT JOIN judged USING (key) WHERE checked IS NOT 1"
        return int(self._data.execute(query).fetchone()[0])

    def open_inputs(self) -> Iterator[Input]:
        """Yield the inputs that are not judged, in order; what could not be checked is one."""
        query = (
            "SELECT inputs.key, body FROM inputs LEFT JOIN judged USING (key) "
            "WHERE inputs.key > ? AND checked IS NOT 1 ORDER BY inputs.key LIMIT ?"
        )
        for _, body in self._paged(query):
            yield Input.from_json(body)

    def related(self) -> Iterator[tuple[Input, dict[str, list[Input]], str]]:
        """Yield each input that has to be judged again for what others hold.

        With it come the other inputs that hold its series, or those it asks about, by series, and
        what stands for all this in the journal.
        """
        self._data.execute("CREATE TEMP TABLE related (key TEXT PRIMARY KEY) WITHOUT ROWID")
        self._data.execute(f"INSERT INTO related {_SHARED}")
        query = (
            "SELECT related.key, body, context FROM related JOIN inputs USING (key) "
            "JOIN judged USING (key) WHERE related.key > ? AND checked ORDER BY related.key LIMIT ?"
        )
        for key, body, context in self._paged(query):
            holders, now = self._holders(key)
            if now != context:
                yield Input.from_json(body), holders, now
        self._data.execute("DROP TABLE related")

    def _holders(self, key: str) -> tuple[dict[str, list[Input]], str]:
        rows = self._data.execute(
            "SELECT holds.uid, inputs.body, inputs.fingerprint FROM "
            "(SELECT uid FROM holds WHERE key = :key UNION SELECT uid FROM asks WHERE key = :key) "
            "JOIN holds USING (uid) JOIN inputs ON inputs.key = holds.key "
            "WHERE holds.key <> :key ORDER BY holds.uid, holds.key LIMIT :most",
            {"key": key, "most": MOST_HOLDERS},
        ).fetchall()
        holders: dict[str, list[Input]] = {}
        for uid, body, _ in rows:
            holders.setdefault(uid, []).append(Input.from_json(body))
        context = [(uid, json.loads(body)[0], fingerprint) for uid, body, fingerprint in rows]
        return holders, digest(json.dumps(context)) if context else ""

    def judged(self) -> Iterator[dict[str, Any]]:
        """Yield what the journals say of each input, in order of key."""
        query = (
            "SELECT inputs.key, file, start, length FROM inputs JOIN judged USING (key) "
            "WHERE inputs.key > ? ORDER BY inputs.key LIMIT ?"
        )
        for _, file, start, length in self._paged(query):
            yield line_at(Path(file), start, length)

    def left_out(self) -> Iterator[tuple[Any, ...]]:
        """Yield names of what is not surveyed, each with the reason, in order."""
        query = "SELECT name, reason FROM left_out WHERE name > ? ORDER BY name LIMIT ?"
        yield from self._paged(query)

    def _paged(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query that is ordered by its first column, some at a time."""
        last = ""
        while rows := self._data.execute(query, (last, PAGE)).fetchall():
            yield from rows
            last = rows[-1][0]

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nothing behind."""
        self._data.close()
        self._folder.cleanup()
