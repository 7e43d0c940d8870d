"""What a series is to the viewers."""

import pytest

from tests import make, pack


@pytest.mark.parametrize(
    ("lengths", "kept"),
    [
        ((32, 32), 1),
        ((32, 30), 2),
        ((32, None), 1),
        ((None, 32), 1),
        ((None, 32, 30), 2),
        ((32, None, 30), 2),
    ],
)
def test_a_copy_is_left_aside_also_where_one_of_the_two_is_compressed(lengths, kept):
    images = {
        f"{n}.dcm": pack.to_bytes(
            make.ct(1, PixelData=bytes(length or 8))[0], None if length else make.JPEG
        )
        for n, length in enumerate(lengths)
    }
    (series,) = pack.read(images)
    assert len(series.distinct.instances) == kept


CAPTURE = {"SOPClassUID": make.SC, "Modality": "OT", "ImageType": ["DERIVED", "SECONDARY"]}


@pytest.mark.parametrize("beside", [make.ct(2, **CAPTURE), make.sr() + make.sr()])
def test_of_as_many_images_as_other_objects_the_images_name_the_series(beside):
    """It was called after the screenshots: OT comes behind CT in the alphabet."""
    for n, one in enumerate(beside):
        make.change([one], SeriesInstanceUID="1.2.5", SOPInstanceUID=f"1.2.5.{n}")
    (series,) = pack.read([*make.ct(2, SeriesInstanceUID="1.2.5"), *beside])
    assert (series.modality, series.sop_class_uid) == ("CT", make.CT)
