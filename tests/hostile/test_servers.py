"""Web servers that do harm: a survey asks for parts of files, and keeps no more than these."""

import io
import logging
import re
import signal
import subprocess
import threading
import time
import tracemalloc
import zlib
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import pytest

from fw_gear_viewer_check.checker.options import UsageError
from fw_gear_viewer_check.dicom.reader import File, read_file
from fw_gear_viewer_check.survey import remote, remote_roots, roots
from fw_gear_viewer_check.survey.inputs import NOT_THERE, Input, LeftOut, SourceFile
from fw_gear_viewer_check.survey.urls import StoreError
from tests import loopback, make, pack
from tests.survey import archive
from tests.survey.test_survey import run

pytestmark = pytest.mark.long

ENDLESS = 512
"""Times 64 KiB that a server sends which would go on for ever: 32 MiB."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    url = ""
    sent = size = 0

    def __init__(self, *given):
        super().__init__(*given)
        self.asked = threading.Event()


def size_of_zip(handler):
    handler.begin(200, handler.server.size, ETag="\xe9")


@contextmanager
def serving(answer, head=size_of_zip):
    """Serve every path with ``answer(handler, first, last)``, and ``head(handler)`` for HEAD."""
    content = pack.zip_bytes(pack.members(make.ct(5)))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *said):
            """Keep the output of the tests clean."""

        def do_HEAD(self):
            head(self)

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
    packer = zlib.compressobj(wbits=31)  # gzip
    parts = [packer.compress(bytes(1 << 20)) for _ in range(64)]
    bomb = b"".join(parts) + packer.flush()
    kind = {"Content_Range": f"bytes {first}-{last}/*", "Content_Encoding": "gzip"}
    handler.begin(206, len(bomb), **kind)
    handler.wfile.write(bomb)


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


def pages(page, deepest=99):
    """Answer every folder with the same links."""

    def answer(handler, *_):
        found = page if handler.path.count("/") < deepest else b""
        handler.begin(200, len(found), Content_Type="text/html")
        handler.wfile.write(found)

    return answer


LONG = b'<a href="x' + b" " * 100_000 + b'y">' + b'<a href="' + b"x " * 1000 + b'">'


NEVER = [b"<a" + b" " * 100_000, b"<a " * 100_000, b'<a href="' * 100_000, LONG]


@pytest.mark.parametrize("page", NEVER)
def test_a_page_whose_links_take_for_ever_to_find(page):
    """The search of fsspec is cubic in blanks, and no signal ends it."""
    with serving(pages(page + b'><A class="x" HREF="a.zip?C=1&amp;b">')) as server:
        started = time.process_time()
        found = list(remote_roots.listed(server.url))
        assert time.process_time() - started < 5
    assert "a.zip" in {one.name.rpartition("/")[2].partition("?")[0] for one in found}


def test_a_page_of_short_links_below_a_long_name(monkeypatch):
    """Each became a URL of kilobytes: one page of 8 MiB took gigabytes."""
    long = b'<a href="' + b"a" * 1900 + b'/">'
    page = b"".join(b'<a href="%06d/">' % n for n in range(30_000))

    def answer(handler, *_):
        found = page if b"a" * 1900 in handler.path.encode() else long
        handler.begin(200, len(found), Content_Type="text/html")
        handler.wfile.write(found)

    with serving(answer) as server:
        monkeypatch.setattr(remote_roots, "MAX_WAITING", 50_000_000)
        with pytest.raises(StoreError, match="its folders have more than 47 MiB"):
            list(remote_roots.listed(server.url))
        monkeypatch.setattr(remote, "MOST_LINKS", 20_000)
        (told,) = remote_roots.listed(server.url)
        assert told.reason == "cannot be listed (its page has more than 20,000 links)"
    with serving(pages(long)) as server:
        (told,) = remote_roots.listed(server.url)
    assert told.reason == "its URL is too long"


@pytest.mark.parametrize("name", ["*_*_*_*_*.zip", "*_*_*_*_*x/y", "*[_]*[_]*[_]*[_]*.zip"])
def test_a_link_that_hardly_matches_a_pattern(name):
    """It kept the search busy for ten minutes, and no signal ended it."""
    links = b'<a href="' + b"_" * 1900 + b'"><a href="' + b"_" * 1900 + b'/">'
    with serving(pages(links)) as web:
        started = time.process_time()
        with pytest.raises(StoreError, match="there is nothing at"):
            list(remote_roots.listed(f"{web.url}{name}"))
        assert time.process_time() - started < 5


def test_a_pattern_longer_than_names_are():
    """Each of its brackets was looked for to the end."""
    started = time.process_time()
    with pytest.raises(StoreError, match="a name with wildcards has more than 512 characters"):
        list(remote_roots.listed(f"memory://archive/{'[' * 32_000}"))
    assert time.process_time() - started < 1


@pytest.mark.parametrize("link", ["./", "../../", "x/../", "%2e/", "..%2f", "x/./y.zip", "?q/"])
def test_a_link_to_the_folder_itself_or_out_of_it(link):
    """Each came back with all files of the folder, until the server refused the URL."""
    page = f'<a href="{link}">here</a> <a href="a.zip">x</a>'.encode()
    with serving(pages(page)) as server:
        found = list(remote_roots.listed(f"{server.url}data/"))
    (told,) = [one for one in found if isinstance(one, LeftOut)]
    assert told.reason == "a link out of its folder"
    assert [one.base for one in found if isinstance(one, SourceFile)] == ["a.zip"]


@pytest.mark.parametrize("link", ["x{}/", "{}.zip"])
def test_a_server_that_leaves_its_links_without_an_answer(link, monkeypatch):
    """Each took two minutes, one after the other: a page of 50,000 would have taken weeks."""
    asked, over = [], threading.Event()

    def first_only(handler, *_):
        if handler.path != "/":
            asked.append(handler.path)
            over.wait(10)
        page = "".join(f'<a href="{link.format(n)}">' for n in range(9)).encode()
        handler.begin(200, len(page), Content_Type="text/html")
        handler.wfile.write(page)

    monkeypatch.setattr(remote, "_TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    with serving(first_only, head=first_only) as server:
        found = list(remote_roots.listed(server.url))
        over.set()
    assert len(set(asked)) == remote.MOST_TIMEOUTS
    assert len(found) == 9
    told = {getattr(one, "reason", None) or one.size for one in found}
    assert told in (
        {NOT_THERE},
        {
            "cannot be listed (FSTimeoutError)",
            "cannot be listed (the store left 3 questions without an answer)",
        },
    )


@pytest.mark.long
def test_folders_in_folders_without_end(monkeypatch):
    with serving(pages(b'<a href="x/">')) as server:
        (told,) = remote_roots.listed(server.url)
        assert (told.name.count("/x"), told.reason) == (65, "in too many folders")
        monkeypatch.setattr(remote_roots, "MOST_FOLDERS", 10)
        with pytest.raises(StoreError, match="more than 10 folders"):
            list(remote_roots.listed(server.url))
        with pytest.raises(StoreError, match="is not for web servers"):
            list(remote_roots.listed(f"{server.url}**"))


def test_a_stamp_that_is_no_text(tmp_path):
    """A header is bytes; the data base refused them."""

    def tagged(handler, *_):
        handler.begin(200, 0, ETag="\xe9" * 100, Content_Type="text/html")

    with serving(tagged) as server:
        run(f"{server.url}a.dcm", tmp_path / "out")
        (file,) = remote_roots.listed(f"{server.url}a.dcm")
    assert isinstance(file, SourceFile)
    assert len(file.stamp) == 32


@pytest.mark.parametrize("size", ["-1", "-7"])
def test_a_size_below_zero(size):
    """-1 stood for a file that is not there, and less took the time from others."""

    def negative(handler):
        handler.begin(200, None, Content_Range=f"bytes 0-0/{size}")

    with serving(None, head=negative) as server:
        (found,) = remote_roots.listed(f"{server.url}x.zip")
    assert found == LeftOut(f"{server.url}x.zip", "the store does not tell its size")


def test_letters_of_four_bytes_take_no_more_memory_than_others():
    """One of them in a URL made each of its 2,000 characters as long."""
    page = "".join(f'<a href="\N{GRINNING FACE}{n}.zip#">' for n in range(300)).encode()
    with serving(pages(page)) as server:
        found = list(remote_roots.listed(f"{server.url}{'d' * 100}/"))
    assert len(found) == 300
    assert all(one.location.isascii() for one in found)


def test_a_server_that_lists_and_does_not_deliver(monkeypatch):
    """Each file took two minutes, one after the other."""
    asked, over = [], threading.Event()

    def waiting(handler, *_):
        asked.append(handler.path)
        over.wait(10)

    monkeypatch.setattr(remote, "_TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    with serving(waiting) as server:
        for n in range(6):
            with pytest.raises(StoreError), remote.opened(f"{server.url}{n}.zip", 1000) as file:
                file.read(1)
        over.set()
    assert len(set(asked)) == remote.MOST_TIMEOUTS


def test_a_list_of_files_of_a_server_that_does_not_answer(tmp_path, monkeypatch):
    """Each line took four minutes, before anything was checked."""
    asked, over = [], threading.Event()

    def waiting(handler, *_):
        asked.append(handler.path)
        over.wait(10)

    monkeypatch.setattr(remote, "_TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    with serving(waiting, head=waiting) as server:
        lines = "".join(f"{server.url}{n}.zip\n" for n in range(9))
        (tmp_path / "list").write_text(lines)
        found = list(roots.listed([f"@{tmp_path / 'list'}"], tmp_path / "out"))
        over.set()
    assert [one.size for one in found] == [NOT_THERE] * 9
    assert len(set(asked)) == remote.MOST_TIMEOUTS


def test_an_answer_does_not_make_up_for_all_that_were_none():
    """Two links without an answer, then a third with one, and so on: hours for a page."""
    patience, asked = remote.Patience(), []

    def question(n):
        asked.append(n)
        if n % 3 < 2:
            raise TimeoutError

    for n in range(30):
        with suppress(TimeoutError, StoreError):
            patience.ask(question, n)
    assert asked == [0, 1, 2, 3, 4]


def test_an_answer_that_comes_byte_by_byte_is_waited_for_so_long():
    """A bucket that sent a byte each three seconds kept a survey for hours."""
    patience, over = remote.Patience(), threading.Event()
    for _ in range(remote.MOST_TIMEOUTS):
        with pytest.raises(TimeoutError):
            patience.ask(over.wait, seconds=0.05)
    over.set()
    with pytest.raises(StoreError, match="without an answer"):
        patience.ask(over.wait)


def test_links_are_those_that_a_page_spells_in_html():
    with serving(pages(b'<a href="a&amp;b.zip">x</a><a href="c&#39;&quot;d.zip">x</a>')) as server:
        found = list(remote_roots.listed(f"{server.url}data/"))
    assert [one.base for one in found] == ["a&b.zip", "c%27%22d.zip"]


def test_cookies_of_a_server_are_no_lines_of_the_log(caplog):
    """One for each answer, with 8 KB of the server's text."""

    def baking(handler):
        handler.begin(200, 100, Set_Cookie='"PATIENT^NAME xxx"=1')

    with serving(endless_range, baking) as server:
        list(remote_roots.listed(f"{server.url}a.dcm"))
    assert caplog.messages == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "sftp://127.0.0.1/x"])
def test_stores_whose_lists_have_no_bounds_are_not_read(url, tmp_path):
    with pytest.raises(UsageError, match="in a store by one URL"):
        list(roots.listed([url], tmp_path / "out"))


@pytest.mark.parametrize("url", ["http://[x", "https://["])
def test_a_url_of_which_fsspec_makes_no_store(url, tmp_path):
    with pytest.raises(UsageError, match="cannot be "):
        list(roots.listed([url], tmp_path / "out"))
    (tmp_path / "list").write_text(f"{url}\n")
    (found,) = roots.listed([f"@{tmp_path}/list"], tmp_path / "out")
    assert isinstance(found, SourceFile)
    with pytest.raises(StoreError, match="no such file, or no answer"):
        Input(found.name, (found,)).read()


def test_a_store_that_fails_within_a_zip_is_no_fault_of_a_member(tmp_path):
    """The series was judged without its images, and never read again."""
    path = pack.zip_file(tmp_path, make.ct(3), "series.zip")

    class Failing(io.BytesIO):
        def read(self, size=-1, /):
            if self.tell() > 2000 and size > 100:
                message = "ClientResponseError 503"
                raise StoreError(message)
            return super().read(size)

    content = path.read_bytes()
    with pytest.raises(StoreError):
        read_file(File(path.name, len(content), lambda: Failing(content)))


def test_secrets_of_a_url_are_not_in_the_journal(tmp_path, caplog):
    with serving(pages(b'<a href="a.dcm?sig=geheim"><a href="b/">', deepest=2)) as server:
        url = server.url.replace("://", "://joe:geheim@")
        caplog.set_level(logging.DEBUG, "fw_gear_viewer_check")
        run(url, tmp_path / "out")
    journal = (tmp_path / "out" / "journal" / "survey.jsonl").read_text()
    assert '"key":"http://127.0.0.1' in journal
    assert "geheim" not in journal + caplog.text


@pytest.mark.process
def test_debugging_does_not_make_libraries_talk(tmp_path):
    with serving(pages(b'<a href="a.dcm?sig=geheim">', deepest=2)) as server:
        url = server.url.replace("://", "://joe:geheim@")
        command = archive.command(url, "--out", tmp_path / "out", "--jobs", "1")
        command.insert(command.index("survey"), "--debug")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "geheim" not in done.stderr


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
