"""The input and its members: what each file inside turned out to be."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from fw_gear_viewer_check.model.remembering import Remembering


class MemberKind(StrEnum):
    """What a member of an archive turned out to be."""

    DICOM = "DICOM"
    DICOMDIR = "DICOMDIR"
    HIDDEN = "hidden or operating-system file"
    NOT_DICOM = "not DICOM"
    ARCHIVE = "archive or compressed file"
    EMPTY = "empty (0 bytes)"
    ENCRYPTED = "encrypted"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside the input: ``size`` in bytes, ``problem`` why it cannot be read (or "")."""

    name: str
    size: int
    kind: MemberKind
    problem: str = ""
    series_instance_uid: str = field(default="", repr=False)
    sop_instance_uid: str = field(default="", repr=False)
    content: MemberKind | None = field(default=None, repr=False)
    """Of a hidden file: what it would be under another name."""
    hidden_name: str = field(default="", repr=False)
    """The name in the input, where ``name`` is a number that stands for it; else ""."""
    may_open_later: bool = field(default=False, repr=False)
    """It could not be opened, which says nothing of its content."""

    @property
    def real_name(self) -> str:
        """The name in the input."""
        return self.hidden_name or self.name


@dataclass(frozen=True)
class Archive(Remembering):
    """The input: a zip, a folder, or a lone file (which has one member).

    ``problem`` says why the input as a whole cannot be read ("" if it can).
    """

    name: str
    is_container: bool
    members: tuple[Member, ...] = ()
    problem: str = ""
    is_zip: bool = False
    """A zip that was opened, and no folder."""
    hidden_name: str = field(default="", repr=False)
    """The whole name, where ``name`` may be cut or stand for it; else ""."""
    changes_by_vr: bool = False
    """Gears, which write every value in the VR of the dictionary, would change one or remove it."""
    stops_gears: bool = False
    """They would stop, or write empty images, for what stands behind pixel data or in front."""

    @property
    def real_name(self) -> str:
        """What a repair gear knows it by."""
        return self.hidden_name or self.name

    def of_kind(self, kind: MemberKind) -> tuple[Member, ...]:
        """Members of a kind, in order of name."""
        return self._by_kind.get(kind, ())

    @cached_property
    def _by_kind(self) -> dict[MemberKind, tuple[Member, ...]]:
        found: dict[MemberKind, list[Member]] = defaultdict(list)
        for member in self.members:
            found[member.kind].append(member)
        return {kind: tuple(members) for kind, members in found.items()}
