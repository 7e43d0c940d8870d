"""Start the gears that repair the files of a project, as viewer-check says in their metadata.

    python -m examples.start_repairs GROUP/PROJECT [--gear dicom-splitter] [--start]

Without --start it only says what it would start: one gear for each file, the first of its repairs,
since after it the file has to be checked again. The site and the api-key are those of the variable
FLYWHEEL_API_KEY, or of the Flywheel command line where you are logged in.

Left out are files that viewer-check has not seen at their present version, files that were split
(dicom-splitter leaves them with the tag "delete") or have a job of that gear, repairs that a human
has to do, and every config that the installed version would not write: whoever may edit a file's
metadata could have written it. So are files that would get the UIDs of another one in their
acquisition, or in another acquisition or session of the project whose labels, written in a row, are
the same (the two would become one series, or one study), and files of which a part may be named as
a file that is there, and replace it. Of two to split in one acquisition, the second waits: run this
again when the first is split. What the V2 viewer lacks is repaired only with --v2.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any, NamedTuple

from examples import site
from fw_gear_viewer_check.gear.platform_files import get, list_of, text_of
from fw_gear_viewer_check.model.text import printable
from fw_gear_viewer_check.requirements import known_repairs, repair_kinds
from fw_gear_viewer_check.requirements.registry import BY_ID

CHECK = "viewer-check"
GEARS = (repair_kinds.SPLITTER, repair_kinds.FIXER)
ORDER = ("archive", "v3_open", "v3_mpr", "v3_overlay", "v3_measure", "v3_suv")
"""Capabilities in the order in which they are repaired: an archive of several series first."""
V2 = "v2_open"


class Plan(NamedTuple):
    """A gear to start, for a requirement that the file does not meet."""

    requirement: str
    gear: str
    config: dict[str, Any]
    caution: str


@site.answering("the site")
def main(arguments: list[str] | None = None) -> int:
    """Show which gears would be started; with --start start them."""
    given = _parsed(arguments)
    client = site.client()
    project = site.lookup(client, given.project)
    order = (*ORDER, V2) if given.v2 else ORDER
    repairable, left_out, places = [], Counter[str](), dict[str, str]()
    for file in site.found(client.files, f"parents.project={project.id}", "type=dicom"):
        reason, plan = plan_of(site.described(client, file), order)
        places[file.file_id] = text_of(get(file.parent_ref, "id"))
        if plan is None or (given.gear and plan.gear != given.gear):
            left_out[reason or f"repaired by {plan.gear if plan else 'nothing'}"] += 1
        else:
            repairable.append((file, plan))
    had, split_now = _jobs_of(client, project.id)  # after the files, which may take minutes
    planned, files_in = [], Counter(places.values())
    split_in = {place for file_id, place in places.items() if file_id in split_now}
    labels = _Labels(client, project.id)
    for file, plan in repairable:
        place = places[file.file_id]
        if {(plan.gear, file.file_id, version) for version in (file.version, None)} & had:
            left_out[f"{plan.gear} has a job for it"] += 1
        elif reason := _in_its_way(labels, file, plan, files_in, split_in):
            left_out[reason] += 1
        else:
            planned.append((file, plan))
            split_in |= {place} if plan.gear == repair_kinds.SPLITTER else set()
    gears = {name: site.lookup(client, f"gears/{name}") for name in {p.gear for _, p in planned}}
    for file, plan in planned:
        _tell(file, plan)
        unknown = set(plan.config) - set(gears[plan.gear].get_default_config())
        if unknown:
            sys.exit(f"{plan.gear} on this site has no option {', '.join(sorted(unknown))}")
    for reason, count in left_out.most_common():
        print(f"{count:,} left out: {reason}")
    print(f"{len(planned):,} to repair")
    if not given.start:
        print("nothing was started: add --start to start the jobs")
        return 0
    return _start(client, [(f, _job(f, p, gears[p.gear].id), p) for f, p in planned], order)


def _start(
    client: Any,  # noqa: ANN401
    jobs: list[tuple[Any, dict[str, Any], Plan]],
    order: tuple[str, ...],
) -> int:
    """Start jobs, and say which were: to start one again would repair its file twice."""
    started = 0
    try:
        for file, job, plan in jobs:
            said = "not started"
            try:
                now = client.get_file(file.file_id)
                if plan_of(now, order)[1] != plan or _job(now, plan, job["gear_id"]) != job:
                    said = "not started: it has changed meanwhile"
                    continue
                said = "not known whether it was started: look at its jobs"
                client.add_job(job)
                said = "started"
                started += 1
            except site.Refused as error:  # of this job: the next may start
                said = f"not started: {site.why(error)}"
            except site.ODD as error:
                said += f" (the answer could not be understood: {type(error).__name__})"
            finally:  # also where the connection is lost
                print(f"file {printable(file.file_id)}: {said}", flush=True)
    finally:
        print(f"started {started:,} of {len(jobs):,} jobs; run {CHECK} on their outputs")
    return 0 if started == len(jobs) else 1


def _in_its_way(
    labels: _Labels,
    file: Any,  # noqa: ANN401
    plan: Plan,
    files_in: Counter[str],
    split_in: set[str],
) -> str:
    """Return why a gear may give a file the UIDs, or the name, of another one; "" if it does not.

    Parts that are still to be made have no names yet.
    """
    acquisition = file.parent_ref.id
    if plan.gear == repair_kinds.FIXER:
        if plan.config["new-uids-needed"] is not True:
            return ""
        if files_in[acquisition] > 1:
            return "would get the UIDs of another file in its acquisition"
        return labels.shared_by(file)
    if acquisition in split_in:
        return "a file in its acquisition is split first"
    names = (text_of(one.name) for one in site.files_in(labels.client, acquisition))
    may_replace = any(repair_kinds.may_write(plan.config, name) for name in names)
    return "its parts may replace a file in its acquisition" if may_replace else ""


class _Labels:
    """The labels of a project: dicom-fixer makes new UIDs of them, in a row with nothing between.

    The study's are those of subject and session, the series' also that of the acquisition.
    """

    def __init__(self, client: Any, project: str) -> None:  # noqa: ANN401
        self.client = client
        self._within = f"parents.project={project}"
        self._acquisitions: dict[str, dict[str, str]] = {}

    def shared_by(self, file: Any) -> str:  # noqa: ANN401
        """Return what may give a file the UIDs of another one; "" where its labels are its own.

        They are where the site lists its session and acquisition, and no other like them.
        """
        session = text_of(get(get(file, "parents"), "session"))
        study = self._studies.get(session)
        if study is None or len(self._sessions[study]) > 1:
            return _same_labels("session")
        label = self._acquisitions_in(session).get(file.parent_ref.id)
        if label is None or self._count(study + label) > 1:
            return _same_labels("acquisition")
        return ""

    def _count(self, series: str) -> int:
        """Return how many acquisitions have these labels; few sessions can hold one."""
        halves = ((series[:end], series[end:]) for end in range(len(series) + 1))
        return sum(
            list(self._acquisitions_in(session).values()).count(label)
            for study, label in halves
            for session in self._sessions.get(study, ())
        )

    @cached_property
    def _studies(self) -> dict[str, str]:
        """Labels of subject and session by the id of the session."""
        # Sessions first: the subject of each is there when subjects are listed.
        sessions = list(site.found(self.client.sessions, self._within))
        subjects = _labels_by_id(site.found(self.client.subjects, self._within))
        above = {one.id: text_of(get(get(one, "parents"), "subject")) for one in sessions}
        labels = _labels_by_id(sessions)
        return {id_: subjects[above[id_]] + labels[id_] for id_ in labels if above[id_] in subjects}

    @cached_property
    def _sessions(self) -> dict[str, list[str]]:
        found = defaultdict[str, list[str]](list)
        for session, study in self._studies.items():
            found[study].append(session)
        return dict(found)

    def _acquisitions_in(self, session: str) -> dict[str, str]:
        """Return the labels of its acquisitions by their ids; the site is asked once."""
        if session not in self._acquisitions:
            found = site.found(self.client.acquisitions, f"parents.session={session}")
            self._acquisitions[session] = _labels_by_id(found)
        return self._acquisitions[session]


def _labels_by_id(containers: Iterable[Any]) -> dict[str, str]:
    return {one.id: text_of(one.label) for one in containers}


def _same_labels(kind: str) -> str:
    return f"would get the UIDs of another {kind} with the same labels in a row"


def plan_of(file: Any, order: tuple[str, ...] = ORDER) -> tuple[str, Plan | None]:  # noqa: ANN401
    """Return why a file is left out, or what is to be started for it."""
    block = get(get(file.info, "qc"), CHECK)
    if get(file.parent_ref, "type") != "acquisition":
        return "not in an acquisition", None
    if repair_kinds.SPLIT_TAG in (file.tags or ()):
        return f"split already (tag {repair_kinds.SPLIT_TAG})", None
    if not block:
        return "never checked", None
    if not file.version or get(get(block, "summary"), "file_version") != file.version:
        return "checked at another version", None
    plan = next(_plans(block, order), None)
    return "" if plan else "no repair by a gear", plan


def _jobs_of(client: Any, project_id: str) -> tuple[set[tuple[object, ...]], set[object]]:  # noqa: ANN401
    """Return gear, file and version (None where not told) of the jobs that were not in vain.

    Once is enough: dicom-splitter makes no new version of a file, and splits it again as often as
    it is started. The files that it is to split, and has not yet, come second.
    """
    found, split_now, untold = set[tuple[object, ...]](), set[object](), 0
    try:
        for gear in GEARS:
            of_gear = f"parents.project={project_id}", f"gear_info.name={gear}"
            for job in site.found(client.jobs, *of_gear):
                if job.state in {"failed", "cancelled"}:
                    continue
                inputs = get(job.config, "inputs")
                given = inputs.values() if isinstance(inputs, Mapping) else ()
                files = [file for one in given if get(file := get(one, "object"), "file_id")]
                found |= {(gear, get(one, "file_id"), get(one, "version")) for one in files}
                if gear == repair_kinds.SPLITTER and job.state != "complete":
                    split_now |= {get(one, "file_id") for one in files}
                untold += not files
    except site.Refused as error:
        if error.status != HTTPStatus.FORBIDDEN:
            raise
        print("jobs: the site does not list them for you: make sure that none waits already")
    if untold:
        print(f"jobs: {untold:,} do not tell their file: make sure that none is for one of these")
    return found, split_now


def _plans(block: object, order: tuple[str, ...]) -> Iterator[Plan]:
    """Yield the gears that repair something, most useful first."""
    for capability in order:
        for entry in list_of(get(get(block, capability), "data")):
            code, gear = text_of(get(entry, "code")), text_of(get(get(entry, "repair"), "gear"))
            config = get(get(entry, "repair"), "config")
            if code not in BY_ID or get(entry, "type") != "error" or not isinstance(config, dict):
                continue
            known = known_repairs.written_by(BY_ID[code], gear, config)
            if known is not None:
                yield Plan(code, known.gear, config, known.caution)


def _tell(file: Any, plan: Plan) -> None:  # noqa: ANN401
    name, config = printable(file.file_id), json.dumps(plan.config)
    print(f"file {name}: {plan.gear} {config} for {plan.requirement}")
    print(f"    {plan.caution}")


def _job(file: Any, plan: Plan, gear_id: str) -> dict[str, Any]:  # noqa: ANN401
    acquisition = {"type": "acquisition", "id": file.parent_ref.id}
    return {
        "gear_id": gear_id,
        "inputs": {"dicom": {**acquisition, "name": file.name}},
        "destination": acquisition,
        "config": plan.config,
        "tags": [CHECK],
    }


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("project", metavar="GROUP/PROJECT")
    parser.add_argument("--gear", choices=GEARS, help="only repairs by this gear")
    parser.add_argument("--v2", action="store_true", help="also repair what only V2 needs")
    parser.add_argument("--start", action="store_true", help="start the jobs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
