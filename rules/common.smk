"""What every stage uses: the resolved configuration, paths, and the digest of the library's code."""

import ast
import gc
import hashlib
import os
import re
import sys
from functools import cache
from pathlib import Path

gc.set_threshold(1_000_000)  # a plan of 10,000 jobs is no garbage; looking for it takes a tenth of the time
os.environ.setdefault("OMP_NUM_THREADS", "1")  # a job keeps to its threads; jobs run side by side instead
CACHE = Path(".snakemake/cache").absolute()  # a home may be missing, read-only or full
os.environ.update(XDG_CACHE_HOME=str(CACHE), MPLCONFIGDIR=str(CACHE / "matplotlib"))

if "UNSCULPT_OUTCOME" in os.environ:  # the front ends the jobs after Ctrl-C, without a traceback from each
    shell.prefix("set -euo pipefail; trap '' INT; ")

SCRIPTS = Path(workflow.basedir) / "scripts"
sys.path.insert(0, str(SCRIPTS))

from unsculpt import config as study_config
from unsculpt import files, schema, studyfile, wings
from unsculpt.errors import InputError
from unsculpt.patches.snakemake import quote_python, say_parameters

quote_python()

try:
    for path in workflow.configfiles:
        studyfile.read(path)  # Snakemake has read it already, and kept one of two equal keys
    study_config.resolve_in_place(
        config, Path(workflow.basedir), files=workflow.configfiles, formulas=workflow.is_main_process
    )
    files.existing_folder(f"results/{config['study']}")
except InputError as error:
    raise WorkflowError(str(error))

RESULTS = f"results/{config['study']}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
STYLE = f"{workflow.basedir}/styles/unsculpt.mplstyle"
WING = wings.of(config)  # of a study that is no selection: generation, inference
CAPTIONS = Path(SCRIPTS, "unsculpt", "templates", "captions", WING or "")  # of figures: those of the page


if not re.search(r"\s", workflow.basedir):

    container: f"{workflow.basedir}/envs/unsculpt.sif"  # for --sdm apptainer; envs/apptainer.def is its recipe

elif "apptainer" in map(str, workflow.deployment_settings.deployment_method):
    raise WorkflowError(
        f"--sdm apptainer: images cannot be run in {workflow.basedir}, whose name holds a blank; rename it"
    )


onstart:  # not of a plan
    try:
        files.check_place(RESULTS)
    except InputError as error:
        raise WorkflowError(str(error))


def one_of(names):
    """Regular expression of a wildcard that takes these values, or none."""
    return "|".join(names) or "(?!)"


def of_wildcards(function):
    """Say that a function takes the wildcards and nothing else, which Snakemake would otherwise find out for each job."""
    return say_parameters(function, {})


def lookup(within, dpath, labels=False):
    """As Snakemake's lookup, which visits the whole configuration for each job; without its cosmetic keys unless `labels`."""

    def follow(path):
        found, grammar = within, schema.load(Path(workflow.basedir), WING)
        for key in path.split("/"):
            found, grammar = found[key], schema.below(grammar, key)
        return found if labels else schema.without_cosmetic(found, grammar)

    return of_wildcards(lambda wildcards: follow(dpath.format(**wildcards))) if "{" in dpath else follow(dpath)


def figure(name, category):
    """The files of a figure; `snakemake --report` shows the SVG with the caption that the report page has."""
    folder, of = ("", {}) if WING else ("{bkg}/", {"background": "{bkg}"})
    stem, title = f"{RESULTS}/figures/{folder}{name}", name.split("{")[0].strip("_")
    caption = f"{CAPTIONS}/{title}.rst"
    labels = {**of, "figure": name.replace("_", " ")}
    shown = report(f"{stem}.svg", caption=caption, category=category, subcategory=of.get("background"), labels=labels)
    return [f"{stem}.pdf", f"{stem}.png", shown, f"{stem}.json"]


def templates(*names):
    """The files that a page is made of: those named, and those that all pages share."""
    return [
        f"{SCRIPTS}/unsculpt/templates/{name}" for name in (*names, "table.html.j2", "provenance.html.j2", "style.css")
    ]


def _statements(node):
    """All statements in a syntax tree; to look at their expressions as well would take ten times as long."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for statement in getattr(node, part, ()):
            yield statement
            yield from _statements(statement)


def _tree(path):
    """The syntax tree of a file without docstrings (comments and layout are not in it anyway)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in [tree, *_statements(tree)]:
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
    return tree


def _imports(path, tree):
    """The files of the library that a syntax tree names, packages on the way included."""
    names = set()
    for node in _statements(tree):
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
def _parsed(path):
    """The syntax tree of a file as text, and the files of the library that it names."""
    tree = _tree(path)
    return ast.dump(tree), list(_imports(path, tree))


@cache
def code_digest(script):
    """Digest of all library code that scripts/<script>.py can reach; as a param it makes library edits rerun jobs."""
    texts, todo = {}, [SCRIPTS / f"{script}.py"]
    while todo:
        path = todo.pop()
        if path not in texts:
            texts[path], imports = _parsed(path)
            todo += imports
    text = "".join(f"{path.relative_to(SCRIPTS)}{tree}" for path, tree in sorted(texts.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
