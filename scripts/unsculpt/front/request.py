"""What STUDY, DATA, FILES, PROFILE, CORES, SITE and ARGS ask for: one configuration, and the options of Snakemake."""

import contextlib
import copy
import difflib
import hashlib
import os
import re
import shlex
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import yaml

from unsculpt import config, studyfile
from unsculpt.errors import InputError
from unsculpt.front import applied

COMMANDS = ("run", "smoke", "tune", "export", "apply")
VARIABLES = ("STUDY", "DATA", "PROFILE", "CORES", "SITE", "ARGS", "FILES", "SAMPLE", "METHODS")
OF_APPLY = ("FILES", "SAMPLE", "METHODS")
CONFIG, CONFIGFILE = ("--config", "-C"), ("--configfile", "--configfiles")
ASSIGNMENT = re.compile(r"([A-Za-z_][\w-]*(?:\.[\w-]+)*)=(.*)", re.DOTALL)
EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")  # YAML takes 1e-3 for a text


@dataclass(frozen=True)
class Request:
    """A run of Snakemake: its options, the name of the study (None with another Snakefile), and what it is to make."""

    options: list[str]
    study: str | None
    folder: Path
    products: tuple[str, ...] = ()


def ask(command, variables, words=(), *, root):
    """The run that a command of the Makefile asks for.

    Parameters
    ----------
    command : str
        run, smoke, tune, export or apply.
    variables : mapping
        The values of `VARIABLES`, as text; an absent or empty one was not given.
    words : sequence of str
        Options of Snakemake in addition to those of ARGS.
    root : path
        The folder of the repository. The run takes place in the current folder, or in that of `--directory`.

    Returns
    -------
    Request
        Study, DATA and `--config` are merged into one file, which is written if no study file says the same.

    Raises
    ------
    InputError
        With one sentence, for whatever is not understood or contradicts itself.
    """
    if command not in COMMANDS:
        raise InputError(f"{command} is no command; use one of {', '.join(COMMANDS)}")
    given = {name: variables.get(name, "").strip() for name in VARIABLES}
    assignments, files, rest = take_configuration([*split(given["ARGS"]), *words])
    folder = Path(option(rest, "--directory", "-d") or ".")
    options = machine_options(given["PROFILE"], given["CORES"], given["SITE"], rest, root)
    targets = [command] if command in ("tune", "export", "apply") else []
    if command != "apply" and (alien := next((name for name in OF_APPLY if given[name]), None)):
        raise InputError(f"{alien}={given[alien]} is for make apply; take it out, or use make apply")
    own = Path(root) / "Snakefile"
    snakefile = option(rest, "--snakefile", "-s") or str(own)
    products = ()
    if command == "apply":
        change = read_assignments(assignments)
        path = choose_study(command, given["STUDY"], files, {}, Path(root))
        new = data_files(given["FILES"]) if given["FILES"] else []
        asked = {"files": new, "sample": given["SAMPLE"], "methods": given["METHODS"].split()}
        merged = applied.finished(config.inherited(path, root)["study"], given, change, asked, folder)
        targets += ["--allowed-rules", "apply", "apply_models"]  # the files of the study are taken as they are
        with contextlib.chdir(folder):
            study, products = applied.check(merged, root)
            configuration = ["--configfile", str(written(merged, path))]
    elif Path(snakefile).resolve() != own.resolve():
        if given["STUDY"] or given["DATA"]:
            raise InputError(f"STUDY and DATA are no words of {snakefile}; take them out")
        study, configuration = None, ["--config", *map("=".join, assignments), *(files and ["--configfile", *files])]
    else:
        path, merged, changed = configure(command, given["STUDY"], given["DATA"], assignments, files, Path(root))
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.chdir(folder):
            checked = copy.deepcopy(merged)
            config.resolve_in_place(checked, root, files=[path])
            study, configuration = checked["study"], ["--configfile", str(written(merged, path) if changed else path)]
    return Request(
        [*targets, *configuration, *options, "--logger", "unsculpt", "--snakefile", snakefile, *rest],
        study,
        folder,
        products,
    )


def configure(command, study, data, assignments, files, root):
    """The study file, its configuration with DATA and `--config` on top, and whether these changed anything."""
    change = read_assignments(assignments)
    path = choose_study(command, study, files, change, root)
    if data:
        if "data_files" in change:
            raise InputError("DATA and data_files of --config both name the data; give one of them")
        change["data_files"] = data_files(data)
    merged = {} if "base" in change else config.inherited(path, root)
    if "methods" in dict(assignments):
        merged.pop("methods", None)  # a grid of its own, as in a study file
    return path, studyfile.merge(merged, change), bool(change)


def split(text):
    """The words of ARGS, quoted as in a shell."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise InputError(f"ARGS={text}: {str(error).lower()}; close every quotation mark") from error


def take_configuration(words):
    """Take `--config` and `--configfile` out of options of Snakemake: pairs of key and text, study files, the rest.

    Examples
    --------
    >>> take_configuration(["--config", "seed=2", "all", "--configfile", "a.yaml", "b", "-n"])
    ([('seed', '2')], ['a.yaml'], ['all', 'b', '-n'])
    """
    words, assignments, files, rest = deque(words), [], [], []
    while words:
        flag, attached, value = (word := words.popleft()).partition("=")
        if word == "--":
            rest += [word, *words]
            break
        if flag in CONFIG + CONFIGFILE and attached:
            words.appendleft(value)
        if flag in CONFIG:
            if not words or not ASSIGNMENT.fullmatch(words[0]):
                found = f"followed by {words[0]!r}" if words else "the last word"
                raise InputError(f"ARGS: {flag} is {found}; give key=value, for example --config training.epochs=60")
            while words and (match := ASSIGNMENT.fullmatch(words[0])):
                assignments.append(match.groups())
                words.popleft()
        elif flag in CONFIGFILE:
            if not words or words[0].startswith("-"):
                raise InputError(f"ARGS: {flag} names no study file; give one, or STUDY=name")
            files.append(words.popleft())
            while words and words[0].endswith((".yaml", ".yml", ".json")) and not words[0].startswith("results/"):
                files.append(words.popleft())
        elif word.startswith("--conf"):
            raise InputError(
                f"ARGS: {word} may be several options of Snakemake; write --config or --configfile in full"
            )
        else:
            rest.append(word)
    return assignments, files, rest


def option(words, *flags):
    """The value of an option of Snakemake that takes one (`--cores 2`, `--cores=2`, `-c2`), None if it is not there."""
    for i, word in enumerate(words):
        if word == "--":
            break
        if word in flags:
            return words[i + 1] if i + 1 < len(words) else ""
        for flag in flags:
            start = f"{flag}=" if flag.startswith("--") else flag
            if word.startswith(start):
                return word.removeprefix(start)
    return None


def machine_options(profile, cores, site, words, root):
    """Options of Snakemake that say where it runs, unless `words` say it themselves."""
    folder = Path(root) / "profiles"
    known = sorted(path.parent.name for path in folder.glob("*/config.yaml"))
    if (profile or "default") not in known:
        raise InputError(f"PROFILE={profile}: there is no profiles/{profile}; use one of {', '.join(known)}")
    for name, value, flags in (
        ("CORES", cores, ("--cores", "-c")),
        ("PROFILE", profile, ("--workflow-profile",)),
        ("SITE", site, ("--workflow-profile",)),
    ):
        if value and option(words, *flags) is not None:
            raise InputError(f"{name}={value} and {flags[0]} in ARGS say the same thing twice; give one of them")
    if cores and cores != "all" and not re.fullmatch(r"[1-9]\d*", cores):
        raise InputError(f"CORES={cores} is no number of cores; give for example CORES=4, or CORES=all")
    if profile in ("", "default"):
        if site:
            raise InputError(
                f"SITE={site} is read with a batch system only; give PROFILE=slurm or PROFILE=htcondor, too"
            )
        own = option(words, "--workflow-profile") is not None
        options = [] if own else ["--workflow-profile", str(folder / "default")]
        if not cores and not own and option(words, "--cores", "-c", "--jobs", "-j") is None:
            cores = str(len(os.sched_getaffinity(0)))
        return [*options, "--cores", cores] if cores else options
    for place in (Path(root).absolute(), Path.cwd()):
        if re.search(r"\s", str(place)):
            raise InputError(
                f"PROFILE={profile}: batch jobs cannot work in {place}, whose name holds a blank; rename it"
            )
    if site and not Path(site).is_file():
        raise InputError(f"SITE={site}: there is no such file; start from profiles/site.example.yaml")
    files = [folder / profile, *filter(Path.is_file, [Path(site) if site else folder / "site.yaml"])]
    options = ["--workflow-profile", "none", *(word for file in files for word in ("--profile", str(file)))]
    return [*options, "--cores", cores] if cores else options


def choose_study(command, study, files, change, root):
    """The study file that a command works on; a change with a `base` is a study of its own and has none."""
    if command == "smoke" and (study or files):
        other = f"STUDY={study}" if study else f"--configfile {files[0]}"
        raise InputError(f"make smoke runs the study smoke, but {other} was given; use make run")
    if study and files:
        raise InputError(f"STUDY={study} and --configfile {files[0]} name two studies; give one of them")
    if "base" in change:
        if command == "smoke" or study or files:
            raise InputError(
                f"base={change['base']} of --config makes a study of its own; give it alone, with `make run`"
            )
        return Path("ARGS=--config")
    if len(files) > 1:
        raise InputError(
            f"--configfile names {' and '.join(files)}; give one, which may start from another with `base:`"
        )
    if files:
        return Path(files[0]).absolute()
    name = "smoke" if command == "smoke" else study or "config"
    if name.endswith((".yaml", ".yml")):
        return Path(name).absolute()
    known = {path.stem: path for path in (*root.glob("config/*.yaml"), *root.glob("config/studies/*.yaml"))}
    known.pop("schema", None)
    if name not in known:
        near = difflib.get_close_matches(name, known, 3)
        advice = f"did you mean {' or '.join(near)}? " if near else ""
        raise InputError(
            f"STUDY={name}: there is no config/studies/{name}.yaml; {advice}Studies here: {', '.join(sorted(known))}"
        )
    return known[name].absolute()


def read_assignments(assignments):
    """The change that pairs of key and text make, in which each key may be given once; texts are values of YAML.

    Examples
    --------
    >>> read_assignments([("training.epochs", "3"), ("training", "{seeds: [1]}"), ("title", "x")])
    {'training': {'epochs': 3, 'seeds': [1]}, 'title': 'x'}
    """
    change, seen = {}, []
    for key, text in assignments:
        tree = _read_value(key, text)
        for name in reversed(key.split(".")):
            tree = {name: tree}
        for leaf in _leaves(tree):
            if alien := [name for name in leaf if not isinstance(name, str)]:
                raise InputError(f"ARGS: --config {key}={text}: the key {alien[0]} is no text; put it in quotes")
            if any(leaf[: len(other)] == other[: len(leaf)] for other in seen):
                raise InputError(f"ARGS: --config gives {'.'.join(map(str, leaf))} twice; give it once")
        seen += _leaves(tree)
        change = studyfile.merge(change, tree)
    return change


def _read_value(key, text):
    """A value as YAML has it on one line; words with a colon or another sign of YAML are text."""
    flow = text.lstrip().startswith(("{", "["))
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        if not flow:
            return text
        raise InputError(f"ARGS: --config {key}={text} is no list or mapping of YAML; close its brackets") from error
    if isinstance(value, str) and EXPONENT.fullmatch(value):
        return float(value)
    return text if isinstance(value, (dict, list)) and not flow else value


def _leaves(tree, path=()):
    if isinstance(tree, dict) and tree:
        return [leaf for key, value in tree.items() for leaf in _leaves(value, (*path, key))]
    return [path]


def data_files(text):
    """The files, patterns or URLs that DATA names: one name that exists, or names between blanks, quoted as in a shell.

    Examples
    --------
    >>> data_files("a.root 'b c.root' /data/*.root")
    ['a.root', 'b c.root', '/data/*.root']
    """
    names = [text] if Path(text).expanduser().exists() else None
    try:
        names = names or shlex.split(text)
    except ValueError as error:
        raise InputError(f"DATA={text}: {str(error).lower()}; close every quotation mark") from error
    return [os.path.expanduser(name) for name in names]  # noqa: PTH111 (URLs keep their //)


def written(merged, path):
    """Write a merged configuration under a name that no other content has: batch jobs may read it long after."""
    text = yaml.safe_dump(merged, sort_keys=False, allow_unicode=True, width=120)
    name = f"{merged['study']}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.yaml"
    file = Path(".snakemake/studies", name).absolute()
    part = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(f"# {path} with what make was given on top.\n{text}", encoding="utf-8")
        return part.replace(file)
    except OSError as error:
        raise InputError(
            f"{file}: cannot be written ({error.strerror}); run where you may write, and have space"
        ) from error
