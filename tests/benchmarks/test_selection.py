"""The benchmark of the selection: both ways give the same events, and it ends with its figures."""

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_the_quick_benchmark_ends_with_one_object_of_figures(tmp_path):
    command = [sys.executable, BENCHMARKS / "selection.py", "--quick"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["events"] == 20_000 and 2_000 < figures["selected"] < 10_000
    assert figures["ratio"] == figures["seconds_expressions"] / figures["seconds_hand"]
