"""A real DICOMweb server on this machine: Debian's Orthanc, with its plugin, in a process.

It keeps what it is given in a temporary folder and listens on the loopback address only. What it
refuses, and what it serves otherwise than the files have it, is told apart from what the viewer
makes of it: see :class:`Stored`.
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pydicom
from pydicom.datadict import keyword_for_tag

from tests.viewer.not_available import ViewerNotAvailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Json: TypeAlias = dict[str, Any]

PACKAGES = ("orthanc", "orthanc-dicomweb")
"""Of Debian."""

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
ROOT = "/dicom-web/"
START_TIMEOUT = 30.0
ANSWER_TIMEOUT = 60.0


@dataclass(frozen=True)
class Stored:
    """What the server made of files."""

    studies: tuple[str, ...]
    """StudyInstanceUIDs that it can be asked for."""

    series: int
    refused: tuple[Path, ...]
    """Files that it did not take: damaged in its eyes, or of a SOPInstanceUID that it holds."""

    rewritten: Mapping[Path, tuple[str, ...]]
    """Of the others: keywords whose values it serves otherwise than the file has them."""


class DicomServer:
    """The server; one test at a time uses it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def store(self, files: Sequence[Path]) -> Stored:
        """Replace what the server holds by these files."""
        for patient in self._json("GET", "/patients"):
            self._json("DELETE", f"/patients/{patient}")
        refused = tuple(file for file in files if not self._takes(file.read_bytes()))
        studies = [self._json("GET", f"/studies/{one}") for one in self._json("GET", "/studies")]
        uids = sorted({s["MainDicomTags"].get("StudyInstanceUID", "") for s in studies} - {""})
        served, series = self._metadata()
        rewritten = {file: served_otherwise(file, served) for file in files if file not in refused}
        return Stored(tuple(uids), series, refused, rewritten)

    def _metadata(self) -> tuple[list[Json], int]:
        """Return each instance as the server serves it, and the number of series."""
        found: list[Json] = []
        series = self._json("GET", "/series")
        for one in series:
            study = self._json("GET", f"/series/{one}/study")["MainDicomTags"]
            tags = self._json("GET", f"/series/{one}")["MainDicomTags"]
            of_study = f"{ROOT}studies/{study['StudyInstanceUID']}"
            path = f"{of_study}/series/{tags['SeriesInstanceUID']}/metadata"
            status, body = self._ask("GET", path)
            # Where it fails, each attribute counts as served otherwise.
            found += json.loads(body) if status == http.HTTPStatus.OK else []
        return found, len(series)

    def _takes(self, content: bytes) -> bool:
        status, body = self._ask("POST", "/instances", content)
        return status == http.HTTPStatus.OK and json.loads(body)["Status"] == "Success"

    def _json(self, method: str, path: str) -> Any:
        status, body = self._ask(method, path)
        if status != http.HTTPStatus.OK:
            message = f"the server answered {status} to {method} {path.split('/')[1]}"
            raise OSError(message)
        return json.loads(body or b"null")

    def _ask(self, method: str, path: str, content: bytes | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_TIMEOUT)
        try:
            connection.request(method, path, content)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def served_otherwise(file: Path, served: Sequence[Json]) -> tuple[str, ...]:
    """Return the keywords whose values are not what the file has; text encodings apart."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd values on purpose
        own = pydicom.dcmread(file, force=True, stop_before_pixels=True)
        for tag in own.keys():  # noqa: SIM118 - without their values
            # Each value is converted: one that is odd would be left out below. One that cannot be
            # is, and counts as served otherwise where it is served.
            with suppress(ArithmeticError, ValueError, TypeError, NotImplementedError):
                own[tag]
        ours = _plain(own.to_json_dict(0, _bulk, suppress_invalid_tags=True))
    uids = (_SERIES, _INSTANCE)
    theirs = [_plain(one) for one in served]
    same = [one for one in theirs if all(one.get(u) == ours.get(u) for u in uids)]
    if not same:
        return ("not served",)
    differing = {
        tag
        for tag in ours.keys() | same[0].keys()
        if ours.get(tag) != same[0].get(tag)
        and tag not in _LEFT_OUT
        and not tag.endswith("0000")  # lengths of groups, long retired
        and _BULK not in {ours.get(tag), same[0].get(tag)}
    }
    return tuple(sorted(keyword_for_tag(tag) or f"({tag[:4]},{tag[4:]})" for tag in differing))


_SERIES, _INSTANCE = "0020000E", "00080018"
_LEFT_OUT = {"00080005", "7FE00010"}
"""SpecificCharacterSet, for all is served in UTF-8, and PixelData, which is asked for apart."""

_BULK = "bulk data"


def _bulk(_element: object) -> str:
    return ""


def _plain(data_set: Json) -> dict[str, Any]:
    """Return a data set of the JSON model so that equal values are equal."""
    return {tag: _values(element) for tag, element in data_set.items()}


def _values(element: Json) -> Any:
    if "BulkDataURI" in element or "InlineBinary" in element:
        return _BULK
    values = [_value(one) for one in element.get("Value", ())]
    while values and values[-1] in (None, ""):
        values.pop()
    return tuple(values)


def _value(one: Any) -> Any:
    if isinstance(one, dict):
        return (
            one["Alphabetic"].strip() if "Alphabetic" in one else tuple(sorted(_plain(one).items()))
        )
    if isinstance(one, str):
        one = one.strip(" \0")
    try:
        return float(one)
    except (TypeError, ValueError):
        return one


@contextmanager
def started() -> Iterator[DicomServer]:
    """Run the server until the block ends."""
    program = shutil.which("Orthanc") or shutil.which("orthanc")
    if program is None or not PLUGIN.is_file():
        message = f"the DICOMweb server is not installed (Debian packages {', '.join(PACKAGES)})"
        raise ViewerNotAvailableError(message)
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        config = Path(folder) / "orthanc.json"
        config.write_text(json.dumps(_config(Path(folder) / "store", port)), encoding="utf-8")
        log = Path(folder) / "log"
        with (
            log.open("wb") as out,
            subprocess.Popen([program, config], stdout=out, stderr=out) as it,
        ):
            try:
                server = DicomServer(port)
                _wait_for(server, it, log)
                yield server
            finally:
                it.terminate()


def _config(store: Path, port: int) -> dict[str, Any]:
    return {
        "Name": "viewer-test",
        "StorageDirectory": str(store),
        "IndexDirectory": str(store),
        "HttpPort": port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomServerEnabled": False,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": ROOT, "EnableWado": False},
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


def _wait_for(server: DicomServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server._json("GET", "/system")
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = f"the DICOMweb server did not start: {log.read_text(errors='replace')[-500:]}"
    raise ViewerNotAvailableError(message)
