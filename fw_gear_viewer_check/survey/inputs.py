"""What is surveyed: a zip, a file, or the loose files of a series; here or in a remote store."""

from __future__ import annotations

import json
import os.path
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import IO, TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from fw_gear_viewer_check.dicom.reader import File, read_file, read_files
from fw_gear_viewer_check.survey.urls import StoreError, digest, is_remote, shown_url, storable

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.archive import Archive
    from fw_gear_viewer_check.model.instance import Instance

Reading: TypeAlias = "tuple[Archive, tuple[Instance, ...]]"

NOT_THERE = -1
"""Size of a place that a list names and that is not there."""
HIDDEN = "hidden or operating-system file"
FOLDER_LINK = "link to a folder: not followed, name it as a root"


@dataclass(frozen=True, slots=True)
class Place:
    """A file: its path, or its URL in a remote store; ``stamp`` changes when its content does."""

    location: str
    size: int
    stamp: str

    @property
    def is_remote(self) -> bool:
        """True when it takes fsspec to open it."""
        return is_remote(self.location)

    @property
    def name(self) -> str:
        """What reports may show."""
        return shown_url(self.location) if self.is_remote else self.location

    @property
    def identity(self) -> str:
        """What is the same for every way to write the path (``a.zip``, ``/data/a.zip``).

        Links to folders are followed; a link to a file is a file of its own, as it would be where
        the archive is uploaded.
        """
        if self.is_remote:
            return storable(self.location)
        folder, name = os.path.split(os.path.abspath(self.location))  # noqa: PTH100
        return storable(os.path.join(_real_folder(folder), name))  # noqa: PTH118

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps([self.location, self.size, self.stamp])

    @classmethod
    def from_json(cls, text: str) -> Place:
        """Return what :meth:`to_json` wrote."""
        return cls(*json.loads(text))

    @property
    def base(self) -> str:
        """Name of the file without its folder."""
        path = urlsplit(self.location).path if self.is_remote else self.location
        return os.path.basename(path)  # noqa: PTH119 - URLs too

    def open(self) -> IO[bytes]:
        """Open it for reading in any order."""
        if self.is_remote:
            if self.size == NOT_THERE:
                message = "there is nothing, or no answer"
                raise StoreError(message)
            from fw_gear_viewer_check.survey import remote  # noqa: PLC0415 - an extra

            return remote.opened(self.location, self.size)
        return open(self.location, "rb")  # noqa: PTH123 - closed by the reader


@lru_cache(maxsize=64)
def _real_folder(folder: str) -> str:
    """Return where a folder really is; the files of one are listed one after the other."""
    return os.path.realpath(folder)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or folder that is not surveyed."""

    name: str
    reason: str


Listed: TypeAlias = "Place | LeftOut"


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the survey; several places are the loose files of one series."""

    name: str
    """What the tables call it: the file, or the folder that the loose files share."""
    places: tuple[Place, ...]
    series_instance_uid: str = ""
    """Series of loose files; "" for a file."""

    @property
    def key(self) -> str:
        """What tells it from the other inputs, also in a later run."""
        uid = self.series_instance_uid
        return storable(f"{self.name} {uid}" if uid else self.name)

    def read(self) -> Reading:
        """Return what it holds; raises :class:`OSError` when it cannot be opened."""
        if len(self.places) == 1:
            (place,) = self.places
            return read_file(File(place.base, place.size, place.open))
        folder = self.name.rstrip("/\\")
        files = [
            File(_below(place.name, folder), place.size, partial(Place.open, place))
            for place in self.places
        ]
        return read_files(os.path.basename(folder), files)  # noqa: PTH119

    def to_json(self) -> str:
        """Return it as text, for the scratch data base."""
        places = [(p.location, p.size, p.stamp) for p in self.places]
        return json.dumps([self.name, self.series_instance_uid, places])

    @classmethod
    def from_json(cls, text: str) -> Input:
        """Return what :meth:`to_json` wrote."""
        name, uid, places = json.loads(text)
        return cls(name, tuple(Place(*place) for place in places), uid)

    def fingerprint(self, settings: str) -> str:
        """Return what changes when the input, or the settings it is judged by, change."""
        places = [(p.location, p.size, p.stamp) for p in self.places]
        return digest(json.dumps([settings, places]))


def group(series_instance_uid: str, places: list[Place]) -> Input:
    """Return the input that the loose files of a series make; one alone is a file."""
    if len(places) == 1:
        return Input(places[0].name, tuple(places))
    return Input(_shared_folder([p.name for p in places]), tuple(places), series_instance_uid)


def _shared_folder(names: list[str]) -> str:
    """Return the deepest folder that holds all files, with a slash at its end."""
    shared = names[0].replace(os.sep, "/").split("/")[:-1]
    for name in names[1:]:
        parts = name.replace(os.sep, "/").split("/")[:-1]
        same = (a == b for a, b in zip(shared, parts, strict=False))
        shared = shared[: next((n for n, is_same in enumerate(same) if not is_same), len(parts))]
    return "/".join([*shared, ""]) or "./"


def _below(name: str, folder: str) -> str:
    name = name.replace(os.sep, "/")
    return name[len(folder) :].lstrip("/") if name.startswith(f"{folder}/") else name
