"""The formats of ntuples: by which branches and expressions a file has the fields that a study names; no arrays.

A format is a mapping as in config/formats/*.yaml; the schema of a study says its keys.
"""

import copy
import re
from functools import cache
from pathlib import Path

from unsculpt import expressions, studyfile
from unsculpt.errors import InputError
from unsculpt.simulation.processes import PROCESSES

IDENTITY = {"run": "0", "event": "entry"}  # of an event, in files that do not tell
ENTRY = "entry"  # the name of an event's place in its file
_ENERGIES = ("pt", "e", "mass")  # what a collection names as energies by default, whether it has them or not
HISTOGRAM = re.compile(r"hist:(?P<name>[^\[\]]+)(\[(?P<bin>\d+)\])?")  # of weights.sum


@cache
def house(root):
    """The formats of the repository in the folder `root`, by name."""
    return {path.stem: studyfile.read(path) for path in sorted((Path(root) / "config" / "formats").glob("*.yaml"))}


def add_house(config, root, where):
    """Add the formats of the repository to those of a study, which change them or start from one (`base`), in place.

    What is no format in its shape is left for the schema, which says so in a sentence.
    """
    own, found = config.setdefault("formats", {}), copy.deepcopy(house(root))
    if not isinstance(own, dict):
        return
    for name, change in own.items():
        base = change.get("base", name) if isinstance(change, dict) else None
        if isinstance(base, str) and base != name and base not in found:
            known = ", ".join(found)
            raise InputError(f"{where}: formats.{name}.base {base!r} is no format; before it there are {known}")
        start = found.get(base, {}) if isinstance(base, str) else None
        if isinstance(start, dict):
            change = studyfile.merge(start, {key: value for key, value in change.items() if key != "base"})
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
        key, event = f"{where}: formats.{name}", about["event"]
        _check_part(event, f"{key}.event", None)
        for collection, part in about["collections"].items():
            if collection in ("weight", *IDENTITY, *event["fields"]):
                raise InputError(f"{key}.collections.{collection} is a number of the event as well; rename it")
            _check_part(part, f"{key}.collections.{collection}", collection)
            if not any(map(branches, part["fields"].values())):
                raise InputError(f"{key}.collections.{collection}: no field of it is read from a branch; add one")
        _check_weights(about["weights"], f"{key}.weights")
        for friend, of in about["friends"].items():
            if of["tree"] == about["tree"] and of["file"] is None:
                raise InputError(f"{key}.friends.{friend}: a tree is no friend of itself; name another tree or a file")


def _check_weights(weights, key):
    """The generator weight, its factors and the cross-section are numbers of the event; the sum is one, or is added."""
    texts = {name: weights[name] for name in ("generator", "cross_section_pb") if weights[name] is not None}
    texts |= {f"factors[{i}]": text for i, text in enumerate(weights["factors"])}
    total = weights["sum"] or ""
    if total.startswith("hist:") and not HISTOGRAM.fullmatch(total):
        raise InputError(f"{key}.sum {total!r} is no histogram; write hist:name, or hist:name[2] for one of its bins")
    if total and not total.startswith("hist:"):
        texts["sum"] = total.rpartition("/")[2]
    for name, text in texts.items():
        _check_field(text, f"{key}.{name}", None)


def _check_part(part, key, collection):
    for name in ("exists", "count"):
        if collection is not None and part[name] is not None:
            _check_field(part[name], f"{key}.{name}", collection if name == "exists" else None)
            if name == "exists" and not branches(part[name]):
                raise InputError(f"{key}.exists '{part[name]}' reads no branch and holds for all or none; remove it")
    for pattern in part.get("numbered", ()):
        if pattern.count("*") > 1 or part["numbered"].count(pattern) > 1:
            raise InputError(
                f"{key}.numbered has {pattern!r}; each is there once, with one * for the name of the field"
            )
    for kind in ("otherwise", "energies"):
        for field in part[kind]:
            if field not in part["fields"] and (kind, field) not in (("energies", usual) for usual in _ENERGIES):
                raise InputError(f"{key}.{kind} has {field}, which is not among its fields; correct it")
    for kind in ("fields", "otherwise"):
        for field, text in part[kind].items():
            _check_field(text, f"{key}.{kind}.{field}", collection)


def _check_field(text, key, collection):
    """A field of a collection is a list, or a constant; one of the event is a number, of numbers alone or of lists."""
    lists = expressions.list_of(expressions.objects(collection or "the event", ()))
    if collection is not None:
        if (shape := _shape(text, lists, key)) != expressions.LIST and expressions.names(text, key, dotted=True):
            raise InputError(f"{key} '{text}' is {shape}, and must be one number for each {collection}; correct it")
        return
    branches(text, key)
    several = dict.fromkeys(expressions.names_of_lists(text, dotted=True), lists)
    if (shape := _shape(text, expressions.row(), key, several)) != expressions.ROW:
        raise InputError(
            f"{key} '{text}' is {shape}, and must be one number an event; take one, sum, count, any or all"
        )


def _shape(text, kind, key, others=None):
    """The shape of an expression of branches of one kind, but for those of another."""
    names = dict.fromkeys(branches(text, key), kind) | (others or {}) | {ENTRY: expressions.row()}
    return expressions.check(text, names, key, dotted=True).kind.shape


def branches(text, where=""):
    """The names of branches, without the prefix of their collection, that the expression of a field reads."""
    return sorted(expressions.names(text, where, dotted=True) - {ENTRY})


def texts(about):
    """All expressions of a format."""
    weights = about["weights"]
    yield from filter(None, [weights["generator"], weights["cross_section_pb"], *weights["factors"]])
    for part in (about["event"], *about["collections"].values()):
        yield from (text for kind in ("fields", "otherwise") for text in part[kind].values())
        yield from (part[name] for name in ("exists", "count") if part.get(name) is not None)


def friend_files(about, path):
    """The files beside a file, path or URL, in which trees are that a format calls friends."""
    folder, slash, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    patterns = dict.fromkeys(friend["file"] for friend in about["friends"].values() if friend["file"] is not None)
    return {pattern: f"{folder}{slash}{pattern.replace('*', stem)}" for pattern in patterns}


def fields(about):
    """What the events of a format have: by collection its fields, and those of the event under the empty name."""
    return {"": {*about["event"]["fields"], *IDENTITY}} | {
        name: set(part["fields"]) for name, part in about["collections"].items()
    }


def of_sample(config, sample):
    """The name of the format of a sample: its own, that of the study, or that in which its process is written."""
    while "pseudodata" in sample:
        sample = config["samples"][sample["pseudodata"]["signal"]]
    if "simulate" in sample:
        return PROCESSES[sample["simulate"]["process"]].format
    return sample.get("format", config["format"])


def reduced(about, needs):
    """A format with those fields alone that are needed (`definitions.used`), and those that identify an event.

    Of a collection whose number of objects alone is needed that is the first field with a branch.
    """
    collections = {name: part for name, part in about["collections"].items() if name in needs}
    about = about | {
        "collections": {name: _only(part, _with_branch(part, needs[name])) for name, part in collections.items()},
        "event": _only(about["event"], {*needs.get("", ()), *IDENTITY}),
    }
    if not about.get("friends"):
        return about
    read = {name.partition(".")[0] for text in texts(about) for name in branches(text)}
    read |= {part["prefix"].partition(".")[0] for part in about["collections"].values()}
    return about | {"friends": {name: friend for name, friend in about["friends"].items() if name in read}}


def _with_branch(part, wanted):
    if any(branches(part["fields"][field]) for field in wanted):
        return wanted
    return {*wanted, next(field for field, text in part["fields"].items() if branches(text))}


def _only(part, wanted):
    kinds = {kind: {k: v for k, v in part[kind].items() if k in wanted} for kind in ("fields", "otherwise")}
    return part | kinds | {"energies": [name for name in part["energies"] if name in wanted]}
