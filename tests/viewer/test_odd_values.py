"""Whatever an attribute holds, there is a prediction: no value of the reader's makes it fail."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.data_set import Damaged, DataSet, EmptyItem
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif.display_sets import predict
from fw_gear_viewer_check.ohif.failures import Effect, ViewerError
from fw_gear_viewer_check.ohif.javascript import Source
from tests.viewer.case import four_d_split
from tests.viewer.make_series import STORAGE

KEYWORDS = (
    *("NumberOfFrames", "Rows", "Columns", "SamplesPerPixel", "PixelSpacing", "SliceThickness"),
    *("ImagePositionPatient", "ImageOrientationPatient", "ImageType", "Modality", "StackID"),
    *("InstanceNumber", "SOPInstanceUID", "EchoTime", "TriggerTime", "(0043,1039)"),
    *("TimeSlotVector", "SliceVector", "CardiacNumberOfImages", "InStackPositionNumber"),
    *("SpacingBetweenSlices", "Units", "CorrectedImage", "SeriesDate", "SeriesTime"),
    *("AcquisitionDate", "AcquisitionTime", "PatientWeight", "PatientSize", "PatientSex"),
    *("RadionuclideHalfLife", "RadiopharmaceuticalStartDateTime", "ImagerPixelSpacing"),
)
SEQUENCES = (
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    *("PixelMeasuresSequence", "PlanePositionSequence", "DetectorInformationSequence"),
    *("RadiopharmaceuticalInformationSequence", "ReferencedSeriesSequence"),
    *("ReferencedFrameOfReferenceSequence", "RTReferencedStudySequence"),
)
CLASSES = ("2", "4.1", "20", "128", "7", "66.4", "481.3", "30", "88.33", "1.1")

scalars = st.one_of(
    st.none(),
    st.integers(-3, 12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "1", "abc", "LOCALIZER", "20200101", "PT", "NM", "BQML", "ATTN"]),
)
values = st.one_of(
    scalars, st.lists(scalars, max_size=7).map(tuple), st.just(Damaged("not a number"))
)
plain = st.dictionaries(st.sampled_from(KEYWORDS), values, max_size=8)


def with_sequences(items):
    sequences = st.dictionaries(
        st.sampled_from(SEQUENCES),
        st.one_of(values, st.lists(items | st.just(EmptyItem()), max_size=3).map(tuple)),
        max_size=4,
    )
    return st.builds(lambda a, b: DataSet({**a, **b}), plain, sequences)


data_sets = st.recursive(plain.map(DataSet), with_sequences, max_leaves=4)


def series_of(uid, contents):
    identity = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.3", "SOPClassUID": uid}
    instances = tuple(
        Instance(f"{n}.dcm", DataSet({"SOPInstanceUID": f"1.4.{n}", **identity, **content}))
        for n, content in enumerate(contents)
    )
    return Series("1.3", instances, Archive("odd", is_container=True))


@pytest.mark.long
@settings(
    max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(
    st.sampled_from(CLASSES).map(STORAGE.__add__),
    st.lists(with_sequences(data_sets), min_size=1, max_size=4),
    st.sampled_from(Source),
)
def test_any_values_give_a_prediction(uid, contents, source):
    prediction = predict(series_of(uid, contents), source=source)

    assert prediction.display_sets or prediction.reason_of(Effect.DROPPED_SILENTLY)
    assert all(s.suv_factor is None or s.suv_factor for s in prediction.display_sets)


@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(with_sequences(data_sets), min_size=1, max_size=4))
def test_any_values_are_split_or_not(contents):
    series = series_of(STORAGE + "4", contents)
    lost = predict(series).reason_of(Effect.DROPPED_SILENTLY)

    try:
        found = four_d_split(series.instances, Source.SERVER)
    except ViewerError:
        assert lost
    else:
        assert found is None or len(found.volumes) > 1


@pytest.mark.long
def test_a_damaged_number_of_frames_does_not_fill_the_memory():
    one = {"NumberOfFrames": 2_000_000_000, "Modality": "US", "Rows": 2}

    (shown,) = predict(series_of(STORAGE + "3.1", [one])).display_sets

    assert shown.frames == 2_000_000_000
