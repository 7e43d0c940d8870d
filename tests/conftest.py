"""Settings of the tests: the same examples in every run, on machines of any speed."""

from hypothesis import settings

settings.register_profile("same everywhere", derandomize=True, deadline=None)
settings.load_profile("same everywhere")
