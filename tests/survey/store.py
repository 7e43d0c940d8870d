"""A web server on this machine that serves ranges of files, and counts what it sends."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from urllib.parse import quote, unquote

from tests import loopback


class Server(ThreadingHTTPServer):
    request_queue_size = 256  # a batch of ranges is asked for at once
    daemon_threads = True
    url = ""
    sent = 0

    def __init__(self, *given):
        super().__init__(*given)
        self.counting = threading.Lock()


@contextmanager
def serving(folder, *, ranges=True, gone=MappingProxyType({}), other=0):
    """Serve a folder; yield the server, with ``url`` and ``sent`` (bytes).

    ``gone`` are names that every folder lists, with the status that their server answers. Parts of
    files are sent from so many ``other`` bytes before, as their server says.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *said):
            """Keep the output of the tests clean."""

        def do_HEAD(self):
            self.answer(with_body=False)

        def do_GET(self):
            self.answer(with_body=True)

        def answer(self, *, with_body):
            path = folder / unquote(self.path.partition("?")[0].lstrip("/"))
            content = self.listing(path) if path.is_dir() else None
            if path.name in gone or (content is None and not path.is_file()):
                self.send_error(gone.get(path.name, 404))
                return
            wanted = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            size = path.stat().st_size if content is None else len(content)
            start, end = 0, size - 1
            if wanted and ranges:
                start, end = int(wanted[1]), min(int(wanted[2] or size - 1), size - 1)
                shift = min(other, start)
                start, end = start - shift, end - shift
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{end}/{size}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(end + 1 - start))
            self.send_header("Content-Type", "text/html" if path.is_dir() else "application/zip")
            self.send_header("ETag", '"1"')
            self.end_headers()
            if with_body:
                if content is None:
                    with path.open("rb") as file:
                        file.seek(start)
                        content = file.read(end + 1 - start)
                with server.counting:
                    server.sent += len(content)
                self.wfile.write(content)

        def listing(self, path):
            names = sorted([*(p.name + "/" * p.is_dir() for p in path.iterdir()), *gone])
            links = [f'<a href="{quote(name)}">x</a>' for name in names]
            return "\n".join(links).encode()

    server = Server(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{server.server_port}"
    with loopback.running(server):
        yield server
