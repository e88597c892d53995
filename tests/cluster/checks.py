"""What a user relies on when the jobs run on a batch system: same results, retries, and nothing lost or left behind.

The test modules beside this one take all of it, one for each scheduler, so that the two run at the same time.
"""

import json
import os
import signal
import subprocess
import sys

import pytest
from cluster.pools import HERE, ROOT, until
from filelock import FileLock

SUMMARY = "results/tiny/summary.json"
pytestmark = pytest.mark.timeout(900)


def numbers(path):
    """The summary without the digests of settings, which know how the work was cut into jobs."""
    summary = json.loads(path.read_text(encoding="utf-8"))
    assert summary.pop("config_digest") and summary["provenance"].pop("params_digest")
    return summary


def test_jobs_are_spread_and_gathered_and_one_that_needs_more_memory_gets_it(run):
    output = run()
    assert (run.folder / "merged.txt").read_text(encoding="utf-8").split() == ["0", "1", "2"]
    assert int((run.folder / "memory.txt").read_text(encoding="utf-8")) == 1000, (
        "the second attempt asks for twice as much"
    )
    assert run.pool.out_of_memory in output
    assert (run.folder / "scratch.txt").read_text(encoding="utf-8").split()[0] == str(run.scratch), (
        "the site file chooses the scratch"
    )
    assert "Nothing to be done" in run("--dry-run")
    assert until(lambda: not run.pool.queue(), 120), f"a job that failed is still there: {run.pool.queue()}"


def test_a_failing_job_shows_its_sentence_and_its_batch_log_is_found(run):
    output = run("fail/0.txt", "--retries", "0", expect=1)
    assert "this job was asked to fail" in output
    log = run.folder / run.pool.batch_log(output)
    assert "this job was asked to fail" in log.read_text(encoding="utf-8")


def test_a_node_that_dies_loses_nothing(run):
    process = run.start("wait/0.txt")
    assert until((run.folder / "started/0").exists, 200)
    run.pool.kill_node()
    run.finish(process)
    run.pool.mend()
    assert (run.folder / "wait/0.txt").read_text(encoding="utf-8")
    assert len((run.folder / "started/0").read_text(encoding="utf-8").split()) == 2, "the job ran twice, Snakemake once"


def test_an_interrupted_run_leaves_no_job_behind_and_goes_on_where_it_was(run):
    process = run.start("waited.txt", "--config", "seconds=100")
    kept = run.folder / "write/0.txt"
    (log,) = until(lambda: list(run.folder.glob(".snakemake/log/*.log")), 60)
    assert until(lambda: kept.exists() and "(Rule: write)" in log.read_text(encoding="utf-8"), 200)
    assert until(lambda: len(list(run.folder.glob("started/*"))) == 2, 200)
    while process.poll() is None:  # Snakemake can miss one between two jobs; a user presses Ctrl-C again
        os.killpg(process.pid, signal.SIGINT)
        until(lambda: process.poll() is not None, 5)
    assert until(lambda: not run.pool.queue(), 120), f"a cancelled job is still there: {run.pool.queue()}"
    made = kept.stat().st_mtime_ns
    run("waited.txt")
    assert (run.folder / "waited.txt").exists() and kept.stat().st_mtime_ns == made


def test_a_killed_controller_is_followed_by_another(run):
    """`kill -9` leaves jobs in the queue and a lock; the next run finishes what they leave."""
    process = run.start("waited.txt")
    assert until(lambda: len(list(run.folder.glob("started/*"))) == 2, 200)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert until(lambda: not run.pool.queue(), 200), f"a job without its controller does not end: {run.pool.queue()}"
    run("waited.txt")
    assert len((run.folder / "waited.txt").read_text(encoding="utf-8").splitlines()) == 3


@pytest.fixture(scope="session")
def reference(tmp_path_factory):
    """Numbers of the tiny study, run once on this machine without a scheduler."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder  # both schedulers share it
    profile = ["--workflow-profile", ROOT / "profiles/default", "--cores", "2", "--configfile", HERE / "tiny.yaml"]
    command = ["-m", "snakemake", SUMMARY, "--snakefile", ROOT / "Snakefile", "--directory", folder, *profile]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    with FileLock(folder / "reference.lock"):
        if not (folder / SUMMARY).exists():
            done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, encoding="utf-8")
            assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return numbers(folder / SUMMARY)


def test_the_study_gives_the_same_summary_as_here_with_jobs_of_another_size_and_no_home(run, reference, monkeypatch):
    monkeypatch.setenv("HOME", "/proc/nowhere")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    study = run.folder / "study.yaml"
    text = (HERE / "tiny.yaml").read_text(encoding="utf-8").replace("models_per_job: 4", "models_per_job: 1")
    study.write_text(text + "granularity: {events_per_job: 1600, files_per_job: 2}\n", encoding="utf-8")
    run(SUMMARY, "--configfile", study, snakefile=ROOT / "Snakefile")
    assert numbers(run.folder / SUMMARY) == reference
