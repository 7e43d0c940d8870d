"""With hide_names, no name of a file inside the input is in any output."""

import json

import pytest

from fw_gear_viewer_check import Options, check
from fw_gear_viewer_check.reports import csv_table, html, job_log, json_report, qc_info, text
from tests import make, pack

NAMES = Options(hide_names=True)


def every_output(report, source):
    return {
        "csv": csv_table.to_csv(report),
        "json": json_report.to_text(report.name, report),
        "text": text.to_text(report),
        "html": html.render_html(report, source=source),
        "info": json.dumps(qc_info.qc_block(report)),
        "log": "\n".join(job_log.lines(report)),
    }


def packed(tmp_path, images):
    """Pack images, two of them twice, and files that are no images, all with telling names."""
    contents = list(pack.members(images).values())
    named = {f"Zqxv^Ann/{n:02}.dcm": one for n, one in enumerate(contents)}
    copies = {"Zqxv copy.dcm": contents[0], "Zqxv.zip": b"PK\x03\x04", "Zqxv.txt": b"text" * 99}
    return pack.zip_file(tmp_path, {**named, **copies, ".Zqxv": b"x", "Zqxv.dcm": b""})


@pytest.mark.parametrize(
    "images",
    [make.ct(z=[0, 3, 4, 9]), make.pt(3), make.seg(make.ct(2)), make.enhanced_mr(3), make.us()],
    ids=["ct", "pt", "seg", "enhanced", "us"],
)
def test_no_output_holds_a_name(tmp_path, images):
    path = packed(tmp_path, images)
    shown = every_output(check(path), path)
    assert all("Zqxv" in shown[kind] for kind in ("csv", "json", "html", "info"))
    hidden = every_output(check(path, options=NAMES), path)
    assert [kind for kind, output in hidden.items() if "Zqxv" in output] == []


def test_numbers_are_by_name_and_verdicts_are_the_same(tmp_path):
    path = packed(tmp_path, make.ct(z=[0, 3, 4, 9]))
    plain, hidden = check(path), check(path, options=NAMES)
    order = sorted(member.name for member in plain.series[0].series.archive.members)
    for one, other in zip(plain.results, hidden.results, strict=True):
        assert (one.requirement.id, one.status) == (other.requirement.id, other.status)
        numbers = [name.partition(" of ")[0] for name in other.finding.affected]
        if one.finding.affected != (path.name,):
            named = [f"file {order.index(name) + 1}" for name in one.finding.affected]
            assert numbers == named


def test_names_that_are_alike_as_far_as_shown_have_numbers_of_their_own(tmp_path):
    """Six files were "file 1 of 1"."""
    contents = pack.members(make.ct(z=[0, 3, 4, 9])).values()
    named = {f"{n}/{'q' * 210}": one for n, one in enumerate(contents)}
    report = check(pack.zip_file(tmp_path, named), options=NAMES)
    series = report.series[0].series
    numbers = tuple(f"file {n} of 4" for n in range(1, 5))
    assert tuple(member.name for member in series.archive.members) == numbers
    assert tuple(sorted(instance.name for instance in series.instances)) == numbers


@pytest.mark.parametrize(
    ("images", "more", "requirement"),
    [
        (make.ct(z=[*range(0, 24, 3), *range(1, 25, 3)]), {}, "MPR-205"),
        (make.mr(z=[*range(0, 24, 3)] * 2), {}, "MPR-102"),
        (make.ct(4), {"d/.DS_Store": b"x", "__MACOSX/._a": b"y"}, "ZIP-104"),
    ],
    ids=["two stacks", "two volumes", "of macOS"],
)
def test_repairs_are_the_same(tmp_path, images, more, requirement):
    """Numbers were sorted as texts: file 10 came before file 2."""
    path = pack.zip_file(tmp_path, {**pack.members(images), **more})
    plain, hidden = (check(path, options=Options(hide_names=hide)) for hide in (False, True))
    repairs = {r.requirement.id: r.repair for r in plain.results}
    assert repairs == {r.requirement.id: r.repair for r in hidden.results}
    assert repairs[requirement].gear == "dicom-splitter"


def test_the_picture_is_still_found(tmp_path):
    path = pack.zip_file(tmp_path, make.ct(3))
    report = check(path, options=NAMES)
    assert "data:image/png" in html.render_html(report, source=path)


def test_a_lone_file_keeps_its_name(tmp_path):
    path = tmp_path / "scan.dcm"
    path.write_bytes(pack.members(make.ct(1))["001.dcm"])
    assert check(path, options=NAMES).name == "scan.dcm"
