"""Other files that a requirement may ask about, found in this run: nothing goes over the network.

:class:`LocalPeers` knows the other series of the same input and the ``reference`` input.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from fw_gear_viewer_check import sop_classes
from fw_gear_viewer_check.model import Answer, ReferenceImages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fw_gear_viewer_check.model import Instance

NOBODY_ASKED = Answer(asked=False)


class LocalPeers:
    """The series of this input and of the ``reference`` input."""

    def __init__(self, inputs: Iterable[tuple[str, tuple[Instance, ...]]]) -> None:
        """Take the instances of each place: ("this input", ...), ("the reference input", ...)."""
        self._images = tuple(
            reference for where, instances in inputs for reference in image_series(where, instances)
        )

    def files_with_series(self, series_instance_uid: str) -> Answer:  # noqa: ARG002
        """Nothing is known of other files."""
        return NOBODY_ASKED

    def sessions_with_study(self, study_instance_uid: str) -> Answer:  # noqa: ARG002
        """Nothing is known of other sessions."""
        return NOBODY_ASKED

    def reference_images(
        self,
        series_instance_uids: tuple[str, ...],  # noqa: ARG002 - all are near, the caller compares
    ) -> tuple[tuple[ReferenceImages, ...], str]:
        """Image series of this run, whether they are asked for or not."""
        if self._images:
            return self._images, ""
        return (), "the reference image series is not at hand: give it as the input reference"


def image_series(where: str, instances: Iterable[Instance]) -> list[ReferenceImages]:
    """Return the image series among the instances; segmentations are not images of a patient."""
    by_uid: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        if instance.is_image and instance.sop_class_uid not in sop_classes.SEG:
            by_uid[instance.data.text("SeriesInstanceUID")].append(instance)
    return [
        ReferenceImages(uid, frozenset(i.sop_instance_uid for i in found), where, tuple(found))
        for uid, found in by_uid.items()
    ]
