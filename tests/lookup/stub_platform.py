"""A platform on the loopback interface: it speaks the calls that the SDK makes, and remembers them.

``faults`` maps an endpoint ("file", "files", "zip_info", "download") to a function that answers
in its place.
"""

from __future__ import annotations

import json
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock
from urllib.parse import parse_qs, unquote, urlsplit

from tests import loopback

SECRET = "s3cret-k3y-of-nobody"  # noqa: S105 - it opens the stub only
PROJECT = "proj0001"


KINDS = ("projects", "subjects", "sessions", "acquisitions", "analyses")


class Platform:
    def __init__(self):
        self.files = {}
        self.members = {}
        self.contents = {}
        self.containers = {}
        """Projects, subjects, sessions, acquisitions and analyses by kind ("sessions") and id."""
        self.faults = {}
        self.routes = {}
        """Answers of other calls, by method and path; a number is a status that refuses. What was
        sent is in ``sent``."""
        self.sent = []
        self.requests = []
        self.stopped = threading.Event()
        self.port = 0

    @property
    def key(self):
        return f"127.0.0.1:{self.port}:__force_insecure:{SECRET}"

    def add(self, file_id, *, series=None, study="1.2.9", session="ses1", project=PROJECT, **more):
        """Add a file; without ``series`` it is one that file-metadata-importer has not seen."""
        dicom = {"SeriesInstanceUID": series, "StudyInstanceUID": study, "PatientID": "DOE-4711"}
        described = {"header": {"dicom": {**dicom, **more.pop("header", {})}}} if series else {}
        added = {
            "_id": f"{file_id}-v1",
            "file_id": file_id,
            "version": 1,
            "name": f"{file_id}.dicom.zip",
            "type": "dicom",
            "info": described,
            "info_exists": bool(described),
            "size": 1000,
            "zip_member_count": 3,
            "tags": [],
            "parent_ref": {"type": "acquisition", "id": f"acq-{file_id}"},
            "parents": {
                "group": "g",
                "project": project,
                "subject": "sub1",
                "session": session,
                "acquisition": f"acq-{file_id}",
            },
            **more,
        }
        self.files.setdefault(file_id, []).append(added)
        return added

    def filters_asked(self):
        return [query["filter"].split(",") for _, query in self.requests if "filter" in query]

    def paths_asked(self):
        return [path for path, _ in self.requests]

    def matching(self, query):
        files = [version for versions in self.files.values() for version in versions]
        for one in filter(None, query.get("filter", "").split(",")):
            path, _, value = one.partition("=")
            files = [file for file in files if _at(file, path) == value]
        if "after_id" in query:
            ids = [file["file_id"] for file in files]
            files = files[ids.index(query["after_id"]) + 1 :]
        return files[: int(query.get("limit", 250))]

    def total(self, query):
        return len(self.matching({"filter": query.get("filter", ""), "limit": 1_000_000}))

    def filled(self, kind, id_):
        """Return an acquisition that is known by its files only."""
        files = [versions[-1] for versions in self.files.values()]
        held = [file for file in files if (file["parent_ref"] or {}).get("id") == id_]
        return {"_id": id_, "files": held} if kind == "acquisitions" and held else None

    def containers_matching(self, kind, query):
        found = list(self.containers.get(kind, {}).values())
        for one in filter(None, query.get("filter", "").split(",")):
            path, _, value = one.partition("=")
            found = [container for container in found if _at(container, path) == value]
        return _page(found, query, "_id")


def _page(found, query, key):
    if "after_id" in query:
        found = found[[one[key] for one in found].index(query["after_id"]) + 1 :]
    return found[: int(query.get("limit", 250))]


def _at(value, path):
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


@contextmanager
def running(platform=None):
    """Serve a platform until the block ends."""
    platform = platform or Platform()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(platform))
    server.daemon_threads = True
    platform.port = server.server_address[1]
    # Each client would load the certificates of all authorities: longer than most tests take.
    certificates = mock.patch.object(ssl.SSLContext, "load_verify_locations")
    with loopback.running(server), certificates:
        try:
            yield platform
        finally:
            platform.stopped.set()


def _handler_of(platform):
    return type("Handler", (_Handler,), {"platform": platform})


class _Handler(BaseHTTPRequestHandler):
    platform: Platform

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length) or "null")
        path = urlsplit(self.path).path.removeprefix("/api")
        self.platform.sent.append((self.command, path, body))
        answer = self.platform.routes.get((self.command, path))
        if answer is None:
            return self.not_found()
        answer = answer(body) if callable(answer) else answer
        if isinstance(answer, int):
            return self.send_json({"message": f"refused: {self.platform.key}"}, status=answer)
        return self.send_json(answer)

    do_PUT = do_POST  # noqa: N815 - the name that http.server calls

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = unquote(parts.path).removeprefix("/api")
        self.query = query
        self.platform.requests.append((path, query))
        # A real site echoes what it was given now and then; the key may not get any further.
        if self.headers.get("Authorization") != f"scitran-user {SECRET}":
            return self.send_json({"message": f"no such key: {self.platform.key}"}, status=401)
        if ("GET", path) in self.platform.routes:
            answer = self.platform.routes["GET", path]
            return self.send_json(answer(query) if callable(answer) else answer)
        endpoint = _endpoint(path)
        if endpoint in self.platform.faults:
            return self.platform.faults[endpoint](self)
        return getattr(self, f"send_{endpoint}")(path, query)

    def send_files(self, _path, query):
        found = self.platform.matching(query)
        total = self.platform.total(query)
        self.send_json({"count": len(found), "total": total, "results": found})

    def send_file(self, path, _query):
        versions = self.platform.files.get(path.removeprefix("/files/"))
        self.send_json(versions[-1]) if versions else self.not_found()

    def send_containers(self, path, query):
        self.send_json(self.platform.containers_matching(path.strip("/"), query))

    def send_container(self, path, _query):
        kind, _, id_ = path.strip("/").partition("/")
        found = self.platform.containers.get(kind, {}).get(id_) or self.platform.filled(kind, id_)
        self.send_json(found) if found else self.not_found()

    def send_zip_info(self, path, _query):
        names = self.platform.members.get(path.removeprefix("/files/").removesuffix("/zip_info"))
        if names is None:
            return self.not_found()
        time = "2020-01-01T00:00:00.000Z"
        members = [{"path": n, "size": 1, "timestamp": time, "comment": ""} for n in names]
        return self.send_json({"comment": "", "members": members})

    def send_download(self, path, _query):
        acquisition, _, name = path.removeprefix("/acquisitions/").partition("/files/")
        content = self.platform.contents.get((acquisition, name))
        self.send_bytes(content) if content is not None else self.not_found()

    def not_found(self):
        self.send_json({"message": "not found"}, status=404)

    def send_json(self, value, status=200):
        self.send_bytes(json.dumps(value).encode(), status, "application/json")

    def send_bytes(self, body, status=200, kind="application/octet-stream"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing: what was asked is in ``platform.requests``."""


def _endpoint(path):
    if path == "/files":
        return "files"
    kind, _, rest = path.strip("/").partition("/")
    if kind in KINDS and "/" not in rest:
        return "container" if rest else "containers"
    if path.endswith("/zip_info"):
        return "zip_info"
    return "file" if path.startswith("/files/") else "download"


def status(code, **headers):
    """Answer with an HTTP status, in whose text the site quotes the key."""

    def fault(handler):
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        body = json.dumps({"message": f"refused for {SECRET}"}).encode()
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return fault


def at_first(platform, endpoint, fault, times=1):
    """Let the first requests to an endpoint meet a fault, and no other."""
    left = [fault] * times

    def first(handler):
        meet = left.pop()
        if not left:
            del platform.faults[endpoint]
        return meet(handler)

    platform.faults[endpoint] = first


def body(content, kind="application/json"):
    """Answer with these bytes."""
    return lambda handler: handler.send_bytes(content, kind=kind)


def half(handler):
    """Promise more than is sent."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"count": 1, "results": [')
    handler.close_connection = True


def hang_up(handler):
    """Close the connection without an answer."""
    handler.close_connection = True


def silent(platform):
    """Never answer, and keep the connection."""
    return lambda _handler: platform.stopped.wait(60)


def dripping(platform):
    """Answer a byte at a time: no timeout between two bytes ever ends it."""

    def fault(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        while not platform.stopped.wait(0.05):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    return fault


def endless(platform, **headers):
    """Answer with all that the line carries, without end."""

    def fault(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        try:
            while not platform.stopped.is_set():
                handler.wfile.write(b"[" * 65536)
        except OSError:
            pass
        handler.close_connection = True

    return fault
