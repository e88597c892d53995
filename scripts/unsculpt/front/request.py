"""What STUDY, DATA, FILES, PROFILE, CORES, SITE and ARGS ask for: one configuration, and the options of Snakemake."""

import contextlib
import copy
import difflib
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from unsculpt import config, studyfile, wings
from unsculpt.errors import InputError
from unsculpt.front import applied
from unsculpt.front.arguments import data_files, option, read_assignments, split, take_configuration

COMMANDS = ("run", "smoke", "tune", "export", "apply")
VARIABLES = ("STUDY", "DATA", "PROFILE", "CORES", "SITE", "ARGS", "FILES", "SAMPLE", "METHODS")
OF_APPLY = ("FILES", "SAMPLE", "METHODS")


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
        inherited = config.inherited(path, root)
        check_kind(command, inherited, path)
        merged = applied.finished(inherited["study"], given, change, asked, folder)
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
        check_kind(command, merged, path)
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


def check_kind(command, merged, path):
    """Refuse what only a selection has of a study that is none."""
    if command in ("tune", "export", "apply") and (wing := wings.of(merged)):
        raise InputError(
            f"make {command} is for studies that select a signal, and {path} is one of {wing}; use make run"
        )


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
