"""Random series, once made by hypothesis.

What it makes depends on its release, and on which modules of ours are loaded (it takes numbers out
of them): so what it made is recorded, and stays. To make others, remove the group's file of
``recorded/cases/`` and ask the viewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.viewer import records
from tests.viewer.case import Case
from tests.viewer.make_series import (
    AXIAL,
    CT,
    GONE,
    MR,
    NM,
    PET,
    STORAGE,
    changed,
    injected,
    plain_multi_frame,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.viewer.case import Attributes

EACH = 60
"""Random series of each sort."""

Draw = Any
MAYBE = st.sampled_from
GAPS = MAYBE([1, 1, 1, 1, 1, 1.1, 0.9, 1.19, 1.25, 0.8, 0.75, 0, 2, 2.1, 1.7, 3, 7])


def cases() -> Iterator[Case]:
    """Return random single-frame, multi-frame, 4D and PET series."""
    yield from records.cases("random") or _made()


def _made() -> Iterator[Case]:
    for name, strategy in (
        ("stack", _stack()),
        ("frames", _frames()),
        ("4D", _four_d()),
        ("PET", _pet()),
    ):
        for number, instances in enumerate(_examples(strategy), start=1):
            yield Case(f"random: {name} {number}", tuple(instances))


def _examples(strategy: st.SearchStrategy[list[Attributes]]) -> list[list[Attributes]]:
    """Return what hypothesis makes of a strategy when it may not choose by chance."""
    made: list[list[Attributes]] = []

    @settings(
        max_examples=EACH,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(instances: list[Attributes]) -> None:
        if instances not in made:
            made.append(instances)

    collect()
    return made


def _mostly(value: Any, *others: Any, times: int = 9) -> st.SearchStrategy[Any]:
    return MAYBE([value] * times + list(others))


def _direction() -> st.SearchStrategy[Any]:
    return _mostly(
        AXIAL,
        [1, 0, 0, 0, 0, -1],
        [1, 0.005, 0, 0, 1, 0],
        [1, 0.011, 0, 0, 1, 0],
        GONE,
        None,
        [0.8, 0.6, 0, 0, 0, -1],
        times=30,
    )


@st.composite
def _stack(draw: Draw) -> list[Attributes]:
    base = draw(MAYBE([CT, CT, MR, NM, changed(CT, Modality="OT")]))
    base = {
        **base,
        "ImageOrientationPatient": draw(
            MAYBE([AXIAL, [0, 1, 0, 0, 0, -1], [0.8, 0.6, 0, 0, 0, -1]])
        ),
    }
    made, height = [], 0.0
    for _ in range(draw(st.integers(2, 8))):
        position = draw(
            _mostly([0, 0, round(height, 6)], [0.3, 0, round(height, 6)], GONE, None, times=40)
        )
        changes: dict[str, Any] = {"ImagePositionPatient": position}
        if draw(st.integers(0, 15)) == 0:
            changes["ImageOrientationPatient"] = draw(_direction())
        if draw(st.integers(0, 25)) == 0:
            changes["Rows"] = draw(MAYBE([3, 2, 4]))
        if draw(st.integers(0, 25)) == 0:
            changes["SamplesPerPixel"] = GONE
        made.append(changed(base, **changes))
        height += draw(GAPS)
    order = draw(st.permutations(range(len(made)))) if draw(st.booleans()) else range(len(made))
    return [{**made[i], "InstanceNumber": i + 1} for i in order]


@st.composite
def _frames(draw: Draw) -> list[Attributes]:
    count = draw(st.integers(2, 5))
    groups: dict[str, Callable[[int], Any]] = {
        "PixelMeasuresSequence": lambda _: [{"PixelSpacing": [1, 1], "SliceThickness": 1}],
        "PlaneOrientationSequence": lambda _: [{"ImageOrientationPatient": AXIAL}],
        "PlanePositionSequence": lambda n: [{"ImagePositionPatient": [0, 0, n]}],
        "MRDiffusionSequence": lambda n: [{"DiffusionBValue": n * 10.0}],
    }
    shared: Attributes = {}
    own: list[Attributes] = [{} for _ in range(count)]
    for sequence, group in groups.items():
        place = draw(MAYBE(["shared", "each", "first", "rest", "nowhere"]))
        if place == "shared":
            shared[sequence] = group(1)
        for n in range(count):
            if place == "each" or (place == "first" and n == 0) or (place == "rest" and n > 0):
                own[n][sequence] = group(n // draw(MAYBE([1, 1, 2])))
    changes: dict[str, Any] = {
        keyword: draw(MAYBE([plain_multi_frame()[keyword], GONE, None]))
        for keyword in (
            "PixelSpacing",
            "SliceThickness",
            "ImageOrientationPatient",
            "ImagePositionPatient",
        )
    }
    changes["Modality"] = draw(MAYBE(["MR", "MR", "NM", "CT", "OT", "PT"]))
    changes["ImageType"] = [
        "ORIGINAL",
        "PRIMARY",
        draw(MAYBE(["RECON TOMO", "RECON GATED TOMO", "STATIC"])),
    ]
    if draw(st.booleans()):
        changes["SharedFunctionalGroupsSequence"] = [shared]
    if draw(st.booleans()):
        changes["PerFrameFunctionalGroupsSequence"] = own
    if draw(st.integers(0, 3)) == 0:
        item = {
            "ImagePositionPatient": draw(MAYBE([[0, 0, 1], GONE])),
            "ImageOrientationPatient": draw(MAYBE([AXIAL, GONE])),
        }
        changes["DetectorInformationSequence"] = [changed({"StartAngle": 1}, **item)]
        changes["SpacingBetweenSlices"] = draw(MAYBE([GONE, 2, 0]))
    if draw(st.integers(0, 4)) == 0:
        changes["TimeSlotVector"] = [n % draw(MAYBE([1, 2])) for n in range(count)]
    return [plain_multi_frame(count, SOPClassUID=STORAGE + "4.1", **changes)]


@st.composite
def _four_d(draw: Draw) -> list[Attributes]:
    keywords = [
        "TemporalPositionIdentifier",
        "DiffusionBValue",
        "TriggerTime",
        "EchoTime",
        "(0019,100C)",
        "FrameReferenceTime",
    ]
    chosen = draw(st.lists(MAYBE(keywords), min_size=1, max_size=2, unique=True))
    heights = [round(h * draw(MAYBE([1, 1, 1, 2.5])), 6) for h in range(draw(st.integers(1, 4)))]
    made = []
    for volume in range(draw(st.integers(2, 4))):
        for height in heights:
            changes: dict[str, Any] = {
                "ImagePositionPatient": draw(
                    _mostly([0, 0, height], [0, 0, height + 9], GONE, times=40)
                )
            }
            for keyword in chosen:
                changes[keyword] = draw(_mostly(volume, volume * 10, 0, GONE, None, times=40))
            made.append(changed(MR, **changes))
    if draw(st.integers(0, 5)) == 0:
        made.pop(draw(st.integers(0, len(made) - 1)))
    order = draw(st.permutations(range(len(made)))) if draw(st.booleans()) else range(len(made))
    return [made[i] for i in order]


@st.composite
def _pet(draw: Draw) -> list[Attributes]:
    information = injected(
        RadionuclideTotalDose=draw(st.integers(1_000_000, 900_000_000)),
        RadionuclideHalfLife=draw(MAYBE([6586.2, 1223.4, 4062.6, 597.9])),
        RadiopharmaceuticalStartTime=draw(
            MAYBE(["113000", "115959.5", "090000.25", "120001", GONE])
        ),
        RadiopharmaceuticalStartDateTime=draw(
            MAYBE([GONE, GONE, None, "20191231233000", "20200101101500.5"])
        ),
    )
    sex, size = draw(MAYBE(["M", "F", "O", GONE, None])), draw(MAYBE([GONE, GONE, 1.8, None]))
    common = changed(
        PET,
        RadiopharmaceuticalInformationSequence=information,
        PatientSex=sex,
        PatientSize=size,
        PatientWeight=draw(MAYBE([70, 3.5, 128.25])),
        Units=draw(_mostly("BQML", "GML", "CNTS", times=5)),
        SeriesTime=draw(MAYBE(["120000", "120000.125", "121500"])),
    )
    times = st.integers(0, 59).map(lambda minute: f"12{minute:02}30")
    return [
        {**common, "ImagePositionPatient": [0, 0, n], "AcquisitionTime": draw(times)}
        for n in range(draw(st.integers(1, 4)))
    ]
