"""The scheduler of Snakemake looks as often after many jobs as after one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from unsculpt.front.run import SNAKEMAKE

ROOT = Path(__file__).parents[3]
WORKFLOW = """
import threading

most = [0]

def timers(wildcards):
    most[0] = max(most[0], sum(isinstance(thread, threading.Timer) for thread in threading.enumerate()))
    return most[0]

rule all:
    input: expand("{i}.txt", i=range(30))

rule one:
    output: "{i}.txt"
    params: timers=timers
    shell: "sleep 0.1; touch {output}"

onsuccess:
    print("timers:", most[0])
"""


@pytest.mark.parametrize("options", [["--cores", "1"], ["--cores", "8", "--max-jobs-per-timespan", "10/1s"]])
def test_finished_jobs_leave_no_timers_and_waiting_ones_are_not_forgotten(options, tmp_path):
    (tmp_path / "Snakefile").write_text(WORKFLOW, encoding="utf-8")
    command = [sys.executable, "-c", SNAKEMAKE, "--scheduler", "greedy", *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    about = {"capture_output": True, "encoding": "utf-8", "timeout": 300}
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False, **about)
    assert done.returncode == 0 and len(list(tmp_path.glob("*.txt"))) == 30, done.stderr
    assert int(re.search(r"timers: (\d+)", done.stdout)[1]) <= 2
