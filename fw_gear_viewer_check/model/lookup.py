"""What requirements may ask about other files, and how they are answered.

Three of them look beyond the input. Who answers (this run, a survey, the platform) is settled
before they are judged: see :mod:`~fw_gear_viewer_check.model.lookup_sources`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from fw_gear_viewer_check.model.instance import Instance

ReferencedInstances: TypeAlias = Mapping[str, frozenset[str]]
"""The SOPInstanceUIDs that a segmentation refers to, by SeriesInstanceUID."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source knows of other files.

    ``matches`` names what was found (never a value that identifies a patient); None means that
    there is no answer, and ``reason`` says why. ``asked`` is False where there is nobody to ask.
    """

    matches: tuple[str, ...] | None = None
    reason: str = ""
    asked: bool = True


NOBODY_ASKED = Answer(asked=False)


@dataclass(frozen=True, slots=True)
class ReferenceImages:
    """An image series that a segmentation may refer to.

    ``instances`` holds headers where they are at hand; ``where`` names the place it was found in.
    """

    series_instance_uid: str
    sop_instance_uids: frozenset[str]
    where: str
    instances: tuple[Instance, ...] = ()

    def matched(self, wanted: ReferencedInstances) -> frozenset[str]:
        """Return the images that are wanted of this very series, and in it."""
        return wanted.get(self.series_instance_uid, frozenset()) & self.sop_instance_uids


@dataclass(frozen=True, slots=True)
class References:
    """What a source found of the images that a segmentation refers to."""

    series: tuple[ReferenceImages, ...] = ()
    reason: str = ""
    """Why images that were not found may still be there; "" when they are missing for sure."""
    remark: str = ""
    """What else the source knows about where they are."""

    def best(self, wanted: ReferencedInstances) -> ReferenceImages | None:
        """Return the series that holds most of the wanted images, the first met of equals.

        A series under another SeriesInstanceUID than the one referred to comes last: the viewer
        does not find images by their SOPInstanceUID alone.
        """
        everything = frozenset().union(*wanted.values())
        return max(
            self.series,
            key=lambda one: (len(one.matched(wanted)), len(everything & one.sop_instance_uids)),
            default=None,
        )

    def is_complete(self, wanted: ReferencedInstances) -> bool:
        """Return True when one series holds all that is wanted."""
        best = self.best(wanted)
        total = len(frozenset().union(*wanted.values()))
        return best is not None and len(best.matched(wanted)) == total > 0


class Lookup(Protocol):
    """Where other files are looked up: this input, the reference, a survey, the platform."""

    def files_with_series(self, series_instance_uid: str) -> Answer:
        """Other files that hold this series."""

    def sessions_with_study(self, study_instance_uid: str) -> Answer:
        """Other sessions that hold this study."""

    def reference_images(self, wanted: ReferencedInstances) -> References:
        """Image series for the images that a segmentation refers to."""
