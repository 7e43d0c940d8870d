"""Tags required for advanced layouts (MPR and 3D): multi-frame data, and the NM modality."""

from __future__ import annotations

from collections import Counter
from functools import partial

from fw_gear_viewer_check.model import sop_classes
from fw_gear_viewer_check.model.instance import Frame, Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.model.text import counted, listed, quoted
from fw_gear_viewer_check.requirements import repairs, scopes
from fw_gear_viewer_check.requirements.checks import AnyOf, Problem, failed, judged_by, lack, passed
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    Requirement,
)

TABLE_POSITION = "CTPositionSequence"
"""The page takes it for the position of a frame."""


class _OfFirstFrame(AnyOf):
    """Pixel measures, in the functional group of the first frame before the shared one."""

    def used(self, instance: Instance) -> str:
        """Return where they are found: a wrong group of the frame's own is replaced by none."""
        found = super().used(instance)
        frame = instance.data.first_item("PerFrameFunctionalGroupsSequence")
        own = frame.items_of("PixelMeasuresSequence")
        problem = lack(own[0], "PixelSpacing") if own else None
        if problem is None or (problem.code == "absent" and found.startswith("PixelSpacing")):
            return found
        return ""


def frames_oriented(series: Series) -> Finding:
    """MPR-302: an orientation for every frame."""
    return _every_frame(
        series,
        ("PlaneOrientationSequence", "ImageOrientationPatient"),
        ("ImageOrientationPatient", "DetectorInformationSequence.ImageOrientationPatient"),
    )


def frames_positioned(series: Series) -> Finding:
    """MPR-303: a position for every frame."""
    return _every_frame(
        series,
        ("PlanePositionSequence", "ImagePositionPatient"),
        ("ImagePositionPatient", "DetectorInformationSequence.ImagePositionPatient"),
    )


def _every_frame(series: Series, group: tuple[str, str], elsewhere: tuple[str, ...]) -> Finding:
    """Ask for an attribute in a functional group of every frame, or somewhere else."""
    sequence, keyword = group
    places, lacking, unusable, checked = set(), list[int](), Counter[Problem](), 0
    for instance in series.instances:
        root = next((p for p in elsewhere if not lack(instance.data, p)), "")
        found = [(f, _place(f, sequence, keyword, root)) for f in instance.frames()]
        places |= {place for _, place in found}
        without = [f for f, place in found if not place]
        lacking += [checked + f.number - 1 for f in without]
        checked += instance.number_of_frames
        # What is there and cannot be used is not to be called absent.
        unusable.update(
            problem
            for f in without
            for data in (f.group(sequence), instance.data)
            if (problem := lack(data, keyword)) and problem.code != "absent"
        )
    if lacking:
        told = [f"{keyword} is {what} in {n:,}" for what, n in unusable.most_common()]
        return failed(
            f"no usable {', '.join((sequence, *elsewhere[:-1]))} or {elsewhere[-1]} for "
            f"{_share(len(lacking), checked)}" + (f" ({listed(told, 3)})" if told else ""),
            [series.frame_names[n] for n in lacking],
            checked,
            next((problem.code for problem, _ in unusable.most_common(1)), "absent"),
        )
    return passed(f"found in {listed(sorted(places))}", checked)


def _share(count: int, checked: int) -> str:
    if count == checked:
        return "any frame"
    return f"{count:,} of {counted(checked, 'frame')}"


def _place(frame: Frame, sequence: str, keyword: str, root: str) -> str:
    """Return where it is found, "" for nowhere; the root stands in, but not for a wrong one."""
    problem = lack(frame.group(sequence), keyword)
    if problem is None:
        return root or sequence
    if root and problem.code != "no-plane":
        return root
    groups = (frame.groups, frame.instance.shared_groups)
    has_table = any(group.items_of(TABLE_POSITION) for group in groups)
    return TABLE_POSITION if sequence == "PlanePositionSequence" and has_table else ""


def reconstructed(series: Series) -> Finding:
    """MPR-401: NM images that are reconstructed (tomographic) planes."""

    def problem_of(instance: Instance) -> Problem | None:
        values = instance.data.texts("ImageType")
        third = values[2] if len(values) > 2 else ""
        if third in sop_classes.RECONSTRUCTED_NM:
            return None
        return Problem("not-reconstructed", quoted(third)) if third else Problem("absent")

    fine = f"value 3 of ImageType is {' or '.join(sop_classes.RECONSTRUCTED_NM)}"
    return judged_by(series, problem_of, "value 3 of ImageType", fine)


_row = partial(Requirement, capability=Capability.V3_MPR, repair=repairs.ASK_SOURCE)
_multi = partial(_row, source="Multi-frame data", scope=scopes.MULTI_FRAME)

MULTI_FRAME_DATA = (
    _multi(
        id="MPR-301",
        title="Pixel spacing of the frames",
        cause="pixel spacing missing",
        statement="The multi-frame image has its pixel spacing in PixelMeasuresSequence (of the "
        "first frame, or else shared), or it has PixelSpacing with SliceThickness or "
        "SpacingBetweenSlices.",
        why="Without it the volume has no scale.",
        repair=repairs.OF_SPACING,
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=_OfFirstFrame(
            "PerFrameFunctionalGroupsSequence.PixelMeasuresSequence.PixelSpacing",
            "SharedFunctionalGroupsSequence.PixelMeasuresSequence.PixelSpacing",
            ("PixelSpacing", "SliceThickness"),
            ("PixelSpacing", "SpacingBetweenSlices"),
        ),
    ),
    _multi(
        id="MPR-302",
        title="Orientation of the frames",
        cause="frame orientation missing",
        statement="Every frame has an orientation: in PlaneOrientationSequence, "
        "ImageOrientationPatient or DetectorInformationSequence.",
        why="Without it the viewer cannot stack the frames into a volume.",
        repair=repairs.OF_GEOMETRY,
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=frames_oriented,
        reads=(
            "PerFrameFunctionalGroupsSequence.PlaneOrientationSequence.ImageOrientationPatient",
            "ImageOrientationPatient",
            "DetectorInformationSequence.ImageOrientationPatient",
        ),
    ),
    _multi(
        id="MPR-303",
        title="Position of the frames",
        cause="frame positions missing",
        statement="Every frame has a position: in PlanePositionSequence, CTPositionSequence, "
        "ImagePositionPatient or DetectorInformationSequence.",
        why="Without it the viewer cannot place the frames in a volume.",
        repair=repairs.OF_GEOMETRY,
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=frames_positioned,
        reads=(
            "PerFrameFunctionalGroupsSequence.PlanePositionSequence.ImagePositionPatient",
            "PerFrameFunctionalGroupsSequence.CTPositionSequence",
            "ImagePositionPatient",
            "DetectorInformationSequence.ImagePositionPatient",
        ),
    ),
)

NM_MODALITY = (
    _row(
        id="MPR-401",
        source="NM modality",
        scope=scopes.NM,
        title="A reconstructed NM image",
        cause="not a reconstructed NM image",
        statement="The third value of ImageType is RECON TOMO or RECON GATED TOMO.",
        why="Only reconstructed (tomographic) slices form a volume; projections and planar images "
        "do not.",
        repair=repairs.PLANAR_NM,
        if_mixed=repairs.SPLIT_BY_CLASS,
        check=reconstructed,
        reads=("ImageType",),
    ),
)
