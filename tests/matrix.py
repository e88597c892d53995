"""The numerical tests as on other processors, with other Pythons, and with the newest releases of all that is used.

`make test-matrix` runs all of it, `python tests/matrix.py WORD ...` what has one of the words in its name. Each line
that is printed is a setting that passed, FAILED, or is a SKIP with its reason. Environments are kept in .matrix/. With
MINUTES=12 what is not finished by then is skipped.
"""

import hashlib
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import processors

ROOT = Path(__file__).parents[1]
WITH_TORCH = [
    *(f"tests/unsculpt/test_{name}.py" for name in ("rounding", "products", "networks", "objectives", "examples")),
    *(f"tests/unsculpt/test_{name}.py" for name in ("training", "models", "export", "alarms", "scores", "weighted")),
]
NUMERICAL = [
    *WITH_TORCH,
    *(f"tests/unsculpt/test_{name}.py" for name in ("shapes", "fits", "likelihood")),
    *(f"tests/unsculpt/{name}" for name in ("decorrelation", "metrics", "fits", "likelihood", "categories")),
]
WITH_OTHER_RELEASES = [*NUMERICAL, "tests/workflow/test_workflow.py::test_each_shipped_study_can_be_planned"]
OLDEST = (3, 11)
GENERATORS = ("pythia8mc", "fastjet")  # not needed by these tests, and built from source for a new Python: half an hour
CORES = os.environ.get("CORES") or str(os.cpu_count())
END = time.monotonic() + 60 * float(os.environ.get("MINUTES") or "inf")


def run(*command, environment=None):
    """Run a command to its end, if there is time for it."""
    left = END - time.monotonic()
    try:
        return subprocess.run(
            list(map(str, command)),
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1"} | (environment or {}),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=None if math.isinf(left) else max(left, 1),
        )
    except subprocess.TimeoutExpired as error:
        raise processors.Unavailable("not finished in time") from error


def pytest(python, paths, *options, environment=None):
    """Run these tests; None, or the last lines of what they said."""
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", CORES, "--dist", "loadfile"]
    done = run(*command, *options, *paths, environment=environment)
    return None if done.returncode == 0 else "\n".join((done.stdout + done.stderr).splitlines()[-15:])


def as_on_another_processor(name):
    """The numerical tests in this environment, where the libraries compute as on another processor."""
    paths = WITH_TORCH if name in processors.MAKERS else NUMERICAL  # numpy has a matrix library of its own
    with tempfile.TemporaryDirectory() as folder:
        return pytest(sys.executable, paths, environment=processors.environment(name, folder))


def pythons():
    """The Pythons that are there and new enough, by version, from the oldest to the newest."""
    folders = [*os.get_exec_path(), *Path.home().glob(".pyenv/versions/*/bin")]
    found = {}
    for minor in range(OLDEST[1], 30):
        for path in (shutil.which(f"python3.{minor}", path=str(folder)) for folder in folders):
            asked = path and subprocess.run([path, "-c", "import ensurepip, venv"], capture_output=True)
            if asked and asked.returncode == 0:  # a shim of a version manager may be there without its Python
                found.setdefault((3, minor), path)
    return found


def requirements(name, newest=False):
    """The packages of a file of envs/, one a line; without their versions for the newest releases."""
    lines = (ROOT / "envs" / name).read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith(("#", *GENERATORS))]
    return "\n".join(re.split(r"[=<>~!\s]", line)[0] if newest else line for line in lines) + "\n"


def in_another_environment(python, packages):
    """The numerical tests, and the plan of each study, with this Python and these packages."""
    name = hashlib.sha256(f"{python} {packages}".encode()).hexdigest()[:12]
    folder = ROOT / ".matrix" / name
    inside = folder / "bin" / "python"
    if not (folder / "ready").exists():
        run(python, "-m", "venv", "--clear", folder)
        (folder / "requirements.txt").write_text(packages, encoding="utf-8")
        pip = [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = run(*pip, "-r", folder / "requirements.txt")
        if done.returncode:
            reason = next((line for line in done.stderr.splitlines() if line.startswith("ERROR")), done.stderr[-300:])
            raise processors.Unavailable(f"its packages cannot be installed: {reason.removeprefix('ERROR: ')}")
        (folder / "ready").touch()
    return pytest(inside, WITH_OTHER_RELEASES, "-W", "default")


def settings():
    """All settings: name and function without arguments."""
    for name in processors.NAMES:
        yield name, lambda name=name: as_on_another_processor(name)
    found = pythons()
    lock = requirements("requirements.txt")
    for version in dict.fromkeys([min(found), max(found)]):
        if version != sys.version_info[:2]:  # of which it is known from `make test`
            name = f"Python 3.{version[1]}, the lock"
            yield name, lambda version=version: in_another_environment(found[version], lock)
    newest = max(found)
    yield (
        f"Python 3.{newest[1]}, newest releases",
        lambda: in_another_environment(found[newest], requirements("requirements.in", newest=True)),
    )


def main(wanted):
    failed = 0
    for name, tests in settings():
        if wanted and not any(word in name for word in wanted):
            continue
        try:
            said = tests()
        except processors.Unavailable as reason:
            print(f"SKIP: {name}: {reason}", flush=True)
            continue
        failed += said is not None
        print(f"passed: {name}" if said is None else f"FAILED: {name}\n{said}", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
