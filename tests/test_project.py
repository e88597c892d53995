"""The files around the code agree with one another."""

import ast
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from unsculpt.version import VERSION

ROOT = Path(__file__).parents[1]


def requirements(name):
    lines = (line.split("#")[0].strip() for line in (ROOT / "envs" / name).read_text(encoding="utf-8").splitlines())
    return {r.name.lower().replace("_", "-"): r for r in map(Requirement, filter(None, lines))}


def test_there_is_one_version():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] == VERSION
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == VERSION


def test_the_lock_pins_every_package_and_satisfies_the_direct_requirements():
    lock = requirements("requirements.txt")
    assert all(str(r.specifier).startswith("==") for r in lock.values())
    for name, direct in requirements("requirements.in").items():
        pinned = str(lock[name].specifier).removeprefix("==")
        assert direct.specifier.contains(pinned), f"{name}: the lock has {pinned}, requirements.in asks for {direct}"


@pytest.mark.parametrize("name", ["numpy", "torch", "snakemake", "pyhf", "pythia8mc"])
def test_the_environment_is_that_of_the_lock(name):
    assert version(name).split("+")[0] == str(requirements("requirements.txt")[name].specifier).removeprefix("==")


def test_the_conda_environment_takes_its_versions_from_the_lock():
    dependencies = yaml.safe_load((ROOT / "envs/unsculpt.yaml").read_text(encoding="utf-8"))["dependencies"]
    assert dependencies[-1] == {"pip": ["-r requirements.txt"]}


def test_links_between_the_pages_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "config/README.md"]:
        assert "@@" not in page.read_text(encoding="utf-8"), f"{page.name} has a place that was never filled"
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_jobs_behind_the_summary_do_not_warn():
    """Their warnings could not be in it; what is wrong by then was said before, or is an error."""
    scripts = [
        *(ROOT / "scripts").glob("write_*.py"),
        *(ROOT / "scripts").glob("plot_*.py"),
        ROOT / "scripts/summarise.py",
    ]
    library = ROOT / "scripts/unsculpt"
    modules = [library / f"{name}.py" for name in ("summary", "wording", "explorer", "hepdata", "report")]
    for path in (*scripts, *modules, *library.glob("plots/*.py"), *library.glob("tables/*.py")):
        assert "logging.warning" not in path.read_text(encoding="utf-8"), f"{path.name} warns where nobody reads it"


TEXT = ("open", "read_text", "write_text", "fdopen", "FileHandler", "FileSystemLoader", "NamedTemporaryFile")


def without_encoding(code):
    """Calls that read or write text in the encoding of the terminal, with their lines."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and not any(word.arg == "encoding" for word in node.keywords):
            owner, _, name = ast.unparse(node.func).rpartition(".")
            given = [*node.args, *(word.value for word in node.keywords)]
            binary = any(
                isinstance(value, ast.Constant) and value.value in ("rb", "wb", "wb+", "ab") for value in given
            )
            opens = name in TEXT and owner not in ("uproot", "tarfile", "os") and not binary
            if opens or any(word.arg in ("text", "universal_newlines") for word in node.keywords):
                yield node.lineno, ast.unparse(node)


def test_all_text_is_utf8_whatever_the_locale():
    assert len(list(without_encoding("run(c, text=True); Path(x).open(); p.read_text(); open(f, 'w')"))) == 4
    assert not list(without_encoding("uproot.open(f); p.open('rb'); os.open(f, 0); p.read_text(encoding='utf-8')"))
    found = [
        f"{path.relative_to(ROOT)}:{line}: {call}"
        for folder in ("scripts", "benchmarks", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, call in without_encoding(path.read_text(encoding="utf-8"))
    ]
    for path in (ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")):
        found += re.findall(r".*(?:open|_text)\((?!.*encoding=).*", path.read_text(encoding="utf-8"))
    assert not found, "name the encoding:\n" + "\n".join(found)


def test_every_benchmark_stands_on_its_page():
    """docs/benchmarks.md lists the programs that anyone can run, and no other."""
    listed = re.findall(r"^\| `(\w+\.py)` \|", (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8"), re.MULTILINE)
    programs = {
        path.name for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text(encoding="utf-8")
    }
    assert sorted(listed) == sorted(programs - {"training.py"}), "training.py is what the page begins with"


def order_of_the_modules():
    """The rooms of the library in the order of the table in docs/design.md."""
    return re.findall(r"^\| `(\w+)/?` \|", (ROOT / "docs/design.md").read_text(encoding="utf-8"), re.MULTILINE)


def imports(path):
    """The rooms of the library that a module names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "unsculpt":
            inside = node.module.split(".")[1:]
            yield from inside[:1] or (alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("unsculpt."))


def test_arrows_only_point_backwards():
    """A module imports what stands above it in docs/design.md, whose table has every room once."""
    library, order = ROOT / "scripts/unsculpt", order_of_the_modules()
    rooms = {path.stem for path in library.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert sorted(order) == sorted(rooms - {"__init__", "version"})
    for path in library.rglob("*.py"):
        room = path.relative_to(library).parts[0].removesuffix(".py")
        for other in {*imports(path)} - {room, "version"}:
            forward = order.index(other) > order.index(room)
            assert not forward, f"{path.relative_to(ROOT)} imports {other}, which stands later in docs/design.md"


def test_the_library_names_no_physics_object():
    """But for the simulation: what is selected stands in the study, a format and the catalogue of quantities."""
    named = re.compile(r"photon|ttyy|ntni|lepton|muon|(?<!su)bjet|btag", re.IGNORECASE)
    library = ROOT / "scripts/unsculpt"
    paths = [path for path in library.rglob("*.py") if path.relative_to(library).parts[0] != "simulation"]
    found = [path.name for path in paths if named.search(path.read_text(encoding="utf-8"))]
    assert len(paths) > 100 and not found


def test_the_text_of_a_strength_is_called_tag():
    """In the workflow: a wildcard `strength` would be missing where the scripts ask for `tag`."""
    files = [*(ROOT / "rules").glob("*.smk"), ROOT / "Snakefile", *(ROOT / "scripts").glob("*.py")]
    old = re.compile(r"\{strength\}|\bstrength=|(wildcards|params)\.strength\b")
    found = [path.name for path in files if old.search(path.read_text(encoding="utf-8"))]
    assert found == ["draw_pseudodata.py"]  # the strength of a signal is a number
