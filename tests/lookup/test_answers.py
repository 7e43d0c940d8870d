"""Whatever the platform answers, it becomes plain values of known types, or a reason."""

from contextlib import suppress
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from fw_gear_viewer_check.gear.platform_files import (
    file_state,
    platform_file,
    platform_files,
    uids_in_names,
)
from fw_gear_viewer_check.gear.sdk import NoAnswerError

FIELDS = ("file_id", "version", "name", "type", "size", "parents", "info", "info_exists", "tags",
          "zip_member_count", "project", "session", "acquisition", "analysis", "members", "path",
          "header", "dicom", "dicom_array", "SeriesInstanceUID", "SOPInstanceUID", "Rows",
          "PerFrameFunctionalGroupsSequence", "PlaneOrientationSequence")  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.integers(), inner, max_size=5)
        | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6).map(
            lambda fields: SimpleNamespace(**fields)
        )
    ),
    max_leaves=25,
)


@given(answer=VALUES)
def test_an_answer_is_understood_or_refused(answer):
    with suppress(NoAnswerError):
        file = platform_file(answer)
        assert all(
            isinstance(t, str) for t in (file.file_id, file.name, file.project, file.session)
        )
    with suppress(NoAnswerError):
        platform_files(answer)
    with suppress(NoAnswerError):
        state = file_state(answer)
        assert isinstance(state.info, dict)
        assert all(isinstance(tag, str) for tag in state.tags)
    uids, _ = uids_in_names(answer)
    assert all(isinstance(uid, str) for uid in uids)
