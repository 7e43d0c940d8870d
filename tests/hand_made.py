"""Reports made by hand, for tests of what is written about them."""

from __future__ import annotations

from fw_gear_viewer_check.checker.report import Report, Result, SeriesReport, Verdict
from fw_gear_viewer_check.model.archive import Archive
from fw_gear_viewer_check.model.data_set import DataSet
from fw_gear_viewer_check.model.instance import Instance
from fw_gear_viewer_check.model.series import Series
from fw_gear_viewer_check.ohif.prediction import DisplaySet, Prediction
from fw_gear_viewer_check.requirements.registry import BY_ID
from fw_gear_viewer_check.requirements.types import (
    Capability,
    Finding,
    Level,
    Repair,
    RepairKind,
    Requirement,
    Scope,
    Status,
    worst,
)

ANYTHING = Scope("anything", lambda _: True)
SPLIT = Repair(
    RepairKind.GEAR,
    "Split the series with dicom-splitter.",
    "dicom-splitter",
    {"group_by": "EchoTime", "delete_input": False},
    "The original stays.",
)


def never_called(series):
    message = f"a report does not judge {series}"
    raise AssertionError(message)


def requirement(identifier="MPR-205", capability=Capability.V3_MPR, **changes):
    values = {
        "id": identifier,
        "capability": capability,
        "source": "Single-frame data",
        "title": "Images are evenly spaced",
        "statement": "Each gap is as wide as the average.",
        "why": "The viewer builds one volume.",
        "repair": SPLIT,
        "scope": ANYTHING,
        "check": never_called,
        "cause": BY_ID[identifier].cause if identifier in BY_ID else "",
    }
    return Requirement(**{**values, **changes})


def result(
    status=Status.FAIL,
    identifier="MPR-205",
    capability=Capability.V3_MPR,
    *,
    level=Level.REQUIRED,
    affected=(),
    checked=0,
    evidence="gaps of 1 mm and 7 mm",
    code="",
    values=(),
    **changes,
):
    asked = requirement(identifier, capability, **changes)
    repair = asked.repairs[0] if status in {Status.FAIL, Status.UNKNOWN} else None
    finding = Finding(
        status, evidence, tuple(affected), checked, repair, code=code, values=dict(values)
    )
    return Result(asked, level, finding)


def verdict(capability, results):
    of_capability = [r for r in results if r.requirement.capability is capability]
    own = [r for r in of_capability if r.level is Level.REQUIRED]
    status = worst([r.status for r in own])
    reasons = tuple(r for r in own if r.status is status and status is not Status.PASS)
    notes = tuple(r for r in of_capability if r.level is Level.NOTE and r.status is Status.FAIL)
    return Verdict(capability, status, reasons, notes=notes)


def series_report(*results, uid="1.2.3", modality="CT", names=("1.dcm",), viewer=None):
    instances = tuple(
        Instance(name, DataSet(Modality=modality, SOPClassUID="1.2.840.10008.5.1.4.1.1.2"))
        for name in names
    )
    series = Series(uid, instances, Archive("scan.dicom.zip", is_container=True))
    verdicts = {c.value: verdict(c, results) for c in Capability}
    return SeriesReport(series, tuple(results), verdicts, viewer)


def report(*series, name="scan.dicom.zip", **changes):
    series = series or (series_report(result()),)
    verdicts = {
        c.value: Verdict(
            c,
            worst([s.verdicts[c].status for s in series]),
            tuple(reason for s in series for reason in s.verdicts[c].reasons),
        )
        for c in Capability
    }
    return Report(name=name, series=tuple(series), verdicts=verdicts, **changes)


def stack(instances=(), **changes):
    values = {
        "handler": "stack",
        "instances": tuple(instances),
        "frames": 1,
        "reconstructable": False,
        "four_d": False,
        "messages": (3,),
        "suv_factor": None,
    }
    return Prediction((DisplaySet(**{**values, **changes}),))
