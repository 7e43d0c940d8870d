import signal

import pytest


@pytest.fixture(autouse=True)
def signals():
    """Put back what the gear does with signals."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
