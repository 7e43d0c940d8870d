"""A project of any number of files on the loopback platform, as the gear leaves it."""

import json
from functools import lru_cache

from fw_gear_viewer_check.checker.judging import check
from fw_gear_viewer_check.reports.qc_info import qc_block
from tests import make, pack
from tests.lookup.stub_platform import Platform

PROJECT, ANALYSIS = "proj0001", "analysis0001"
SUBJECTS, SESSIONS = 3, 4


class Project(Platform):
    """Makes its files when they are asked for: 200,000 of them are never in memory."""

    def __init__(self, count, blocks, header):
        super().__init__()
        self.count = count
        self.blocks = blocks
        self.header = header
        self.sent_bytes = 0
        self.parent = {"type": "project", "id": PROJECT}
        subjects = {f"sub{n}": {"_id": f"sub{n}", "label": f"Subject {n}"} for n in range(SUBJECTS)}
        sessions = {
            f"ses{n}-{m}": {"_id": f"ses{n}-{m}", "label": f"Session {m}"}
            for n in range(SUBJECTS)
            for m in range(SESSIONS)
        }
        self.containers = {
            "projects": {PROJECT: {"_id": PROJECT, "label": "Project"}},
            "subjects": subjects,
            "sessions": sessions,
        }

    def file(self, number):
        subject = number % SUBJECTS
        session = f"ses{subject}-{number // SUBJECTS % SESSIONS}"
        return {
            "file_id": f"file{number:07}",
            "version": 2 if is_stale(number) else 1,
            "name": f"{number:07}.dicom.zip",
            "type": "dicom",
            "tags": ["checked"] if number % 2 else [],
            "info": {"header": {"dicom": self.header}, **self.info(number)},
            "info_exists": True,
            "parent_ref": {"type": "acquisition", "id": f"acq{number:07}"},
            "parents": {
                "group": "g",
                "project": PROJECT,
                "subject": f"sub{subject}",
                "session": session,
                "acquisition": f"acq{number:07}",
            },
        }

    def info(self, number):
        if is_never_checked(number):
            return {}
        if is_broken(number):
            return {"qc": {"viewer-check": BROKEN[number // 40 % len(BROKEN)]}}
        return {"qc": {"viewer-check": self.blocks[number % len(self.blocks)]}}

    def matching(self, query):
        start = int(query["after_id"][4:]) + 1 if "after_id" in query else 0
        filters = dict(one.split("=") for one in query["filter"].split(","))
        (kind, wanted), *_ = ((k[8:], v) for k, v in filters.items() if k.startswith("parents."))
        found = []
        for number in range(start, self.count):
            file = self.file(number)
            if file["parents"][kind] == wanted:
                found.append(file)
            if len(found) == int(query["limit"]):
                break
        self.sent_bytes += len(json.dumps(found))
        return found

    def total(self, query):
        if f"parents.project={PROJECT}" in query["filter"]:
            return self.count
        return len(Project.matching(self, {"filter": query["filter"], "limit": self.count}))

    def containers_matching(self, kind, query):
        if kind != "acquisitions":
            query = {k: v for k, v in query.items() if k != "filter"}
            return super().containers_matching(kind, query)
        start = int(query["after_id"][3:]) + 1 if "after_id" in query else 0
        stop = min(start + int(query["limit"]), self.count)
        found = [{"_id": f"acq{n:07}", "label": f"Acquisition {n}"} for n in range(start, stop)]
        self.sent_bytes += len(json.dumps(found))
        return found


BROKEN = (None.__class__.__name__, 7, {"summary": None}, {"summary": {"overall": "MAYBE"}}, [])
"""Blocks that the gear does not write."""


def is_never_checked(number):
    return number % 10 == 3


def is_stale(number):
    return number % 20 == 5


def is_broken(number):
    return number % 40 == 7


@lru_cache(maxsize=1)
def blocks_of(folder):
    """Return the blocks of real reports: opens with MPR, no MPR, does not open, old version."""
    series = (
        make.ct(4, SeriesInstanceUID="1.2.3.1"),
        make.ct(4, z=[0, 3, 4.5, 9], SeriesInstanceUID="1.2.3.2"),
        {"notes.txt": b"no DICOM at all"},
        make.mr(4, SeriesInstanceUID="1.2.3.3"),
    )
    found = []
    for number, one in enumerate(series):
        path = pack.zip_file(folder, one, f"{number}.zip")
        found.append(qc_block(check(path), file_version=1))
    found[3]["summary"]["version"] = "0.0.1"
    return found


def header():
    """Return header metadata that name a patient, of the usual size."""
    named = {"PatientName": "Doe^Jane", "PatientID": "DOE-4711", "StudyDate": "20200102"}
    return {**named, **{f"Attribute{n}": f"value {n} of some length" for n in range(150)}}
