"""How the workflow scales to a farm: `python benchmarks/scale.py [--quick] [--pool slurm --jobs 1000]`.

Plans (dry run) a study of 10,000 jobs and, for comparison, as many jobs of a bare workflow of one rule, which is what
Snakemake itself takes; counts the files that the study would put into each folder. With `--pool` it also runs jobs
that do nothing on a scheduler that answers on this host (see tests/cluster/), and gives what one costs above its
work. The last line is one JSON object.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SNAKEMAKE = [sys.executable, "-m", "snakemake"]
ENVIRONMENT = os.environ | {"PYTHONWARNINGS": "ignore::UserWarning:htcondor2"}

STUDY = """
base: config/config.yaml
study: scale
samples:
  tth: {{simulate: {{chunks: {chunks}}}}}
  ttyy: {{simulate: {{process: ttyy_dps, chunks: {chunks}}}}}
  ntni: {{simulate: {{chunks: {chunks}}}}}
  ggh: {{role: signal, simulate: {{process: ggh, chunks: {chunks}}}}}
  yy: {{role: background, simulate: {{process: yy, chunks: {chunks}}}}}
  data: {{pseudodata: {{background: ntni}}}}
backgrounds: {{ttyy: [ttyy], ntni: [ntni], yy: [yy]}}
methods:
  nn: {{objective: none, strengths: [0]}}
  ann: {{objective: adversarial, strengths: [1, 2, 3, 5, 8, 10, 20, 30, 50, 80]}}
training: {{models_per_job: 3}}
"""
BARE = """
rule all:
    input:
        expand("{{i}}.txt", i=range({jobs})),

rule touch:
    output:
        "{{i}}.txt",
    shell:
        "touch {{output}}"
"""


def run(command, folder):
    """Output, processor seconds and peak memory in MB (of the largest child so far) of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, env=ENVIRONMENT, capture_output=True, encoding="utf-8"
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout[-3000:] + done.stderr[-3000:])
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout + done.stderr, seconds, after.ru_maxrss / 1024


def dry_run(options, folder):
    """Jobs, processor seconds and memory of a dry run."""
    output, seconds, memory = run([*SNAKEMAKE, "--dry-run", "--quiet", "rules", "--cores", "1", *options], folder)
    jobs = int(re.findall(r"^total +(\d+)", output, re.MULTILINE)[0])
    return {"jobs": jobs, "plan_cpu_seconds": round(seconds, 2), "plan_memory_mb": round(memory)}


def plan(chunks, folder):
    """Dry run of a study with so many chunks a sample."""
    study = folder / "study.yaml"
    study.write_text(STUDY.format(chunks=chunks), encoding="utf-8")
    profile = ["--workflow-profile", ROOT / "profiles/default", "--snakefile", ROOT / "Snakefile"]
    return dry_run([*profile, "--configfile", study], folder)


def bare_seconds(jobs, folder):
    """Processor seconds of Snakemake for as many jobs of the simplest rule."""
    (folder / "bare.smk").write_text(BARE.format(jobs=jobs), encoding="utf-8")
    return dry_run(["--workflow-profile", "none", "--snakefile", folder / "bare.smk"], folder)["plan_cpu_seconds"]


def largest_folder(folder):
    """The fullest folder of that study and its number of files, logs and benchmarks included."""
    profile = ["--workflow-profile", "none", "--snakefile", ROOT / "Snakefile", "--configfile", folder / "study.yaml"]
    output, *_ = run([*SNAKEMAKE, "--detailed-summary", "--cores", "1", *profile], folder)
    files = set(re.findall(r"results/scale/[^\s,]+", output))
    files |= {path.replace("/logs/", "/benchmarks/") for path in files if "/logs/" in path}
    return Counter(str(Path(path).parent) for path in files).most_common(1)[0]


def on_pool(pool, jobs, folder):
    """Wall and processor seconds a job, of jobs that do nothing; the processor seconds are those of the controller."""
    site = folder / "site.yaml"
    site.write_text(
        "jobs: 1000\nlatency-wait: 5\nmax-jobs-per-timespan: 20/1s\nseconds-between-status-checks: 5\n",
        encoding="utf-8",
    )
    profile = ["--workflow-profile", "none", "--profile", ROOT / "profiles" / pool, "--profile", site]
    start = time.monotonic()
    _, seconds, memory = run(
        [*SNAKEMAKE, "many", "--snakefile", ROOT / "tests/cluster/Snakefile", *profile, "--config", f"jobs={jobs}"],
        folder,
    )
    wall = time.monotonic() - start
    return {
        "pool": pool,
        "pool_jobs": jobs,
        "pool_wall_seconds_per_job": round(wall / jobs, 3),
        "controller_cpu_seconds_per_job": round(seconds / jobs, 3),
        "controller_memory_mb": round(memory),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="leave out the study of a tenth")
    parser.add_argument("--pool", choices=["slurm", "htcondor"], help="run jobs on this scheduler too")
    parser.add_argument("--jobs", type=int, default=1000, help="how many")
    arguments = parser.parse_args()
    figures = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if not arguments.quick:
            figures = {f"small_{key}": value for key, value in plan(100, folder).items()}
        figures |= plan(999, folder)
        figures["bare_cpu_seconds"] = bare_seconds(figures["jobs"], folder)
        name, files = largest_folder(folder)
        print(f"fullest folder: {name} with {files} files")
        figures["most_files_in_a_folder"] = files
        if arguments.pool:
            figures |= on_pool(arguments.pool, arguments.jobs, folder)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
