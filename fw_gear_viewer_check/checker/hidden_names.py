"""Numbers instead of the names of files inside the input: the option ``hide_names``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.archive import Archive
    from fw_gear_viewer_check.model.instance import Instance


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
    members = tuple(replace(one, name=numbers[one.name]) for one in archive.members)
    renamed = (replace(one, name=numbers[one.name], hidden_name=one.name) for one in instances)
    return replace(archive, members=members), tuple(renamed)
