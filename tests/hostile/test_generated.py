"""Data sets and archives that hypothesis makes: no promise is broken, both readers agree."""

import io

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from fuzz import targets
from fw_gear_viewer_check.dicom import pydicom_fallback
from fw_gear_viewer_check.dicom.header import HeaderReader
from tests import make, pack
from tests.hostile.test_archives import entry, local, zip_of

FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
NUMBERS = some.one_of(
    some.integers(-(2**31), 2**31 - 1),
    some.floats(-1e15, 1e15).map(lambda v: float(f"{v:.6g}")),
    some.sampled_from([0, -0.0, 1e-300, 1e300]),
)
DECIMALS = some.lists(NUMBERS, max_size=8).map(lambda vs: "\\".join(f"{v:g}" for v in vs))
RAW = some.one_of(DECIMALS.map(str.encode), some.binary(max_size=24)).map(make.raw)
KEYWORDS = some.sampled_from(
    [
        *("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "SliceThickness"),
        *("Rows", "NumberOfFrames", "WindowWidth", "WindowCenter", "InstanceNumber", "ImageType"),
        *("Modality", "SOPClassUID", "FrameOfReferenceUID", "EchoTime", "TriggerTime", "StudyDate"),
        *("Units", "PatientWeight", "SeriesTime", "CorrectedImage", "BitsAllocated"),
    ]
)
MAKERS = some.sampled_from([make.ct, make.pt, make.mr, make.enhanced_mr])
CHANGES = some.dictionaries(KEYWORDS, some.one_of(RAW, some.just(make.ABSENT)), max_size=6)


@pytest.mark.long
@FEW
@given(MAKERS, some.integers(1, 4), CHANGES)
def test_any_values_make_a_report(maker, count, changes):
    members = [pack.to_bytes(image) for image in maker(count, **changes)]
    targets.check_members(b"\n--member--\n".join(members))


@pytest.mark.long
@FEW
@given(MAKERS, CHANGES, some.sampled_from([make.EXPLICIT, make.IMPLICIT]))
@example(make.ct, {"SOPClassUID": make.raw(b"0\\0")}, make.EXPLICIT)
def test_the_walker_and_pydicom_read_the_same(maker, changes, uid):
    content = pack.to_bytes(maker(1, **changes)[0], uid)
    walked = HeaderReader().read(io.BytesIO(content), len(content))
    parsed = pydicom_fallback.read(io.BytesIO(content), len(content))
    assert walked == parsed


@pytest.mark.long
@FEW
@given(
    some.lists(some.tuples(some.binary(max_size=40), some.binary(max_size=200)), max_size=6),
    some.binary(max_size=30),
)
def test_any_names_and_contents_make_a_report(members, comment):
    before, entries = b"", []
    for name, content in members:
        entries.append(entry(name, content, offset=len(before)))
        before += local(name, content)
    targets.check_zip(zip_of(entries, before=before or b"PK\5\6") + comment)
