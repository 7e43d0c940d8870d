"""Fuzz one target with atheris: ``python -m fuzz TARGET FOLDER [option of libFuzzer ...]``.

``FOLDER`` keeps the corpus from run to run; what breaks a promise is written beside it.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["fw_gear_viewer_check", "report"]):
    from fuzz import corpus, surroundings, targets

MEMORY_MIB = 1024
"""What a check may take, whatever the input."""
SECONDS = 20
"""What one small input may take."""


def main() -> None:
    """Write the seeds where there are none, and hand over to libFuzzer; it never returns."""
    name, folder, *options = sys.argv[1:]
    root = Path(folder)
    corpus.write(root / "seeds")
    for target, contents in surroundings.seeds().items():
        for seed, content in contents.items():
            path = root / "seeds" / target / seed
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    words = root / "words.dict"
    words.write_text(corpus.words(), encoding="ascii")
    kept, found = root / "corpus" / name, root / "found"
    for made in (kept, found):
        made.mkdir(parents=True, exist_ok=True)
    arguments = [
        *(sys.argv[0], str(kept), str(root / "seeds" / name), f"-dict={words}"),
        *(f"-artifact_prefix={found}/{name}-", "-print_final_stats=1", "-reload=0"),
        *(f"-rss_limit_mb={MEMORY_MIB}", f"-timeout={SECONDS}", "-max_len=20000", *options),
    ]
    atheris.Setup(arguments, partial(targets.run, name))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
