"""What has to be known of all inputs at once, in a scratch data base.

It answers which inputs are still to be judged, which of them hold the same series, and where in
the journals the record of each is. It is made anew from the journals by every run: they are the
truth, this is an index. SQLite keeps it in memory as far as it fits, and the rest in a file without
a name, which is gone with the process, however it ends.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain, groupby, islice, zip_longest
from operator import itemgetter
from pathlib import Path
from typing import Any

from fw_gear_viewer_check.model.limits import MAX_MEMBERS
from fw_gear_viewer_check.model.lookup import MOST_READ_AGAIN
from fw_gear_viewer_check.model.text import printable
from fw_gear_viewer_check.survey.inputs import Input, Related, SourceFile, group
from fw_gear_viewer_check.survey.journal import line_at
from fw_gear_viewer_check.survey.records import Record
from fw_gear_viewer_check.survey.urls import digest, storable

ROWS_AT_ONCE = 200
"""Rows taken from the data base at a time: it may be written to while they are worked on."""
MOST_DOUBLES = 100
"""Inputs named to a worker that hold a series of the one that it judges: as many of each."""
TOO_MANY = f"more than {MAX_MEMBERS:,} files have its SeriesInstanceUID"
CACHE_KIB = 64 * 1024
"""Memory of the data base; what does not fit goes to the temporary folder."""

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE listed (identity TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE inputs (key TEXT PRIMARY KEY, fingerprint TEXT, body TEXT) WITHOUT ROWID;
CREATE TABLE loose (key TEXT PRIMARY KEY, stamp TEXT, body TEXT) WITHOUT ROWID;
CREATE TABLE scanned (key TEXT, stamp TEXT, uid TEXT, left_out TEXT,
                      PRIMARY KEY (key, stamp)) WITHOUT ROWID;
CREATE TABLE left_out (key TEXT PRIMARY KEY, name TEXT, reason TEXT) WITHOUT ROWID;
CREATE TABLE judged (key TEXT, fingerprint TEXT, context TEXT, checked INT, file BLOB, start INT,
                     length INT, PRIMARY KEY (key, fingerprint)) WITHOUT ROWID;
CREATE TABLE holds (uid TEXT, key TEXT, fingerprint TEXT,
                    PRIMARY KEY (uid, key, fingerprint)) WITHOUT ROWID;
CREATE TABLE refers_to (uid TEXT, key TEXT, fingerprint TEXT,
                        PRIMARY KEY (uid, key, fingerprint)) WITHOUT ROWID;
CREATE INDEX holds_by_key ON holds (key);
CREATE INDEX refers_to_by_key ON refers_to (key);
BEGIN;
"""
"""The transaction is never ended: nothing has to outlive the process, and a statement on its own
would take four times as long."""

_UNSCANNED = "FROM loose LEFT JOIN scanned USING (key, stamp) WHERE uid IS NULL"
_OPEN = "FROM inputs LEFT JOIN judged USING (key, fingerprint) WHERE checked IS NOT 1"
_RELATED = """
WITH shared AS (SELECT uid FROM holds GROUP BY uid HAVING count(*) > 1)
SELECT key FROM holds WHERE uid IN shared
UNION SELECT refers_to.key FROM refers_to JOIN holds USING (uid) WHERE holds.key <> refers_to.key
UNION SELECT key FROM judged WHERE context <> ''
"""
"""Inputs of which other inputs may say something, and those of which they once did."""


class Index:
    """The data base."""

    def __init__(self) -> None:
        self._data = sqlite3.connect("", isolation_level=None)
        self._data.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._data.executescript(_TABLES)

    def close(self) -> None:
        """Forget everything."""
        self._data.close()

    def add_left_out(self, name: str, reason: str) -> None:
        """Remember what is not surveyed."""
        row = (f"{storable(name)}\0{reason}", printable(name), reason)
        self._data.execute("INSERT OR REPLACE INTO left_out VALUES (?, ?, ?)", row)

    def is_new(self, file: SourceFile) -> bool:
        """Return True the first time that a file is listed, however its path is written."""
        row = (file.identity,)
        return self._data.execute("INSERT OR IGNORE INTO listed VALUES (?)", row).rowcount == 1

    def add_input(self, one: Input, settings: str) -> None:
        """Remember an input."""
        row = (one.key, one.fingerprint(settings), one.to_json())
        self._data.execute("INSERT OR IGNORE INTO inputs VALUES (?, ?, ?)", row)

    def add_loose(self, file: SourceFile) -> None:
        """Remember a file that may be a part of a series."""
        body = json.dumps([file.location, file.size, file.stamp])
        row = (file.key, file.state, body)
        self._data.execute("INSERT OR IGNORE INTO loose VALUES (?, ?, ?)", row)

    def add_scanned(self, key: str, stamp: str, series_instance_uid: str, left_out: str) -> None:
        """Remember what a loose file is; see :data:`~.scan.Scanned`."""
        row = (key, stamp, series_instance_uid, left_out)
        self._data.execute("INSERT OR REPLACE INTO scanned VALUES (?, ?, ?, ?)", row)

    def unscanned(self) -> Iterator[SourceFile]:
        """Yield the loose files that were not scanned since they changed."""
        query = f"SELECT key, body {_UNSCANNED} AND key > ? ORDER BY key LIMIT ?"
        for _, body in self._paged(query):
            yield SourceFile(*json.loads(body))

    def count_unscanned(self) -> int:
        """Return how many they are."""
        return self._count(_UNSCANNED)

    def group_loose(self, settings: str) -> None:
        """Make inputs of the loose files: a series each, and those that belong to none."""
        with closing(self._data.cursor()) as rows:
            rows.execute(
                "SELECT body, uid, left_out FROM loose JOIN scanned USING (key, stamp) "
                "ORDER BY uid, key"
            )
            for uid, found in groupby(rows, key=itemgetter(1)):
                files = ((SourceFile(*json.loads(body)), left_out) for body, _, left_out in found)
                if uid:
                    # An input has no more files: it is refused with one too many, and tells why.
                    most = [file for file, _ in islice(files, MAX_MEMBERS + 1)]
                    self.add_input(group(uid, most), settings)
                    for file, _ in files:
                        self.add_left_out(file.name, TOO_MANY)
                    continue
                for file, left_out in files:
                    if left_out:
                        self.add_left_out(file.name, left_out)
                    else:
                        self.add_input(Input(file.name, (file,)), settings)

    def add_judged(self, record: Record, path: Path, start: int, length: int) -> None:
        """Remember where the record of an input is, and what it means for other inputs.

        There may be others, of what it was before: :meth:`forget_others` knows which is meant.
        """
        key, fingerprint, checked = record.key, record.fingerprint, not record.problem
        place = (os.fsencode(path), start, length)
        row = (key, fingerprint, record.context, checked, *place)
        self._data.execute("INSERT OR REPLACE INTO judged VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        if not checked:  # what was known of it still counts for others, whichever comes first
            return
        for table, uids in (("holds", record.holds), ("refers_to", record.refers_to)):
            delete = f"DELETE FROM {table} WHERE key = ? AND fingerprint = ?"  # noqa: S608
            self._data.execute(delete, (key, fingerprint))
            found = [(uid, key, fingerprint) for uid in uids]
            self._data.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?)", found)  # noqa: S608

    def forget_others(self) -> None:
        """Forget what was found out about inputs that are gone or that changed."""
        self._data.execute(
            "DELETE FROM judged WHERE NOT EXISTS (SELECT 1 FROM inputs "
            "WHERE inputs.key = judged.key AND inputs.fingerprint = judged.fingerprint)"
        )
        for table in ("holds", "refers_to"):
            self._data.execute(
                f"DELETE FROM {table} WHERE (key, fingerprint) NOT IN "  # noqa: S608
                "(SELECT key, fingerprint FROM judged)"
            )

    def has_input(self, key: str, fingerprint: str) -> bool:
        """Return True for the key of an input, and what it is now."""
        query = "SELECT 1 FROM inputs WHERE key = ? AND fingerprint = ?"
        return self._data.execute(query, (key, fingerprint)).fetchone() is not None

    def count_inputs(self) -> int:
        """Return how many inputs there are."""
        return self._count("FROM inputs")

    def count_open(self) -> int:
        """Return how many of them are not judged."""
        return self._count(_OPEN)

    def _count(self, rows: str) -> int:
        return int(self._data.execute(f"SELECT count(*) {rows}").fetchone()[0])

    def open_inputs(self) -> Iterator[Input]:
        """Yield the inputs that are not judged, in order; what could not be checked is one."""
        query = f"SELECT inputs.key, body {_OPEN} AND inputs.key > ? ORDER BY inputs.key LIMIT ?"
        for _, body in self._paged(query):
            yield Input.from_json(body)

    def related(self) -> Iterator[tuple[Input, Related]]:
        """Yield each input that has to be judged again for what others hold, and these."""
        self._data.execute("CREATE TEMP TABLE related (key TEXT PRIMARY KEY) WITHOUT ROWID")
        self._data.execute(f"INSERT INTO related {_RELATED}")
        query = (
            "SELECT related.key, body, context FROM related JOIN inputs USING (key) "
            "JOIN judged USING (key) WHERE related.key > ? AND checked ORDER BY related.key LIMIT ?"
        )
        for key, body, context in self._paged(query):
            now = self._related_to(key)
            if now.context != context:
                yield Input.from_json(body), now

    def _related_to(self, key: str) -> Related:
        doubles = self._other_holders("holds", key, MOST_DOUBLES)
        every = self._other_holders("refers_to", key, MOST_READ_AGAIN + 1)
        # One of each series, then the second of each, and so on: none takes the place of another.
        in_turn = dict.fromkeys(one for rank in zip_longest(*every.values()) for one in rank if one)
        read = set(islice(in_turn, MOST_READ_AGAIN))
        holders = {uid: [one for one in found if one in read] for uid, found in every.items()}
        cut = {uid for uid, found in every.items() if len(found) > len(holders[uid])}
        inputs, fingerprints = {}, {}
        for one in {*read, *chain(*doubles.values())}:
            query = "SELECT body, fingerprint FROM inputs WHERE key = ?"
            body, fingerprints[one] = self._data.execute(query, (one,)).fetchone()
            inputs[one] = Input.from_json(body)
        named = {key: replace(one, files=one.files[:1]) for key, one in inputs.items()}
        context = [
            [(uid, [(inputs[one].name, fingerprints[one]) for one in found]) for uid, found in some]
            for some in (doubles.items(), holders.items())
        ]
        return Related(
            {uid: [named[one] for one in found] for uid, found in doubles.items()},
            {uid: [inputs[one] for one in found] for uid, found in holders.items()},
            frozenset(cut),
            digest(json.dumps([*context, sorted(cut)])) if doubles or every else "",
        )

    def _other_holders(self, table: str, key: str, most: int) -> dict[str, list[str]]:
        """Return the other inputs that hold each series of an input, or that it refers to."""
        uids = self._data.execute(f"SELECT uid FROM {table} WHERE key = ? ORDER BY uid", (key,))  # noqa: S608
        query = "SELECT key FROM holds WHERE uid = ? AND key <> ? ORDER BY key LIMIT ?"
        found = {
            uid: [one for (one,) in self._data.execute(query, (uid, key, most))]
            for (uid,) in uids.fetchall()
        }
        return {uid: keys for uid, keys in found.items() if keys}

    def records(self) -> Iterator[Record]:
        """Yield the record of each input, in order of key."""
        query = (
            "SELECT inputs.key, file, start, length FROM inputs JOIN judged USING (key) "
            "WHERE inputs.key > ? ORDER BY inputs.key LIMIT ?"
        )
        for _, file, start, length in self._paged(query):
            yield Record.from_json(line_at(Path(os.fsdecode(file)), start, length))

    def left_out(self) -> Iterator[tuple[str, str]]:
        """Yield names of what is not surveyed, each with the reason, in order."""
        query = "SELECT key, name, reason FROM left_out WHERE key > ? ORDER BY key LIMIT ?"
        for _, name, reason in self._paged(query):
            yield name, reason

    def _paged(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query that is ordered by its first column, some at a time."""
        last = ""
        while rows := self._data.execute(query, (last, ROWS_AT_ONCE)).fetchall():
            yield from rows
            last = rows[-1][0]
