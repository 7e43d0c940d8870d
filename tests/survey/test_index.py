"""The scratch data base: what does not fit into its memory goes to a file without a name."""

import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fw_gear_viewer_check.survey import index
from fw_gear_viewer_check.survey.index import Index
from fw_gear_viewer_check.survey.inputs import Input, SourceFile
from fw_gear_viewer_check.survey.records import Record


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


def test_an_input_that_fails_when_it_is_compared_still_counts_for_others():
    """How many inputs were under way decided whether others were told that it has their series."""
    with closing(Index()) as inputs:
        records = {}
        for name in ("a.zip", "b.zip"):
            one = Input(name, (SourceFile(name, 1, "stamp"),))
            inputs.add_input(one, "settings")
            found = Record(one.key, name, one.fingerprint("settings"), "", holds=("1.2.3",))
            inputs.add_judged(found, Path("journal"), 0, 1)
            records[name] = found
        failed = replace(records["a.zip"], problem="no answer", holds=())
        compared = inputs.related()
        first, _ = next(compared)
        inputs.add_judged(failed, Path("journal"), 1, 1)
        second, related = next(compared)
        assert (first.name, second.name) == ("a.zip", "b.zip")
        assert [one.name for one in related.doubles["1.2.3"]] == ["a.zip"]
