"""What the surroundings say to libraries, and not to us."""

from __future__ import annotations

import os


def forget_tqdm() -> None:
    """Forget settings of tqdm: its import fails where one is wrong, and pydicom imports it too."""
    for name in [name for name in os.environ if name.startswith("TQDM_")]:
        del os.environ[name]
