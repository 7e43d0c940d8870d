"""Run the gear as the platform would: in a gear folder, with config.json, input/ and output/.

    python -m examples.run_demo [PATH]

PATH is a DICOM file or a zip of a series; without it a made-up series is checked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from examples import demo_folder
from examples.make_demo import write_series
from fw_gear_viewer_check.gear.publish import output_stem
from fw_gear_viewer_check.system import streams
from fw_gear_viewer_check.system.stopping import INTERRUPTED

PROJECT = Path(__file__).parent.parent
GEAR = demo_folder.GEAR
BALL = "input/dicom/ball.dicom.zip"


def main() -> int:
    """Run the gear in its folder, and replace nothing there that an earlier run did not write."""
    streams.may_be_full()
    try:
        return _run()
    except OSError as error:
        sys.exit(f"demo: {error.filename or 'output'}: {error.strerror}")
    except KeyboardInterrupt:  # the gear has said it
        return INTERRUPTED


def _run() -> int:
    given = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    if given is not None and not given.is_file():
        sys.exit(f"demo: {given} is not a file: give a DICOM file or a zip of a series")
    dicom = given or GEAR / BALL
    results = [f"output/{output_stem(dicom.name)}_viewer_check.{end}" for end in ("csv", "html")]
    written = ["config.json", "output/.metadata.json", *results, *([] if given else [BALL])]
    for name in demo_folder.not_made(GEAR, written):
        sys.exit(f"demo: {GEAR / name} was edited, or is not the demo's: move it away")
    for folder in (GEAR / BALL).parent, GEAR / "output":
        folder.mkdir(parents=True, exist_ok=True)
    try:
        return _check(dicom, given)
    finally:
        demo_folder.record(GEAR, written)


def _check(dicom: Path, given: Path | None) -> int:
    """Run the gear, with the config.json that the platform would write; show what came out.

    A given file is read where it is.
    """
    if given is None:
        write_series(dicom, displaced_mm=1.5)
    config = config_json_of(dicom.name, str(dicom))
    (GEAR / "config.json").write_text(json.dumps(config, indent=2))
    command = [sys.executable, str(PROJECT / "run.py")]
    print(f"The gear, run in {GEAR.name}/ on {dicom.name}:\n", flush=True)
    code = subprocess.run(command, cwd=GEAR, check=False).returncode
    print(f"\nexit code {code}")
    if code:
        return code
    _show_verdict()
    print("\nOutputs:")
    for path in sorted((GEAR / "output").iterdir()):
        print(f"  {path.relative_to(GEAR.parent)}  {path.stat().st_size:,} bytes")
    return 0


def config_json_of(name: str, path: str) -> dict[str, Any]:
    """Return what the platform writes for an input of this name at this path."""
    manifest = json.loads((PROJECT / "manifest.json").read_text())
    acquisition = {"type": "acquisition", "id": "000000000000000000000001"}
    defaults = {option: about["default"] for option, about in manifest["config"].items()}
    return {
        # There is no platform here that could be asked.
        "config": {**defaults, "platform_lookup": False},
        "inputs": {
            "api-key": {"base": "api-key", "key": ""},
            "dicom": {
                "base": "file",
                "hierarchy": acquisition,
                "location": {"path": path, "name": name},
                "object": {"type": "dicom", "info": {}, "tags": ["file-metadata-importer"]},
            },
        },
        "destination": acquisition,
        "job": {"id": "000000000000000000000002"},
    }


def _show_verdict() -> None:
    """Print what a user of the platform sees of the file: its tags and its summary."""
    metadata = json.loads((GEAR / "output" / ".metadata.json").read_text())
    file = metadata["acquisition"]["files"][0]
    block = file["info"]["qc"]["viewer-check"]
    print(f"\nTags of the file: {', '.join(file['tags'])}")
    print("Custom information of the file, info.qc.viewer-check:")
    for name, entry in block.items():
        if "state" in entry:
            print(f"  {name:12} {entry['state']}")
            for found in entry["data"] or []:
                print(f"    {found['type']} {found['code']} {found['message']}")


if __name__ == "__main__":
    sys.exit(main())
