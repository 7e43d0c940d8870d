"""Servers on the loopback address, for as long as a test needs them."""

import threading
from contextlib import contextmanager


@contextmanager
def running(server):
    """Let a server answer until the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
