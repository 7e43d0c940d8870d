"""What the platform says of its files, reduced to what is believed and used.

Rule of this file: an answer is another program's data. Every value is checked for its type; what
does not have it is missing. Of the header metadata, which name the patient, only UIDs and geometry
are taken over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from fw_gear_viewer_check.dicom.attributes import Tree
from fw_gear_viewer_check.dicom.kinds import is_hidden
from fw_gear_viewer_check.gear.sdk import NoAnswerError
from fw_gear_viewer_check.model.data_set import DataSet, Value
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.text import shown

Metadata = Mapping[str, object]

MAX_DEPTH = 100
"""Deepest nesting of metadata: the platform's data base keeps no deeper one."""

_ORIENTATION: Tree = {"PlaneOrientationSequence": {"ImageOrientationPatient": None}}
_TAKEN_OVER: Tree = {
    **dict.fromkeys(("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")),
    **dict.fromkeys(("Rows", "Columns", "NumberOfFrames", "ImageOrientationPatient")),
    "SharedFunctionalGroupsSequence": _ORIENTATION,
    "PerFrameFunctionalGroupsSequence": _ORIENTATION,
}
"""Header metadata that are looked at: they stand for one instance of the file."""

_UID_IN_NAME = re.compile(r"(?<!\d)(?<!\d\.)[0-2](?:\.(?:0|[1-9]\d*)){4,}(?!\d)")


@dataclass(frozen=True, slots=True)
class PlatformFile:
    """A file as the platform knows it; all its versions share one ``file_id``."""

    file_id: str
    name: str
    kind: str
    """Its type on the platform: "dicom"."""
    size: int | None
    """In bytes."""
    project: str
    session: str
    acquisition: str
    """Containers that it is in, "" for none."""
    in_analysis: bool
    """Whether it is an output of an analysis."""
    header: DataSet
    """Header metadata of one of its instances; empty before file-metadata-importer ran."""
    listed_sop_instance_uids: frozenset[str]
    """SOPInstanceUIDs of all instances, where a project keeps them in its metadata."""
    member_count: int | None
    is_described: bool
    """False when the answer left out the metadata."""
    is_deleted: bool
    """True where it is still listed, and no longer there."""

    def container(self, kind: str) -> str:
        """Return the id of the "session" or "project" that it is in; "" for none."""
        return self.session if kind == "session" else self.project

    @property
    def is_archive(self) -> bool:
        """True when it holds several files."""
        return bool(self.member_count) or self.name.lower().endswith(".zip")

    @property
    def representative(self) -> Instance:
        """The instance that the header metadata describe."""
        return Instance(shown(self.name), self.header)


def platform_file(answer: object) -> PlatformFile:
    """Return the file that an answer describes."""
    file_id = text_of(get(answer, "file_id"))
    if not file_id:
        message = "the platform's answer could not be understood (a file without an id)"
        raise NoAnswerError(message)
    parents = get(answer, "parents")
    info = get(answer, "info")
    header = get(get(info, "header"), "dicom")
    per_instance = get(get(get(info, "header"), "dicom_array"), "SOPInstanceUID")
    member_count = number_of(get(answer, "zip_member_count"))
    uids = frozenset(u for u in list_of(per_instance) if isinstance(u, str))
    return PlatformFile(
        file_id=file_id,
        name=text_of(get(answer, "name")),
        kind=text_of(get(answer, "type")),
        size=number_of(get(answer, "size")),
        project=text_of(get(parents, "project")),
        session=text_of(get(parents, "session")),
        acquisition=text_of(get(parents, "acquisition")),
        in_analysis=bool(text_of(get(parents, "analysis"))),
        header=_data_set(header if isinstance(header, Mapping) else {}, _TAKEN_OVER),
        # The importer stops the list at some length: only a complete one tells what is missing.
        listed_sop_instance_uids=uids if len(uids) == member_count else frozenset(),
        member_count=member_count,
        is_described=not leaves_out_info(answer),
        is_deleted=bool(get(answer, "deleted")),
    )


def platform_files(answer: object) -> list[PlatformFile]:
    """Return the files of a finder's answer."""
    if not isinstance(answer, (list, tuple)):
        message = "the platform's answer could not be understood (no list of files)"
        raise NoAnswerError(message)
    return [platform_file(one) for one in answer]


@dataclass(frozen=True, slots=True)
class FileState:
    """What a file holds that the gear adds to, and where: None or "" where it is not known."""

    info: dict[str, object]
    tags: tuple[str, ...]
    file_id: str = ""
    version: int | None = None
    name: str = ""
    container: str = ""
    is_deleted: bool = False


def leaves_out_info(answer: object) -> bool:
    """Return whether a file may have metadata that were not sent along, as finders may do."""
    # An empty object stands for them.
    return not get(answer, "info") and get(answer, "info_exists") is not False


def file_state(answer: object) -> FileState:
    """Return what the platform holds now of the file that an answer describes.

    Raises :class:`NoAnswerError` where the answer leaves out a part that would be lost then.
    """
    info, tags = get(answer, "info"), get(answer, "tags")
    version = get(answer, "version")
    if version is not None and number_of(version) is None:
        message = "the platform's answer could not be understood (version of the file)"
        raise NoAnswerError(message)
    named = tuple(tag for tag in list_of(tags) if isinstance(tag, str))
    has_tags = isinstance(tags, (list, tuple)) and len(named) == len(tags)
    if (info is not None and not isinstance(info, dict)) or not has_tags:
        message = "the platform's answer could not be understood (no info or tags of the file)"
        raise NoAnswerError(message)
    if is_deeper_than(MAX_DEPTH, info):
        message = "the platform's answer could not be understood (info nested too deep)"
        raise NoAnswerError(message)
    if leaves_out_info(answer):
        message = "the platform's answer leaves out the info of the file"
        raise NoAnswerError(message)
    return FileState(
        info=dict(info or {}),
        tags=named,
        file_id=text_of(get(answer, "file_id")),
        version=number_of(version),
        name=text_of(get(answer, "name")),
        container=text_of(get(get(answer, "parent_ref"), "id")),
        is_deleted=bool(get(answer, "deleted")),
    )


def uids_in_names(zip_info: object) -> tuple[frozenset[str], bool]:
    """Return the UIDs that stand in member names, and whether there is one for each member.

    The gear dicom-fixer and most PACS name a file after its SOPInstanceUID; the names then tell
    the instances of an archive without fetching it.
    """
    members = get(zip_info, "members")
    paths = [text_of(get(member, "path")) for member in list_of(members)]
    visible = [path for path in paths if path and not path.endswith("/") and not is_hidden(path)]
    found = [_UID_IN_NAME.search(path.rpartition("/")[2]) for path in visible]
    uids = frozenset(match.group() for match in found if match)
    return uids, bool(visible) and len(uids) == len(visible)


def _data_set(metadata: Metadata, tree: Tree) -> DataSet:
    taken = DataSet()
    for keyword, items in tree.items():
        if keyword not in metadata:
            continue
        value = metadata[keyword]
        if items is None:
            taken[keyword] = _value(value)
        else:
            # The importer keeps one item of the per-frame groups, and not as a list.
            several = [value] if isinstance(value, Mapping) else list_of(value)
            taken[keyword] = tuple(
                _data_set(one, items) for one in several if isinstance(one, Mapping)
            )
    return taken


def _value(value: object) -> Value:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return value
    return tuple(v for v in list_of(value) if isinstance(v, (int, float))) or None


def get(value: object, name: str) -> object:
    """Return a member of an object of the SDK, or of JSON; None where there is none."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def text_of(value: object) -> str:
    """Return a text; "" for anything else."""
    return value if isinstance(value, str) else ""


def number_of(value: object) -> int | None:
    """Return a whole number that a data base may hold; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) < 2**63 else None


def list_of(value: object) -> list[object]:
    """Return a list; an empty one for anything else."""
    return list(value) if isinstance(value, (list, tuple)) else []


def is_deeper_than(limit: int, content: object) -> bool:
    """Return whether lists and objects are nested deeper; none of their depth is on the stack."""
    return next(islice(_layers(content), limit + 1, None), None) is not None


def objects_in(content: object) -> int:
    """Return how many lists and objects there are."""
    return sum(isinstance(one, (dict, list)) for layer in _layers(content) for one in layer)


def _layers(content: object) -> Iterator[list[object]]:
    layer = [content]
    while layer:
        yield layer
        layer = [inner for one in layer for inner in _inside(one)]


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
