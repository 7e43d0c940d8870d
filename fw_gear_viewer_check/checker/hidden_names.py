"""Numbers instead of the names of files: the option ``hide_names``."""

from __future__ import annotations

from dataclasses import replace

from fw_gear_viewer_check.model.archive import Archive, MemberKind
from fw_gear_viewer_check.model.instance import Instance

UNNAMED = "input"


def numbered(
    archive: Archive, instances: tuple[Instance, ...]
) -> tuple[Archive, tuple[Instance, ...]]:
    """Return the input with "file 12 of 60" for the twelfth of its files, by name.

    Files whose names are alike as far as they are shown are told apart, too.
    Every report, log and evidence takes the names from here. The input's own name stays.
    """
    if not archive.is_container:
        return archive, instances
    count = len(archive.members)
    members = tuple(
        replace(one, name=f"file {n} of {count}", hidden_name=one.name)
        for n, one in enumerate(archive.members, 1)
    )
    images = replace(archive, members=members).of_kind(MemberKind.DICOM)
    renamed = (
        replace(one, name=image.name, hidden_name=one.name)
        for one, image in zip(instances, images, strict=True)
    )
    return replace(archive, members=members), tuple(renamed)


def unnamed(
    archive: Archive, instances: tuple[Instance, ...]
) -> tuple[Archive, tuple[Instance, ...]]:
    """Return one input of many without its own name, which is that of a lone file in it, too."""
    archive = replace(archive, name=UNNAMED, hidden_name=archive.real_name)
    if archive.is_container:
        return archive, instances
    members = tuple(replace(one, name=UNNAMED, hidden_name=one.name) for one in archive.members)
    renamed = (replace(one, name=UNNAMED, hidden_name=one.name) for one in instances)
    return replace(archive, members=members), tuple(renamed)
