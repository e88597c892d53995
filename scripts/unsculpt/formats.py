"""The formats of ntuples: by which branches and expressions a file has the fields that a study speaks of; stdlib only.

A format is a mapping as in config/formats/*.yaml; the schema of a study says its keys.
"""

import copy
from functools import cache
from pathlib import Path

from unsculpt import expressions, studyfile
from unsculpt.errors import InputError
from unsculpt.simulation.processes import PROCESSES

IDENTITY = {"run": "0", "event": "entry"}  # of an event, in files that do not tell
ENTRY = "entry"  # the name of an event's place in its file


@cache
def house(root):
    """The formats of the repository in the folder `root`, by name."""
    return {path.stem: studyfile.read(path) for path in sorted((Path(root) / "config" / "formats").glob("*.yaml"))}


def add_house(config, root, where):
    """Add the formats of the repository to those of a study, which change them or start from one (`base`), in place."""
    own = config.setdefault("formats", {})
    if not isinstance(own, dict):
        return  # which the schema says in a sentence
    found = copy.deepcopy(house(root))
    for name, change in own.items():
        base = change.get("base", name) if isinstance(change, dict) else name
        if base != name and base not in [*found]:
            raise InputError(f"{where}: formats.{name}.base {base!r} is no format; there are {', '.join(found)}")
        if isinstance(change, dict):
            own_keys = {key: value for key, value in change.items() if key != "base"}
            change = studyfile.merge(found.get(base, {}), own_keys)
        found[name] = change
    config["formats"] = found


def check(config, where):
    """Check the formats of the samples of a study, each field an expression of branches; others are dropped.

    Raises
    ------
    InputError
        About the first format that does not exist, or expression that is none.
    """
    for name, sample in config["samples"].items():
        key, own = (f"samples.{name}.format", sample) if "format" in sample else ("format", config)
        if own["format"] not in config["formats"]:
            known = ", ".join(config["formats"])
            raise InputError(
                f"{where}: {key} {own['format']!r} is no format; there are {known}, or describe it in formats"
            )
    names = {of_sample(config, sample) for sample in config["samples"].values()}
    config["formats"] = {name: about for name, about in config["formats"].items() if name in names}
    for name, about in config["formats"].items():
        parts = {f"collections.{key}": part for key, part in about["collections"].items()} | {"event": about["event"]}
        for place, part in parts.items():
            for field in part["otherwise"].keys() - part["fields"].keys():
                raise InputError(
                    f"{where}: formats.{name}.{place}.otherwise has {field}, which is not among its fields"
                )
            for kind in ("fields", "otherwise"):
                for field, text in part[kind].items():
                    branches(text, f"{where}: formats.{name}.{place}.{kind}.{field}")


def branches(text, where=""):
    """The names of branches, without the prefix of their collection, that the expression of a field reads."""
    return sorted(expressions.names(text, where) - {ENTRY})


def fields(about):
    """What the events of a format have: by collection its fields, and those of the event under the empty name."""
    return {"": set(about["event"]["fields"]) | {*IDENTITY}} | {
        name: set(part["fields"]) for name, part in about["collections"].items()
    }


def of_sample(config, sample):
    """The name of the format of a sample: its own, that of the study, or that in which its process is written."""
    processes = config["samples"]
    while "pseudodata" in sample:
        sample = processes[sample["pseudodata"]["signal"]]
    if "simulate" in sample:
        return PROCESSES[sample["simulate"]["process"]].format
    return sample.get("format", config["format"])


def reduced(about, needs):
    """A format with those fields alone that are needed (`definitions.used`), and those that identify an event."""
    needed = {name: part for name, part in about["collections"].items() if name in needs}
    return about | {
        "collections": {name: _only(part, needs[name]) for name, part in needed.items()},
        "event": _only(about["event"], {*needs.get("", ()), *IDENTITY}),
    }


def _only(part, wanted):
    kinds = {kind: {k: v for k, v in part[kind].items() if k in wanted} for kind in ("fields", "otherwise")}
    return part | kinds | {"energies": [name for name in part["energies"] if name in wanted]}
