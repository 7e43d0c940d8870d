"""What is surveyed: a zip, a file, or the loose files of a series; here or in a remote store."""

from __future__ import annotations

import errno
import json
import os.path
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, TypeAlias

from fw_gear_viewer_check.dicom.reader import File, read_file, read_files
from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import Budget
from fw_gear_viewer_check.survey.urls import StoreError, base_of, digest, is_remote, shown, storable
from fw_gear_viewer_check.system.files import opened_regular

Reading: TypeAlias = "tuple[Archive, tuple[Instance, ...]]"

NOT_THERE = -1
"""Size of a file that a list names and that is not there."""
MOST_FETCHED = 1024 * 1024 * 1024
"""Bytes of an input in a remote store that are fetched to tell copies from other images."""
HIDDEN = "hidden or operating-system file"
FOLDER_LINK = "link to a folder, not followed: name it as a root"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file: its path, or its URL in a remote store.

    ``stamp`` changes when its content does; of one that is not there it is the reason, if known.
    """

    location: str
    size: int
    stamp: str

    @property
    def state(self) -> str:
        """What tells that it was not replaced: what is unpacked may have one time for all files."""
        return f"{self.size}-{self.stamp}"

    @property
    def is_remote(self) -> bool:
        """True when it takes fsspec to open it."""
        return is_remote(self.location)

    @property
    def name(self) -> str:
        """What reports may show."""
        return shown(self.location)

    @property
    def key(self) -> str:
        """What tells it from all other files: URLs may differ in what is not shown of them."""
        name = storable(self.name)
        return name if self.name == self.location else f"{name}\0\0{digest(self.location)}"

    @property
    def identity(self) -> str:
        """What is the same for every way to write the path (``a.zip``, ``/data/a.zip``).

        Links to folders are followed; a link to a file is a file of its own, as it would be where
        the archive is uploaded.
        """
        if self.is_remote or self.size == NOT_THERE:
            return storable(self.location)
        folder, name = os.path.split(self.location)
        return storable(os.path.join(_real_folder(folder), name))  # noqa: PTH118

    @property
    def base(self) -> str:
        """Name of the file without its folder."""
        return base_of(self.location)

    def open(self) -> IO[bytes]:
        """Open it for reading in any order."""
        if self.size == NOT_THERE:
            if self.stamp:
                raise OSError(errno.EINVAL, self.stamp)
            if not self.is_remote:
                raise FileNotFoundError(self.location)
            message = "there is no such file, or no answer"
            raise StoreError(message)
        if self.is_remote:
            from fw_gear_viewer_check.survey import remote  # noqa: PLC0415 - an extra

            return remote.opened(self.location, self.size)
        return opened_regular(self.location)


@lru_cache(maxsize=64)
def _real_folder(folder: str) -> str:
    """Return where a folder really is; the files of one are listed one after the other."""
    return os.path.realpath(folder)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or folder that is not surveyed."""

    name: str
    reason: str


Listed: TypeAlias = "SourceFile | LeftOut"


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the survey; several files are the loose files of one series."""

    name: str
    """What the tables call it: the file, or the folder that the loose files share."""
    files: tuple[SourceFile, ...]
    series_instance_uid: str = ""
    """Series of loose files; "" for a file."""

    @property
    def key(self) -> str:
        """What tells it from the other inputs, also in a later run: no file's name holds NUL."""
        uid = self.series_instance_uid
        return f"{storable(self.name)}\0{storable(uid)}" if uid else self.files[0].key

    @property
    def label(self) -> str:
        """What findings about other inputs call it."""
        return f"{self.name} {self.series_instance_uid}".rstrip()

    def read(self, budget: Budget | None = None) -> Reading:
        """Return what it holds; raises :class:`OSError` when it cannot be opened.

        In a remote store it is not looked whether all compressed frames are there: they would have
        to be fetched.
        """
        if budget is None and self.files[0].is_remote:
            budget = Budget(stepped=0, compared=MOST_FETCHED)
        if len(self.files) == 1:
            (file,) = self.files
            return read_file(File(file.base, file.size, file.open), budget=budget)
        folder = self.name.rstrip("/\\")
        # A folder with a dot that was named as a root is in the path of its files.
        files = [
            File(_relative(f.name, folder), f.size, f.open, is_wanted=True) for f in self.files
        ]
        return read_files(os.path.basename(folder), files, budget=budget)  # noqa: PTH119

    def to_json(self) -> str:
        """Return it as text, for the index."""
        return json.dumps([self.name, self._files(), self.series_instance_uid])

    @classmethod
    def from_json(cls, text: str) -> Input:
        """Return what :meth:`to_json` wrote."""
        name, files, uid = json.loads(text)
        return cls(name, tuple(SourceFile(*file) for file in files), uid)

    def fingerprint(self, settings: str) -> str:
        """Return what changes when the input, or the settings it is judged by, change."""
        return digest(json.dumps([settings, self._files()]))

    def _files(self) -> list[tuple[str, int, str]]:
        return [(file.location, file.size, file.stamp) for file in self.files]


@dataclass(frozen=True, slots=True)
class Related:
    """Other inputs that have a say in what is found in one, by series."""

    doubles: Mapping[str, Sequence[Input]] = field(default_factory=dict)
    """Those that hold a series of it, with one of their files."""
    holders: Mapping[str, Sequence[Input]] = field(default_factory=dict)
    """Those that are read for the images that it refers to and does not hold."""
    cut: frozenset[str] = frozenset()
    """Series that more inputs hold than are read."""
    context: str = ""
    """Stands for all this in the journal; "" for nothing."""


def group(series_instance_uid: str, files: list[SourceFile]) -> Input:
    """Return the input that the loose files of a series make; one alone is a file."""
    if len(files) == 1:
        return Input(files[0].name, tuple(files))
    return Input(_shared_folder([f.name for f in files]), tuple(files), series_instance_uid)


def _shared_folder(names: list[str]) -> str:
    """Return the deepest folder that holds all files, with a slash at its end."""
    folders = [name.replace(os.sep, "/").split("/")[:-1] for name in names]
    # Of all lists, the first and the last in order differ earliest.
    first, last = min(folders), max(folders)
    depth = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return "/".join([*first[:depth], ""]) or "./"


def _relative(name: str, folder: str) -> str:
    name = name.replace(os.sep, "/")
    return name[len(folder) :].lstrip("/") if name.startswith(f"{folder}/") else name
