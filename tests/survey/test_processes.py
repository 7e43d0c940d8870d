"""A survey with real processes: killed, interrupted, on a cluster, as an array of jobs."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.survey import start_dask
from fw_gear_viewer_check.system.scratch import PREFIX, SEMAPHORES
from tests.survey import archive

EXAMPLES = Path(__file__).parents[2] / "examples" / "survey"
COUNT = 40

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc"),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return archive.many(tmp_path_factory.mktemp("zips"), COUNT, images=8)


@pytest.fixture(scope="module")
def expected(root, tmp_path_factory):
    out = tmp_path_factory.mktemp("undisturbed")
    archive.surveyed(root, "--out", out)
    return archive.outputs(out)


@pytest.fixture
def scratch():
    """Return a temporary folder whose path is short, as that of a socket has to be."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def begun(root, tmp_path, scratch):
    """Start a survey; return it when it has judged some of the inputs."""
    with ExitStack() as ended:

        def begin(*options):
            process = subprocess.Popen(
                archive.command(root, "--out", tmp_path / "out", *options),
                env={**os.environ, "TMPDIR": str(scratch)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            ended.enter_context(process)
            ended.callback(process.kill)
            journal = tmp_path / "out" / "journal" / "survey.jsonl"
            while not (journal.exists() and journal.read_bytes().count(b"\n") >= 3):
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.001)
            return process

        yield begin


def keys(out):
    lines = (out / "journal" / "survey.jsonl").read_text().splitlines()
    return [record["key"] for record in map(json.loads, lines) if "key" in record]


def test_kill_9_of_the_survey_loses_nothing(root, tmp_path, scratch, begun, expected):
    process = begun("--jobs", "2")
    workers = archive.descendants(process.pid)
    process.kill()
    process.wait()
    out = tmp_path / "out"
    assert not (out / "series.csv").exists()
    archive.surveyed(root, "--out", out, "--resume")
    assert archive.outputs(out) == expected
    assert sorted(keys(out)) == sorted(f"{root}/{n:03}.dicom.zip" for n in range(COUNT))
    assert len(workers) >= 2
    _wait_for_the_end_of(workers)
    assert not [path for path in scratch.rglob("*") if path.is_file()]


def test_kill_9_of_all_processes_leaves_nothing_to_the_next_run(tmp_path, scratch, begun, expected):
    """No process is left to clean up: sockets stayed in the temporary folder, and semaphores."""
    mine = scratch / f"{PREFIX}mine"
    mine.mkdir()
    (mine / "notes.txt").touch()
    own = {mine.name}

    def begin(*options):
        """Start a survey; return it when the folder that its semaphores are named after is there.

        Other surveys on this machine have semaphores of their own.
        """
        process = begun("--resume", *options)
        while not (new := {path.name for path in scratch.glob(f"{PREFIX}*")} - own):
            assert process.poll() is None
            time.sleep(0.001)
        own.update(new)
        return process

    for _ in range(2):
        os.killpg(begin("--jobs", "2").pid, signal.SIGKILL)
    process = begin()
    assert process.wait(60) == 0
    assert archive.outputs(tmp_path / "out") == expected
    assert set(scratch.rglob("*")) == {mine, mine / "notes.txt"}
    assert len(own) == 4
    assert not [path for name in own for path in SEMAPHORES.glob(f"sem.{name}-*")]


def _wait_for_the_end_of(processes):
    """Workers see that their survey is gone, and end."""
    deadline = time.monotonic() + 20
    while [pid for pid in processes if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_kill_9_of_a_worker_loses_nothing(tmp_path, begun, expected):
    process = begun("--jobs", "1")
    # The fork server and its resource tracker are older than the worker.
    os.kill(max(archive.descendants(process.pid)), signal.SIGKILL)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    assert archive.outputs(tmp_path / "out") == expected


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_survey_says_how_to_go_on(root, tmp_path, begun, expected, number):
    process = begun("--jobs", "1")
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in error
    assert "Traceback" not in error
    archive.surveyed(root, "--out", tmp_path / "out", "--resume")
    assert archive.outputs(tmp_path / "out") == expected


def test_ctrl_c_for_all_processes_is_one_line(root, tmp_path, scratch):
    """Workers and their server had Python's own answer at first, a traceback each."""
    for number in range(4):
        process = subprocess.Popen(
            archive.command(root, "--out", tmp_path / f"{number}", "--jobs", "2"),
            env={**os.environ, "TMPDIR": str(scratch)},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        while len(archive.descendants(process.pid)) < 2 + number // 2:
            assert process.poll() is None
            time.sleep(0.001)
        os.killpg(process.pid, signal.SIGINT)
        _, error = process.communicate(timeout=60)
        assert process.returncode in {130, -signal.SIGINT}, error
        assert len(error.strip().splitlines()) <= 1, error


def test_a_full_disk_is_a_line_that_says_how_to_go_on(root, tmp_path, scratch, expected):
    resource = pytest.importorskip("resource")  # a limit on the size of files stands for the disk
    done = archive.survey(
        *(root, "--out", tmp_path / "out", "--jobs", "1"),
        env={**os.environ, "TMPDIR": str(scratch)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"viewer-check: {tmp_path}/out: ")
    assert done.stderr.endswith("Continue with the same command and --resume\n")
    assert done.stderr.count("\n") == 1
    archive.surveyed(root, "--out", tmp_path / "out", "--resume")
    assert archive.outputs(tmp_path / "out") == expected


def test_modules_among_the_inputs_are_not_run(tmp_path):
    """Python starts the servers of worker processes with the current folder in its path."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.zip").touch()
    for name in ("struct", "pickle", "socket", "selectors"):
        (tmp_path / "data" / f"{name}.py").write_text("open(__file__ + '.run', 'w')")
    start = tmp_path / "start.py"  # as the command, which has not the current folder in its path
    start.write_text(
        "from fw_gear_viewer_check.__main__ import main\nif __name__ == '__main__':\n    main()\n"
    )
    done = subprocess.run(
        [sys.executable, start, "survey", ".", "--out", "../out", "--jobs", "1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path / "data",
    )
    assert not list(tmp_path.glob("data/*.run"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_temporary_folder_with_a_long_path_is_wrong_usage(root, tmp_path):
    """Sockets have short paths: it was "output: None"."""
    long = tmp_path / ("x" * 100)
    long.mkdir()
    done = archive.survey(root, "--out", tmp_path / "out", env={**os.environ, "TMPDIR": str(long)})
    assert done.returncode == 2
    assert "set TMPDIR to a short path" in done.stderr


def test_an_output_that_is_a_file_is_wrong_usage(root, tmp_path):
    (tmp_path / "out").touch()
    done = archive.survey(root, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr == f"viewer-check: {tmp_path}/out: File exists\n"


def test_two_surveys_do_not_write_to_one_folder(root, tmp_path, begun):
    begun("--jobs", "1").send_signal(signal.SIGSTOP)
    done = archive.survey(root, "--out", tmp_path / "out", "--resume")
    assert done.returncode == 2
    assert "another survey is writing to" in done.stderr


def test_a_dask_cluster_gives_the_same_bytes_and_outlives_a_worker(root, tmp_path, expected):
    with ExitStack() as cluster:
        address = start_dask(cluster)
        archive.surveyed(root, "--out", tmp_path / "out", "--dask", address)
        assert archive.outputs(tmp_path / "out") == expected
        worker = _a_dask_worker(address)
        process = subprocess.Popen(
            archive.command(root, "--out", tmp_path / "two", "--dask", address)
        )
        cluster.callback(process.wait)
        cluster.callback(process.kill)
        journal = tmp_path / "two" / "journal" / "survey.jsonl"
        while not (journal.exists() and journal.stat().st_size):
            assert process.poll() is None
            time.sleep(0.001)
        os.kill(worker, signal.SIGKILL)
        assert process.wait(timeout=60) == 0
    assert archive.outputs(tmp_path / "two") == expected


def _a_dask_worker(address):
    """Return the process that works; the one above it, a nanny, starts another when it ends."""
    import distributed  # slow: only where a cluster is started

    with distributed.Client(address) as client:
        return min(client.run(os.getpid).values())


def test_the_slurm_example(root, tmp_path, expected):
    steps = [("judge", "1"), ("judge", "3"), ("finish", "")]  # task 2 was lost
    for step, task in steps:
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "SLURM_ARRAY_TASK_ID": task,
            "SLURM_CPUS_PER_TASK": "1",
            "SHARES": "3",
        }
        done = subprocess.run(
            ["/bin/bash", str(EXAMPLES / "slurm.sh"), step, str(root), str(tmp_path / "out")],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        if step == "judge":
            assert "this part is complete" in done.stdout
    assert archive.outputs(tmp_path / "out") == expected


def test_the_dask_example(root, tmp_path, expected):
    """Also in a folder that holds what is called like a module: it was run."""
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "socket.py").write_text("open('RAN', 'w')")
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "dask_cluster.py"), str(root), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=beside,
    )
    assert done.returncode == 0, done.stderr
    assert archive.outputs(tmp_path / "out") == expected
    assert [path.name for path in beside.iterdir()] == ["socket.py"]


def test_the_dask_example_ends_by_ctrl_c_without_a_traceback(root, tmp_path):
    """Its workers, and the cluster, each had one."""
    out = tmp_path / "out"
    command = [sys.executable, str(EXAMPLES / "dask_cluster.py"), str(root), str(out)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as started:
        until = time.monotonic() + 100
        while not out.exists() and time.monotonic() < until:
            time.sleep(0.05)
        os.killpg(started.pid, signal.SIGINT)
        _, told = started.communicate(timeout=100)
    assert started.returncode == 130
    assert "viewer-check: interrupted" in told
    assert "Traceback" not in told


def test_the_dask_example_tells_how_it_is_called():
    """It was a traceback."""
    command = [sys.executable, str(EXAMPLES / "dask_cluster.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr[:7], done.stderr.count("\n")) == (1, "usage: ", 1)


def test_the_benchmark_removes_nothing_that_was_there(tmp_path):
    for name in ("out", "out-1", "out-2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").touch()
    command = [sys.executable, "-m", "benchmarks.survey", str(tmp_path)]
    done = subprocess.run(
        [*command, "--count", "1", "--repeats", "1"],
        cwd=EXAMPLES.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "equal for 2 jobs, 1 job" in done.stdout
    assert len(list(tmp_path.rglob("thesis.txt"))) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out-1", "out-2", "zips"]


def test_a_wrong_part_is_wrong_usage(root, tmp_path):
    done = archive.survey(root, "--out", tmp_path, "--part", "4/3")
    assert (done.returncode, done.stdout) == (2, "")
    assert "K/N" in done.stderr
