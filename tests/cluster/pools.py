"""Two real schedulers on this host, behind one interface; started and stopped by the shell scripts beside this file."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from unsculpt.front.request import VARIABLES

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SKIP = 75  # exit code of a script that cannot do its work on this host
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "unsculpt"

# What a user writes into profiles/site.yaml: here, to be quick, and to see whether it arrives.
SITE = """
jobs: 20
latency-wait: 10
seconds-between-status-checks: 1
max-jobs-per-timespan: 20/1s
default-resources:
  tmpdir: {scratch}
"""


class Unavailable(Exception):
    """A sentence that says why a scheduler cannot be had here."""


def script(name, *arguments, needed_for=None, timeout=600):
    """Run a script of this folder; Unavailable when it says SKIP, or fails at something `needed_for` the tests."""
    command = [HERE / name, *map(str, arguments)]
    options = {"capture_output": True, "text": True, "timeout": timeout}
    try:  # in a session of its own: an interruption of the tests must not interrupt their cleaning up
        done = subprocess.run(command, start_new_session=True, **options)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"SKIP: {needed_for or name}: {name} took more than {timeout} s") from error
    output = (done.stdout + done.stderr).strip()
    if done.returncode == SKIP:
        raise Unavailable(done.stdout.strip().splitlines()[-1])
    if done.returncode and needed_for:
        raise Unavailable(
            f"SKIP: {needed_for} cannot be had here, {name} ended with {done.returncode}: {output[-300:]}"
        )
    if done.returncode:
        raise RuntimeError(f"{name} ended with {done.returncode}: {output[-3000:]}")


def clean_up(name, *arguments):
    """Run a script of this folder to its end, even if whoever waits for it is interrupted or killed."""
    command = [HERE / name, *map(str, arguments)]
    subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True).wait(120)


@dataclass
class Slurm:
    """Two nodes, n1 and n2, in the partition main."""

    folder: Path
    name = "slurm"
    site = "slurm-init-seconds-before-status-checks: 1\n"  # and 10 s more after each look in vain
    resources = "  slurm_partition: main\n"
    out_of_memory = "SLURM status is: 'FAILED'"  # OUT_OF_MEMORY needs cgroups
    environment = MappingProxyType({})

    def up(self):
        script("packages.sh")
        script("slurm-up.sh", self.folder, needed_for="SLURM")

    def down(self):
        clean_up("slurm-down.sh", self.folder)

    def queue(self):
        """Numbers and states of the jobs that wait or run."""
        command = ["squeue", "-h", "-t", "pending,running,completing,suspended", "-o", "%i %T"]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.splitlines()

    def kill_node(self):
        """Kill a node on which a job runs; it stays dead until `mend`."""
        nodes = subprocess.run(
            ["squeue", "-h", "-t", "running", "-o", "%N"], capture_output=True, encoding="utf-8", check=True
        )
        self.dead = nodes.stdout.split()[0]
        script("slurm-kill-node.sh", self.folder, self.dead, "down")

    def mend(self):
        subprocess.run(["slurmd", "-N", self.dead], check=True)

    def batch_log(self, output):
        """The path of the batch log in a message of Snakemake."""
        return next(word for word in output.split() if ".snakemake/slurm_logs/rule_fail/" in word).strip("',.()")


@dataclass
class HTCondor:
    """One machine of four cores, in a Debian 13 tree."""

    folder: Path
    name = "htcondor"
    site = ""
    resources = "  classad_JobFlavour: espresso\n"
    out_of_memory = "memory usage exceeded request_memory"

    @property
    def environment(self):
        return {"CONDOR_CONFIG": str(self.folder / "condor_config")}

    def up(self):
        script("packages.sh")
        script("condor-root.sh", CACHE / "debian-13", needed_for="HTCondor")
        tree, folders = CACHE / "debian-13", (self.folder, ROOT, sys.prefix, sys.base_prefix)
        script("condor-up.sh", tree, *folders, needed_for="HTCondor")

    def down(self):
        clean_up("condor-down.sh", self.folder)

    def queue(self):
        """Numbers and states (1 idle, 2 running, 3 removed, 5 held) of the jobs in the queue."""
        command = [self.folder / "condor-box", "condor_q", "-af", "ClusterId", "JobStatus"]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.splitlines()

    def kill_node(self):
        """Kill the machine; its master starts a new one by itself."""
        script("condor-kill-node.sh", self.folder)

    def mend(self):
        pass

    def batch_log(self, output):
        """The path of the batch log, made of the numbers in a message of Snakemake as docs/cluster.md says."""
        job, cluster = output.split("with HTCondor Cluster ID")[-2:]
        job, cluster = job.split()[-1], cluster.split()[0]
        return f".snakemake/htcondor/fail/fail-{job}_{cluster}.err"


POOLS = {"slurm": Slurm, "htcondor": HTCondor}


@dataclass
class Run:
    """A folder in which Snakemake runs on a pool as a user runs it: by the front, with profile and site file."""

    pool: Slurm | HTCondor
    folder: Path

    def __post_init__(self):
        self.processes = []
        self.scratch = self.folder / "scratch"
        self.scratch.mkdir(parents=True)
        site = SITE.format(scratch=self.scratch) + self.pool.resources + self.pool.site
        (self.folder / "site.yaml").write_text(site, encoding="utf-8")

    def command(self, *options, snakefile=HERE / "Snakefile"):
        profile, site = ROOT / "profiles" / self.pool.name, self.folder / "site.yaml"
        profiles = ["--workflow-profile", "none", "--profile", profile, "--profile", site]
        front = [sys.executable, ROOT / "scripts/run_workflow.py", "run"]
        return [str(word) for word in (*front, *options, "--snakefile", snakefile, *profiles)]

    @property
    def environment(self):
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        own = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", *VARIABLES)}
        return own | self.pool.environment | {"PATH": path}

    def start(self, *options, **more):
        """Start Snakemake in the background, in a group of its own; what it says goes to the file `output`."""
        with (self.folder / "output").open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                self.command(*options, **more),
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
            )
        self.processes.append(process)
        return process

    def stop(self):
        """Leave no Snakemake behind when a test ends early."""
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)

    def finish(self, process, *, timeout=600, expect=0):
        """Wait for Snakemake, and give its output."""
        process.wait(timeout)
        output = (self.folder / "output").read_text(encoding="utf-8")
        assert (process.returncode == 0) == (expect == 0), output[-6000:]
        return output

    def __call__(self, *options, expect=0, **more):
        return self.finish(self.start(*options, **more), expect=expect)


def until(condition, seconds):
    """Wait for something, at most so long, and give what it was."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return value
