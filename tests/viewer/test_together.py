"""The real viewer, asked about segmentations opened with images: ``make viewer-test``.

The other cases open a series alone. These say what its images change: a structure set or a
parametric map no longer ends on the error page, and the viewer's flag of a segmentation or of a
structure set becomes the one of the images below it.
"""

import pytest

from fw_gear_viewer_check.ohif.failures import Effect
from tests.viewer import live
from tests.viewer.case import Case, series_uid, write
from tests.viewer.compare import HANDLERS
from tests.viewer.make_series import AXIAL, CT, STORAGE, even

pytestmark = pytest.mark.viewer

FRAME = "1.2.826.0.1.3680043.10.1551.9"
INSTANCES = [f"{series_uid(1)}.{n}" for n in (1, 2, 3)]
IMAGES = Case("images", tuple(even(3, {**CT, "FrameOfReferenceUID": FRAME})))
ANOTHER = "1.2.3"


def _segmentation(ending, modality, referenced):
    frames = [
        {
            "PlanePositionSequence": [{"ImagePositionPatient": [0, 0, n]}],
            "SegmentIdentificationSequence": [{"ReferencedSegmentNumber": 1}],
        }
        for n in range(len(INSTANCES))
    ]
    shared = {
        "PixelMeasuresSequence": [{"PixelSpacing": [1, 1], "SliceThickness": 1}],
        "PlaneOrientationSequence": [{"ImageOrientationPatient": AXIAL}],
    }
    reference = {
        "SeriesInstanceUID": referenced,
        "ReferencedInstanceSequence": [{"ReferencedSOPInstanceUID": uid} for uid in INSTANCES],
    }
    return {
        **{k: CT[k] for k in ("Rows", "Columns", "SamplesPerPixel")},
        "SOPClassUID": STORAGE + ending,
        "Modality": modality,
        "NumberOfFrames": len(frames),
        "FrameOfReferenceUID": FRAME,
        "SegmentSequence": [{"SegmentNumber": 1, "SegmentLabel": "a"}],
        "SharedFunctionalGroupsSequence": [shared],
        "PerFrameFunctionalGroupsSequence": frames,
        "ReferencedSeriesSequence": [reference],
    }


def _structure_set(referenced):
    series = {
        "SeriesInstanceUID": referenced,
        "ContourImageSequence": [{"ReferencedSOPInstanceUID": uid} for uid in INSTANCES],
    }
    frame = {
        "FrameOfReferenceUID": FRAME,
        "RTReferencedStudySequence": [{"RTReferencedSeriesSequence": [series]}],
    }
    return {
        "SOPClassUID": STORAGE + "481.3",
        "Modality": "RTSTRUCT",
        "ReferencedFrameOfReferenceSequence": [frame],
        "StructureSetROISequence": [{"ROINumber": 1, "ROIName": "a"}],
    }


@pytest.mark.parametrize(
    ("made", "handler", "on_images"),
    [
        (_segmentation("66.4", "SEG", series_uid(1)), "seg", True),
        (_segmentation("66.4", "SEG", ANOTHER), "seg", False),
        (_segmentation("66.7", "SEG", series_uid(1)), "seg", True),
        (_structure_set(series_uid(1)), "rtstruct", True),
        (_structure_set(ANOTHER), "rtstruct", False),
        (_segmentation("30", "OT", series_uid(1)), "pmap", True),
    ],
    ids=["seg", "seg of another", "labelmap", "rtstruct", "rtstruct of another", "pmap"],
)
def test_what_the_images_change(viewer, tmp_path, made, handler, on_images):
    homes = [tmp_path / name for name in ("images", "segmentation")]
    files = []
    for serial, (home, case) in enumerate(
        zip(homes, (IMAGES, Case("it", (made,))), strict=True), 1
    ):
        home.mkdir()
        files += write(case, home, serial)
    images, alone = map(live.predict_path, homes)
    predicted = live.predict_path(homes[1], with_references=True)

    answer = viewer.answer(files)

    assert not answer.error_page
    assert bool(alone.of_effect(Effect.ERROR_PAGE)) == (handler in {"rtstruct", "pmap"})
    assert not predicted.of_effect(Effect.ERROR_PAGE)
    seen = {HANDLERS[s["handler"]]: s for s in answer.display_sets}
    assert (
        set(seen)
        == {"stack", handler}
        == {s.handler for one in (images, predicted) for s in one.display_sets}
    )
    assert seen["stack"]["reconstructable"] is images.display_sets[0].reconstructable is True
    assert seen[handler]["reconstructable"] is on_images
    assert predicted.display_sets[0].reconstructable is True
    assert seen[handler]["messages"] == list(predicted.display_sets[0].messages) == []
