"""What every stage uses: the resolved configuration, paths, resources, and the digest of the library's code."""

import ast
import hashlib
import os
import sys
from functools import cache
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a job keeps to its threads; jobs run side by side instead

SCRIPTS = Path(workflow.basedir) / "scripts"
sys.path.insert(0, str(SCRIPTS))

from unsculpt import config as study_config
from unsculpt.errors import InputError
from unsculpt.naming import strength_tag

try:
    study_config.resolve_in_place(config, Path(workflow.basedir))
except InputError as error:
    raise WorkflowError(str(error))

RESULTS = f"results/{config['study']}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"

SAMPLES = list(config["samples"])
SIGNALS, BACKGROUNDS, DATA = (
    [name for name, sample in config["samples"].items() if sample["role"] == role]
    for role in ("signal", "background", "data")
)
GENERATED = [name for name in SAMPLES if "files" not in config["samples"][name]]
METHODS = list(config["methods"])
STRENGTHS = {method: [strength_tag(s) for s in config["methods"][method]["strengths"]] for method in METHODS}


wildcard_constraints:
    sample="|".join(SAMPLES),
    bkg="|".join(BACKGROUNDS),
    method="|".join(METHODS),
    strength=r"[0-9.e+-]+",
    chunk=r"\d+",
    part=r"\d+",


def scaled(mem_mb, minutes, disk_mb=100):
    """Resources in the words of SLURM and of HTCondor; every further attempt asks for more."""

    def by_attempt(value):
        return lambda wildcards, attempt: value * attempt

    return {
        "mem_mb": by_attempt(mem_mb),
        "disk_mb": by_attempt(disk_mb),
        "runtime": by_attempt(minutes),
        "htcondor_request_mem_mb": by_attempt(mem_mb),
        "htcondor_request_disk_mb": by_attempt(disk_mb),
        "allowed_execute_duration": by_attempt(60 * minutes),
    }


def _tree(path):
    """The syntax tree of a file without docstrings (comments and layout are not in it anyway)."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
    return tree


def _imports(path, tree):
    """The files of the library that a syntax tree names, packages on the way included."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(SCRIPTS).parts[: -node.level] if node.level else ()
            base = ".".join([*package, *filter(None, [node.module])])
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    for pieces in (name.split(".") for name in names):
        if pieces[0] == "unsculpt":
            for i in range(1, len(pieces) + 1):
                stem = SCRIPTS.joinpath(*pieces[:i])
                yield from filter(Path.is_file, (stem.with_suffix(".py"), stem / "__init__.py"))


@cache
def code_digest(script):
    """Digest of all library code that scripts/<script>.py can reach; as a param it makes library edits rerun jobs."""
    trees, todo = {}, [SCRIPTS / f"{script}.py"]
    while todo:
        path = todo.pop()
        if path not in trees:
            trees[path] = _tree(path)
            todo += _imports(path, trees[path])
    text = "".join(f"{path.relative_to(SCRIPTS)}{ast.dump(tree)}" for path, tree in sorted(trees.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
