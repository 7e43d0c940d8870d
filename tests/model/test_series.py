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
