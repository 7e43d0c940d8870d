"""Web servers that do harm: a survey asks for parts of files, and keeps no more than these."""

import gzip
import re
import signal
import subprocess
import threading
import tracemalloc
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fw_gear_viewer_check.dicom.reader import File, read_file
from fw_gear_viewer_check.survey import remote, remote_roots
from fw_gear_viewer_check.survey.urls import StoreError
from tests import loopback, make, pack
from tests.survey import archive

ENDLESS = 512
"""Times 64 KiB that a server sends which would go on for ever: 32 MiB."""

BOMB = gzip.compress(bytes(64 << 20))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    url = ""
    sent = size = 0

    def __init__(self, *given):
        super().__init__(*given)
        self.asked = threading.Event()


@contextmanager
def serving(answer):
    """Serve every path with ``answer(handler, first, last)``; HEAD tells the size of a zip."""
    content = pack.zip_bytes(pack.members(make.ct(5)))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *said):
            """Keep the output of the tests clean."""

        def do_HEAD(self):
            self.begin(200, len(content))

        def do_GET(self):
            server.asked.set()
            wanted = re.match(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "bytes=0-0"))
            answer(self, int(wanted[1]), int(wanted[2]))

        def begin(self, code, length, **headers):
            self.send_response(code)
            if length is None:
                self.close_connection = True
            else:
                self.send_header("Content-Length", str(length))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()

        def endlessly(self, part):
            try:
                for _ in range(ENDLESS):
                    self.wfile.write(part)
                    server.sent += len(part)
            except OSError:
                pass  # nobody listens any more

    server = Server(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{server.server_port}/"
    server.size = len(content)
    with loopback.running(server):
        yield server


def endless_range(handler, first, last):
    handler.begin(206, None, Content_Range=f"bytes {first}-{last}/*")
    handler.endlessly(bytes(64 * 1024))


def endless_chunks(handler, first, last):
    handler.begin(206, None, Content_Range=f"bytes {first}-{last}/*", Transfer_Encoding="chunked")
    handler.endlessly(b"10000\r\n" + bytes(0x10000) + b"\r\n")


def compressed(handler, first, last):
    length = len(BOMB)
    handler.begin(206, length, Content_Range=f"bytes {first}-{last}/*", Content_Encoding="gzip")
    handler.wfile.write(BOMB)


@pytest.mark.parametrize("answer", [endless_range, endless_chunks, compressed])
def test_no_more_is_kept_than_was_asked_for(answer):
    """All of it was kept: what a server sent in five minutes, or what a gzip made of it."""
    with serving(answer) as server:
        url = f"{server.url}a.zip"
        tracemalloc.start()
        with pytest.raises(StoreError, match="another number of bytes"):
            read_file(File("a.zip", server.size, lambda: remote.opened(url, server.size)))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 16 << 20
        assert server.sent < 16 << 20


def test_a_list_of_links_without_end():
    def links(handler, *_):
        handler.begin(200, None, Content_Type="text/html")
        handler.endlessly(b'<a href="x.zip">x</a>\n' * 3000)

    with serving(links) as server, pytest.raises(StoreError, match="cannot be listed"):
        list(remote_roots.listed(server.url))


@pytest.mark.process
def test_a_survey_ends_at_once_where_a_server_does_not_answer(tmp_path):
    """It ended when the worker did, minutes after the batch system had asked."""
    ended = threading.Event()
    with serving(lambda *_: ended.wait(60)) as server:
        command = archive.command(f"{server.url}a.zip", "--out", tmp_path / "out", "--jobs", "1")
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert server.asked.wait(60)
            process.send_signal(signal.SIGTERM)
            try:
                _, told = process.communicate(timeout=20)
            finally:
                process.kill()
                ended.set()
    assert process.returncode == 130
    assert "--resume" in told
