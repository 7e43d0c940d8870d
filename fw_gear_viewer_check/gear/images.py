"""The instances of a series on the platform, with as little traffic as possible.

In this order: what the header metadata say, the names of an archive's members, and only then the
archive itself, when it is small.
"""

from __future__ import annotations

import logging
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fw_gear_viewer_check.checker.shown import shown
from fw_gear_viewer_check.dicom.reader import read_input
from fw_gear_viewer_check.gear.platform_files import PlatformFile, uids_in_names
from fw_gear_viewer_check.gear.sdk import NoAnswerError, Question
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.limits import Budget
from fw_gear_viewer_check.model.lookup import (
    ReferenceImages,
    images_by_series,
    places_of,
    positions_of,
    shapes_of,
)

log = logging.getLogger(__name__)

MAX_FETCHED_BYTES = 64 * 1024 * 1024
"""Largest archive that is fetched to learn which images are in it."""

_MIB = 1024 * 1024


def images_of(
    question: Question, files: Sequence[PlatformFile], referenced: frozenset[str], where: str
) -> ReferenceImages:
    """Return the images of a series that lies in these files.

    Raises :class:`NoAnswerError` when it is not known whether the referenced ones are among them.
    """
    uids: set[str] = set()
    instances: list[Instance] = []
    is_fetched = True
    for file in files:
        known = _known(question, file, referenced)
        if known:
            uids |= known
            # Geometry comes for nothing with the metadata: no header has to be fetched for it.
            instances.append(file.representative)
            is_fetched = False
        else:
            fetched = _fetched(question, file, referenced)
            uids |= {instance.sop_instance_uid for instance in fetched}
            instances += fetched
    uid = files[0].header.text("SeriesInstanceUID")
    shapes = shapes_of(instances)
    if not is_fetched:
        return ReferenceImages(uid, uids, where, shapes)
    lie = places_of(instances), positions_of(instances)
    return shown(ReferenceImages(uid, uids, where, shapes, "", *lie), instances)


def _known(question: Question, file: PlatformFile, referenced: frozenset[str]) -> frozenset[str]:
    """Return the SOPInstanceUIDs in the file, where they are known without fetching it."""
    own = file.representative.sop_instance_uid
    if own and (not file.is_archive or file.member_count == 1):
        return frozenset({own})
    if file.listed_sop_instance_uids:
        return file.listed_sop_instance_uids
    try:
        zip_info = question.ask("member names", lambda c: c.get_file_zip_info(file.file_id))
    except NoAnswerError as problem:
        log.debug("looking into the archive itself: %s", problem)
        return frozenset()
    uids, is_one_each = uids_in_names(zip_info)
    # UIDs in names need not be those of the instances: one that is known shows whether they are.
    return uids if referenced <= uids or (is_one_each and own in uids) else frozenset()


def _fetched(
    question: Question, file: PlatformFile, referenced: frozenset[str]
) -> tuple[Instance, ...]:
    """Return the instances of a file, fetched whole: its members would take a request each."""
    if file.size is None or file.size > MAX_FETCHED_BYTES or not file.acquisition:
        size = "" if file.size is None else f" ({file.size / _MIB:,.0f} MiB)"
        message = (
            f"the reference series is in the session, but its file was not downloaded{size}, and "
            "its file names do not say which images it contains: provide it as input reference"
        )
        raise NoAnswerError(message)
    try:
        with tempfile.TemporaryDirectory(prefix="viewer-check-") as folder:
            path = Path(folder) / "reference"
            question.ask(
                "a reference series",
                lambda client: client.download_file_from_acquisition(
                    file.acquisition, file.name, str(path)
                ),
                max_bytes=MAX_FETCHED_BYTES,
                most_objects=math.inf,
            )
            budget = Budget.of_reference()
            archive, found = read_input(path, budget=budget) if path.exists() else (None, ())
    except OSError as error:
        message = (
            "the reference series was not downloaded: there is no temporary folder that can be "
            "used; provide it as input reference"
        )
        raise NoAnswerError(message) from error
    if archive is None or archive.problem or not found:
        message = "what the platform sent of the reference series cannot be read"
        raise NoAnswerError(message)
    uid = file.header.text("SeriesInstanceUID")
    images = tuple(images_by_series(found).get(uid, ()))
    if budget.is_spent and not referenced <= {image.sop_instance_uid for image in images}:
        message = "the reference series is too large: not all of its images were read"
        raise NoAnswerError(message)
    return images
