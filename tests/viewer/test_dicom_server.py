"""What the tests say of a DICOMweb server's answers; no server is asked."""

import pytest

from tests.hostile import raw_dicom as raw
from tests.viewer.dicom_server import served_otherwise


@pytest.mark.parametrize("number", [b"Infinity", b"no number"])
def test_a_value_that_cannot_be_converted_counts_as_served_otherwise(tmp_path, number):
    """It ended the whole group of cases."""
    (tmp_path / "a.dcm").write_bytes(raw.image(raw.element(0x00200013, "IS", number)))
    assert served_otherwise(tmp_path / "a.dcm", ()) == ("not served",)
