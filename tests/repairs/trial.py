"""One repair tried: the file checked, the gear run with exactly the config, its outputs checked."""

from __future__ import annotations

import hashlib
import io
import shutil
import warnings
import zipfile
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from pydicom import dcmread

from fw_gear_viewer_check import check
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.dicom.attributes import DESCRIPTORS
from fw_gear_viewer_check.requirements import repair_choice
from fw_gear_viewer_check.requirements.registry import BY_ID
from fw_gear_viewer_check.requirements.types import SEVERITY, Capability, Status
from tests.repairs import gears

if TYPE_CHECKING:
    from pathlib import Path

DEFAULTS = Options()
VALUES = (*("RescaleSlope", "RescaleIntercept", "PixelSpacing", "SliceThickness", "PatientWeight"),)
"""What pixels mean, in grey values, in space and as SUV; the descriptors of tables say it too."""
JUDGED_ALONE = ("v3_open", "v3_mpr", "v3_overlay", "v3_measure", "v3_suv", "archive")


@dataclass(frozen=True)
class Trial:
    """What to try: ``path`` fails ``requirement``, and ``config`` is said to repair it."""

    name: str
    requirement: str
    path: Path
    gear: str
    config: dict[str, object]
    options: Options = DEFAULTS


@dataclass(frozen=True)
class Outcome:
    """What came of it; "after" is judged on what the gear leaves in the acquisition.

    The splitter's outputs stand for the input; the fixer's output replaces it. Nothing written
    means that the input is what is left.
    """

    trial: Trial
    ending: str
    before: str
    """Status of the requirement."""
    after: tuple[str, ...]
    """Status of the requirement in each file left, the one with most images first."""
    files: int
    """Files that the gear wrote."""
    images_before: int
    images_after: int
    lost: int
    """Images of which no copy (same pixels, same position) is left."""
    changed: int
    """Images whose pixels are left, and mean something else: other numbers in :data:`VALUES`."""
    doubled: int
    worse: tuple[str, ...]
    """Capabilities that an image had before and has no more."""
    new_modalities: frozenset[str]
    largest: int
    """Images (frames) in the series with most of them."""
    in_vain: bool
    """A requirement of MPR, which no file left has."""
    mended: bool
    """The requirement passes in a file, and in the others, or it fails there by design."""

    @property
    def result(self):
        """What it comes to, in two words; "repaired" only where nothing speaks against it."""
        harms = {
            "stops": self.ending,
            "writes nothing": not self.files,
            "loses images": self.lost,
            "changes values": self.changed,
            "enters OT": "OT" in self.new_modalities,
            "doubles images": self.doubled,
            "still fails": not self.mended,
            "makes worse": self.worse,
            "single images": self.images_before > 2 and self.largest == 1,
            "gains no MPR": self.in_vain,
        }
        return next((harm for harm, holds in harms.items() if holds), "repaired")

    def record(self):
        """Return what is kept of it."""
        return {
            "situation": self.trial.name,
            "requirement": self.trial.requirement,
            "gear": self.trial.gear,
            "config": self.trial.config,
            "before": self.before,
            "after": sorted(set(self.after)),
            "files": self.files,
            "images_before": self.images_before,
            "images_after": self.images_after,
            "result": self.result,
        }


def run(trials, folder):
    """Run all trials, a start of each gear for all of its own."""
    jobs = [
        gears.Job(trial.gear, trial.path, folder / f"out-{k}", trial.config)
        for k, trial in enumerate(trials)
    ]
    for job in jobs:
        shutil.rmtree(job.output, ignore_errors=True)
    endings = gears.run(jobs)
    return [
        outcome_of(trial, job.output, ending)
        for trial, job, ending in zip(trials, jobs, endings, strict=True)
    ]


def outcome_of(trial, output, ending):
    """Compare the input with what the gear wrote."""
    written = sorted(p for p in output.iterdir() if not p.name.startswith("."))
    left = written or [trial.path]
    how = {"options": trial.options}
    before, reports = check(trial.path, **how), [check(path, **how) for path in left]
    had, has = images_of(trial.path), [images_of(path) for path in left]
    now = sum(has, Counter())
    order = sorted(range(len(left)), key=lambda k: -has[k].total())
    return Outcome(
        trial,
        ending,
        status_of(before, trial.requirement),
        tuple(status_of(reports[k], trial.requirement) for k in order),
        len(written),
        had.total(),
        now.total(),
        lost=_lost(had, now),
        changed=_changed(had, now),
        doubled=_doubled(had, now),
        new_modalities=frozenset(s.series.modality for r in reports for s in r.series)
        - {s.series.modality for s in before.series},
        largest=max(s.series.frame_count for r in reports for s in r.series),
        in_vain=BY_ID[trial.requirement].capability is Capability.V3_MPR
        and all(report.verdicts[Capability.V3_MPR].status is not Status.PASS for report in reports),
        mended=any(_is_met(report, trial.requirement) for report in reports)
        and all(
            _is_met(report, trial.requirement) or _fails_by_design(report, trial.requirement)
            for report in reports
        ),
        worse=tuple(c for c in JUDGED_ALONE if _is_worse(c, before, reports)),
    )


def _lost(had, now):
    """Count images that are left neither as they were nor, with other pixels, under their UID."""
    known, left = ({image[:2] for image in images} for images in (had, now))
    recoded = {uid for *image, _, uid in now if tuple(image) not in known}
    return sum(uid not in recoded for *image, _, uid in set(had) if tuple(image) not in left)


def _changed(had, now):
    left = {(pixels, values) for pixels, _, values, _ in now}
    pixels_left = {pixels for pixels, _ in left}
    return sum(
        pixels in pixels_left and (pixels, values) not in left for pixels, _, values, _ in set(had)
    )


def _doubled(had, now):
    before, after = (Counter(image[:2] for image in images.elements()) for images in (had, now))
    return sum(n > before[image] for image, n in after.items() if image in before)


def status_of(report, requirement):
    """Return the worst status of a requirement over the series of a report."""
    found = [r.status for r in report.results if r.requirement.id == requirement]
    return str(max(found, key=SEVERITY.__getitem__))


def _is_met(report, requirement):
    return status_of(report, requirement) in {"PASS", "NOT_APPLICABLE"}


def _fails_by_design(report, requirement):
    """Return True for what was set apart and nothing is wrong with, such as screenshots."""
    found = [r.repair for r in report.results if r.requirement.id == requirement and r.repair]
    return all(map(repair_choice.is_by_design, found))


def _is_worse(capability, before, after):
    had = before.verdicts[Capability(capability)].status
    has = max(
        (report.verdicts[Capability(capability)].status for report in after),
        key=SEVERITY.__getitem__,
    )
    return had in {Status.PASS, Status.NOT_APPLICABLE} and SEVERITY[has] > SEVERITY[had]


def images_of(path):
    """Count the images of a file or zip by pixels, position, values and SOPInstanceUID."""
    return Counter(_images(path.read_bytes()))


def _images(content):
    """Yield the images of a file, also those in archives inside."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                if not member.flag_bits & 1:
                    yield from _images(archive.read(member))
    elif image := _image(content):
        yield image


def _image(content):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = dcmread(io.BytesIO(content), force=True)
            pixels = dataset.get("PixelData")
            position = str(dataset.get("ImagePositionPatient", ""))
            uid = str(dataset.get("SOPInstanceUID", ""))
            values = tuple(_number(text) for k in VALUES for text in _written(dataset, k))
            values += tuple(_tables(dataset))
        except Exception:  # noqa: BLE001 - what cannot be read is no image
            return None
    return (hashlib.sha256(pixels).hexdigest(), position, values, uid) if pixels else None


def _written(dataset, keyword):
    """Return the parts of a value as they are written: what is no number cannot be read as one."""
    element = dataset.get_item(keyword)
    return bytes((element and element.value) or b"").strip(b" \0").split(b"\\")


def _tables(dataset):
    """Yield the descriptors of tables of colours and of grey values."""
    lists = (dataset.get(k) or () for k in ("ModalityLUTSequence", "VOILUTSequence"))
    for holder in (dataset, *chain.from_iterable(lists)):
        yield from (str(holder[k].value) for k in sorted(DESCRIPTORS) if k in holder)


def _number(text):
    """Return a number without what only its spelling adds; any other text as it is."""
    try:
        return f"{float(text):.9g}"
    except ValueError:
        return text
