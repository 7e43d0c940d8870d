"""The scratch data base: what does not fit into its memory goes to a file without a name."""

import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from fw_gear_viewer_check.survey import index
from fw_gear_viewer_check.survey.index import Index
from fw_gear_viewer_check.survey.inputs import Input, SourceFile


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_it_leaves_nothing_when_the_process_is_killed(monkeypatch, tmp_path):
    """kill -9 left a folder with the data base in the temporary folder."""
    monkeypatch.setattr(index, "CACHE_KIB", 64)
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with closing(Index()) as inputs:
        for number in range(5_000):
            file = SourceFile(f"/archive/{number:05}.zip", 1, "stamp")
            inputs.add_input(Input(file.name, (file,)), "settings")
        targets = [str(link.resolve()) for link in Path("/proc/self/fd").iterdir()]
        assert [target for target in targets if "etilqs" in target]
        assert not list(tmp_path.iterdir())
        assert inputs.count_inputs() == 5_000
