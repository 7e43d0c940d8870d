"""Propose a batch run of the gear, and say which acquisitions it leaves out and why.

    python -m examples.batch GROUP/PROJECT [--config site.toml] [--start]
    python -m examples.batch --collection ID [--start]
    python -m examples.batch --acquisition ID [--acquisition ID ...] [--start]

Without --start it only says what it would do. The site and the api-key are those of the variable
FLYWHEEL_API_KEY, or of the Flywheel command line where you are logged in.

Flywheel makes one job for each acquisition with exactly one DICOM file. Left out are acquisitions
with several (use the gear rule for those), with none, with a zip of the type "archive" (set its
type to dicom first), and those whose file was checked already at its present version.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from examples import site
from fw_gear_viewer_check.checker.options import UsageError, options_from, read_profile
from fw_gear_viewer_check.gear.platform_files import get

if TYPE_CHECKING:
    from collections.abc import Iterable

GEAR = "viewer-check"


@site.answering("the site")
def main(arguments: list[str] | None = None) -> int:
    """Show what a batch would run on; with --start run it."""
    given = _parsed(arguments)
    client = site.client()
    try:
        config = {} if given.config is None else read_profile(given.config)
        options_from(config)
    except UsageError as error:
        sys.exit(str(error))
    chosen, left_out = [], Counter[str]()
    for acquisition, files in sorted(_files_by_acquisition(client, given).items()):
        reason = why_left_out(client, files)
        if reason:
            left_out[reason] += 1
            print(f"left out: acquisition {acquisition}: {reason}")
        else:
            chosen.append(acquisition)
    for reason, count in left_out.most_common():
        print(f"{count:,} left out: {reason}")
    print(f"{len(chosen):,} to check")
    if not chosen:
        return 0
    gear = site.lookup(client, f"gears/{GEAR}")
    proposal = client.propose_batch(
        {
            "gear_id": gear.id,
            "targets": [{"type": "acquisition", "id": id_} for id_ in chosen],
            "config": {**gear.get_default_config(), **config},
            # The input "reference" takes any file: let the platform choose none.
            "optional_input_policy": "ignored",
        }
    )
    matched, ambiguous = len(proposal.matched), len(proposal.ambiguous)
    print(f"the platform matches {matched:,}, and {ambiguous:,} are ambiguous")
    if not given.start:
        print("nothing was started: add --start to start the batch")
        return 0
    jobs = proposal.run()
    print(f"started {len(jobs):,} jobs in batch {proposal.id}")
    return 0


def why_left_out(client: Any, files: Iterable[Any]) -> str:  # noqa: ANN401
    """Return why an acquisition with these files is left out; "" where it is not."""
    dicom = [file for file in files if file.type == "dicom"]
    if len(dicom) > 1:
        return "more than one DICOM file: use the gear rule"
    if not dicom:
        is_archive = any(file.type == "archive" for file in files)
        return "a zip of type archive: set its type to dicom" if is_archive else "no DICOM file"
    file = site.described(client, dicom[0])
    summary = get(get(get(file.info, "qc"), GEAR), "summary")
    is_checked = file.version and get(summary, "file_version") == file.version
    return "checked already" if is_checked else ""


def _files_by_acquisition(client: Any, given: argparse.Namespace) -> dict[str, list[Any]]:  # noqa: ANN401
    """Return the files of each acquisition, with their metadata."""
    ids = list(given.acquisition)
    if given.collection:
        with site.answering(f"collection {given.collection}"):
            ids += [one.id for one in client.get_collection_acquisitions(given.collection)]
    found = {}
    for id_ in ids:
        with site.answering(f"acquisition {id_}"):
            found[id_] = site.files_in(client, id_)
    if given.project:
        project = site.lookup(client, given.project)
        files: dict[str, list[Any]] = defaultdict(list)
        for kind in ("dicom", "archive"):
            for file in site.found(client.files, f"parents.project={project.id}", f"type={kind}"):
                if get(file.parent_ref, "type") == "acquisition":
                    files[file.parent_ref.id].append(file)
        found |= files
    return found


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("project", nargs="?", metavar="GROUP/PROJECT")
    parser.add_argument("--collection", metavar="ID")
    parser.add_argument("--acquisition", metavar="ID", action="append", default=[])
    parser.add_argument("--config", type=Path, help="options of the gear, as a TOML file")
    parser.add_argument("--start", action="store_true", help="start the batch")
    given = parser.parse_args(arguments)
    if not (given.project or given.collection or given.acquisition):
        parser.error("name a project, a collection or acquisitions")
    return given


if __name__ == "__main__":
    sys.exit(main())
