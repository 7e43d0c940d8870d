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

from examples.make_demo import write_series
from fw_gear_viewer_check.system import streams

PROJECT = Path(__file__).parent.parent
GEAR = PROJECT / "demo"


def main() -> int:
    """Lay out the gear folder, run the gear in it, and show what came out."""
    streams.may_be_full()
    try:
        return _run()
    except OSError as error:
        sys.exit(f"demo: {error.filename or 'output'}: {error.strerror}")


def _run() -> int:
    dicom = _lay_out(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None)
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


def _lay_out(given: Path | None) -> Path:
    """Make demo/ ready, with the config.json that the platform would write.

    What else lies there may be yours, the input too: it stays. A given file is read where it is.
    """
    if given is not None and not given.is_file():
        sys.exit(f"demo: {given} is not a file: give a DICOM file or a zip of a series")
    folder, output = GEAR / "input" / "dicom", GEAR / "output"
    folder.mkdir(parents=True, exist_ok=True)
    output.mkdir(exist_ok=True)
    _refuse_edited(GEAR / "config.json")
    made = (path for end in ("csv", "html") for path in output.glob(f"*_viewer_check.{end}"))
    for path in (output / ".metadata.json", *made):
        path.unlink(missing_ok=True)
    dicom = given or folder / "ball.dicom.zip"
    if given is None:
        write_series(dicom, displaced_mm=1.5)
    config = config_json_of(dicom.name, str(dicom))
    (GEAR / "config.json").write_text(json.dumps(config, indent=2))
    return dicom


def _refuse_edited(config: Path) -> None:
    """End where the config.json that lies there is not as it was written here."""
    if not config.exists():
        return
    text = config.read_text()
    try:
        location = json.loads(text)["inputs"]["dicom"]["location"]
        made = json.dumps(config_json_of(location["name"], location["path"]), indent=2)
    except (ValueError, LookupError, TypeError):
        made = ""
    if text != made:
        sys.exit(f"demo: {config} was edited: move it away, or run the gear with it: see run.py")


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
