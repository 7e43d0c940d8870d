"""A repr may land in a log or a notebook: it shows no value of a file."""

from fw_gear_viewer_check import check
from tests import make, pack


def test_no_repr_of_a_report_holds_a_value_of_the_file(tmp_path):
    images = make.pt(3, SeriesDate="20190817", PatientID="Secret-7", PatientWeight=71.5)
    report = check(pack.zip_file(tmp_path, images))
    shown = repr(report) + repr(report.series) + repr(report.series[0].series.instances)
    for value in ("20190817", "Secret-7", "71.5"):
        assert value not in shown
