"""Run Snakemake as a user does, for the tests of the workflow."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def command(*options, root=ROOT):
    return [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile"), "--cores", "2",
            "--workflow-profile", str(root / "profiles/default"), *map(str, options)]  # fmt: skip


def snakemake(*options, cwd=ROOT, root=ROOT, expect=0):
    """Run Snakemake and return its output; a wrong exit code fails the test with the end of that output."""
    done = subprocess.run(command(*options, root=root), cwd=cwd, env=ENVIRONMENT, capture_output=True, encoding="utf-8")
    output = done.stdout + done.stderr
    assert (done.returncode == 0) == (expect == 0), output[-6000:]
    return output


def products(folder):
    """Digest of each file that a run made, logs and benchmarks apart, and the times in the report."""
    files = [p for p in (folder / "results").rglob("*") if p.is_file() and not {"logs", "benchmarks"} & set(p.parts)]
    return {str(p.relative_to(folder)): hashlib.sha256(_timeless(p)).hexdigest() for p in sorted(files)}


def _timeless(path):
    """The bytes of a file; the report without the table of how long each rule took."""
    content = path.read_bytes()
    if path.name != "report.html":
        return content
    without, tables = re.subn(rb'<details id="timings">.*?</details>', b"", content, flags=re.DOTALL)
    assert tables == 1
    return without
