"""A repr may land in a log or a notebook: it shows no value of a file."""

from fw_gear_viewer_check import check
from tests import make, pack
from tests.make import each


def test_no_repr_of_a_report_holds_a_value_of_the_file(tmp_path):
    values = {"SeriesDate": "20190817", "PatientID": "Secret-7", "PatientWeight": 71.5}
    uids = {"SeriesInstanceUID": "DOE_JANE", "SOPInstanceUID": each("MRN7.1", "MRN7.2", "MRN7.3")}
    images = pack.members(make.pt(3, **values, **uids))
    named = {f"ROE_{name}": content for name, content in images.items()}
    report = check(pack.zip_file(tmp_path, named), hide_names=True)
    shown = repr(report) + repr(report.series) + repr(report.series[0].series.instances)
    shown += repr(report.series[0].viewer)
    for value in ("20190817", "Secret-7", "71.5", "DOE_JANE", "MRN7", "ROE_"):
        assert value not in shown
