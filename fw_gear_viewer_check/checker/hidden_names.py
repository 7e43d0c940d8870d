"""Numbers instead of the names of files: the option ``hide_names``."""

from __future__ import annotations

from dataclasses import replace

from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.instance import Instance

UNNAMED = "input"


def numbered(
    archive: Archive, instances: tuple[Instance, ...]
) -> tuple[Archive, tuple[Instance, ...]]:
    """Return the input with "file 12 of 60" for the twelfth of its files, by name.

    Every report, log and evidence takes the names from here. The input's own name stays.
    """
    if not archive.is_container:
        return archive, instances
    names = sorted({member.name for member in archive.members})
    numbers = {name: f"file {n} of {len(names)}" for n, name in enumerate(names, 1)}
    members = tuple(
        replace(one, name=numbers[one.name], hidden_name=one.name) for one in archive.members
    )
    renamed = (replace(one, name=numbers[one.name], hidden_name=one.name) for one in instances)
    return replace(archive, members=members), tuple(renamed)


def unnamed(
    archive: Archive, instances: tuple[Instance, ...]
) -> tuple[Archive, tuple[Instance, ...]]:
    """Return one input of many without its own name, which is that of a lone file in it, too."""
    archive = replace(archive, name=UNNAMED)
    if archive.is_container:
        return archive, instances
    members = tuple(replace(one, name=UNNAMED, hidden_name=one.name) for one in archive.members)
    renamed = (replace(one, name=UNNAMED, hidden_name=one.name) for one in instances)
    return replace(archive, members=members), tuple(renamed)
