"""Runs every repair that viewer-check gives, and what was tried besides, with the gears' own code.

python -m tests.repairs.proof        writes recorded.json, from which docs/repairs.md is made
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread

from fw_gear_viewer_check import check
from fw_gear_viewer_check.checker.options import Options
from fw_gear_viewer_check.requirements.types import RepairKind
from tests import pack
from tests.repairs import situations, trial
from tests.repairs.tried import tried

RECORDED = Path(__file__).with_name("recorded.json")
CORPUS = Path(
    os.environ.get("VIEWER_CHECK_CORPUS") or Path(__file__).parents[2] / "../shared/corpus"
)
INDEXES = ("index.json", "more.json")


@dataclass(frozen=True)
class Plan:
    """Trials by where they come from."""

    repaired: list[trial.Trial]
    corpus: list[trial.Trial]
    tried: list[trial.Trial]


def written(folder):
    """Write the series; return what is to be run."""
    return Plan(
        [_of_situation(folder, n, one) for n, one in enumerate(situations.repairable())],
        [of for path in corpus() for of in of_corpus(path)],
        [_of_tried(folder, n, one) for n, one in enumerate(tried())],
    )


def _of_situation(folder, n, situation):
    path = pack.zip_file(folder, situation.contents, f"s{n:03}.dicom.zip")
    options = Options(**situation.options)
    repair = repair_of(path, situation.requirement, options)
    what = (situation.name, situation.requirement, path, repair.gear)
    return trial.Trial(*what, dict(repair.config), options)


def _of_tried(folder, n, one):
    path = pack.zip_file(folder, one.contents, f"t{n:03}.dicom.zip")
    return trial.Trial(one.name, one.requirement, path, one.gear, one.config)


def repair_of(path, requirement, options=trial.DEFAULTS):
    """Return the repair that is given for a requirement; the series has to fail it."""
    results = check(path, options=options).results
    found = [r.repair for r in results if r.requirement.id == requirement and r.repair]
    assert found, f"{requirement} does not fail in {path.name}"
    return found[0]


def corpus():
    """Return the real series, in order; [] where they are not here."""
    indexes = [json.loads((CORPUS / name).read_text()) for name in INDEXES if CORPUS.is_dir()]
    return [CORPUS / entry["file"] for index in indexes for entry in index]


def of_corpus(path):
    """Yield a trial of each gear repair that a real series gets."""
    name = path.name.removesuffix(".dicom.zip")
    for result in check(path).results:
        repair = result.repair
        if repair is not None and repair.kind is RepairKind.GEAR:
            yield trial.Trial(name, result.requirement.id, path, repair.gear, dict(repair.config))


def prove(folder):
    """Run everything; return the records by where they come from."""
    plan = written(folder)
    outcomes = iter(trial.run([*plan.repaired, *plan.corpus, *plan.tried], folder))
    found = {name: [next(outcomes).record() for _ in trials] for name, trials in vars(plan).items()}
    if not corpus():
        found["corpus"] = recorded()["corpus"]
    for record, one in zip(found["tried"], tried(), strict=True):
        record["instead"] = one.instead
    return found


def opened(path):
    """Return the members of a zip as files in memory."""
    with zipfile.ZipFile(path) as archive:
        return [io.BytesIO(archive.read(name)) for name in archive.namelist()]


def images_in(folder):
    """Return the data sets of all zips in a folder."""
    return [dcmread(f) for path in sorted(folder.glob("*.zip")) for f in opened(path)]


def recorded():
    """Return what was recorded."""
    return json.loads(RECORDED.read_text(encoding="utf-8"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        RECORDED.write_text(json.dumps(prove(Path(made)), indent=1) + "\n", encoding="utf-8")
