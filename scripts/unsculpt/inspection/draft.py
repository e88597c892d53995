"""A study to begin with, for a file of events."""

import re
from pathlib import Path

import yaml

from unsculpt.errors import InputError
from unsculpt.inspection.contents import usual
from unsculpt.inspection.nearest import called, unit

NAMES = {  # what branches are most often called, without their path, in small letters and without signs between words
    "run": ("runnumber", "run", "runno"),
    "event": ("eventnumber", "event", "eventno", "evtnumber", "evt"),
    "generator": (
        *(
            "mcweight",
            "genweight",
            "weight",
            "eventweight",
            "evtweight",
            "totalweight",
            "nominalweight",
            "weightnominal",
        ),
        *("mcweights", "mceventweights", "genweights", "weights", "w"),
    ),
    "sum": ("sumweights", "sumofweights", "totalsumofweights"),
}


def name_of(path):
    """The name of the study of a draft that shall be written to a file; of none it is `mine`.

    Raises
    ------
    InputError
        For a file that is there already, or could not be found as a study.
    """
    if path is None:
        return "mine"
    path = Path(path)
    if path.exists():
        raise InputError(f"{path}: is there already, and may have your corrections; name another, or remove it")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}; write to config/studies, for example")
    if path.suffix != ".yaml" or not re.fullmatch(r"[A-Za-z0-9_-]{2,64}", path.stem):
        raise InputError(
            f"{path}: is no name of a study; take 2 to 64 letters, digits, underscores or hyphens, and .yaml behind"
        )
    return path.stem


def written(study, path, remarks):
    """Write a draft to a file if there is one; give what is left to say."""
    text = yaml.safe_dump(study, sort_keys=False, width=120, allow_unicode=True)
    said = "".join(f"\n{remark}\n" for remark in remarks)
    if path is None:
        return f"{said}\nA study to begin with (config/studies/mine.yaml); correct what was guessed\n\n{text}"
    Path(path).write_text(text, encoding="utf-8")
    name = study["study"] if Path(path).resolve().parent.name == "studies" else path
    return f"{said}\nA study to begin with is in {path}; correct what was guessed, and: make run STUDY={name}\n"


def draft(found, house, files=(), name="mine"):
    """A study to begin with, as a mapping: a format for this file, a pair or a list of objects, samples.

    Parameters
    ----------
    found : contents.Found
    house : dict
        The formats of the repository.
    files : sequence of str
        Names or patterns of those of the signal, of the background and of data; by default the one that was looked at.
    name : str
        Of the study and its format.

    Raises
    ------
    InputError
        For a file in which no momenta are found.
    """
    collections = _objects(found, house)
    order = dict.fromkeys(collection for about in house.values() for collection in about["collections"])
    first = next((collection for collection in order if collection in collections), next(iter(collections)))
    rest = [collection for collection in collections if collection != first][:2]
    quantities = {f"{first}{i + 1}_{f}": {"expression": f"{first}[{i}].{f}"} for i in (0, 1) for f in ("pt", "eta")}
    quantities |= {f"n_{collection}s": {"expression": f"count({collection})"} for collection in rest}
    event = {field: branch for field in ("run", "event") if (branch := _of_event(found, field))}
    form = {"unit": unit(found), "collections": collections, "event": {"fields": event}}
    if found.kind in ("Root", "HDF5"):  # in which trees have names
        form["tree"] = found.tree
    total = _of_event(found, "sum")
    total = "Runs/genEventSumw" if "Runs" in found.trees and total is None else total
    form["weights"] = {"generator": _of_event(found, "generator"), "sum": total}
    return {
        "study": name,
        "title": "My first study",
        "luminosity_fb": 1,
        "samples": _samples(files or [found.path]),
        "format": name,
        "formats": {name: form},
        "objects": {collection: {"require": "pt > 0"} for collection in (first, *rest)},
        "candidate": f"{first}[0] + {first}[1]",
        "cuts": {"two objects": f"count({first}) >= 2"},
        "quantities": quantities,
        "features": [*quantities],
        "methods": {
            "nn": {"objective": "none", "strengths": [0]},
            "ann": {"objective": "adversarial", "strengths": [0.1, 1, 10]},
            "nn_cdf": {"transform": "cdf", "of": "nn"},
        },
    }


def _objects(found, house):
    """The collections of a format, of lists and of numbered branches; if the house knows some, these alone."""
    collections = {}
    for prefix, fields in found.collections.items():
        collections.setdefault(called(prefix, house), {"prefix": prefix, "fields": _fields(fields)})
    for stem, each in found.numbered.items():
        fields = next(iter(each.values()))
        part = {"numbered": [*each], "exists": f"{usual(fields)['pt']} > 0", "fields": _fields(fields)}
        collections.setdefault(called(stem, house), part)
    if not collections:
        raise InputError(f"{found.path}: no lists or numbered branches of momenta were found; write a format by hand")
    known = {name for about in house.values() for name in about["collections"]}
    return {name: part for name, part in collections.items() if name in known or not known & collections.keys()}


def _fields(fields):
    """Fields of a draft: the usual ones, mass 0 where there is neither mass nor energy, and up to ten others."""
    known = usual(fields)
    known |= {} if {"mass", "e"} & known.keys() else {"mass": 0}
    words = [f for f in fields if f not in known.values() and re.fullmatch(r"[A-Za-z]\w{0,39}", f) and f not in known]
    return known | {field: field for field in words[:10]}


def _of_event(found, field):
    """The branch that is called so, or the first number of it, if there is one."""
    there = {}
    for branch in found.branches:
        if "umbers" in branch.kind and re.fullmatch(r"[A-Za-z_][\w.]*", branch.name):
            word = re.sub(r"[\W_]", "", branch.name.rpartition(".")[2].lower())
            there.setdefault(word, branch)
    branch = next((there[word] for word in NAMES[field] if word in there), None)
    if branch is None or not branch.kind.startswith("lists"):
        return branch and branch.name
    return f"{branch.name}[0]" if field == "generator" else None


def _samples(files):
    """Signal, background and, if there is a third file, data, to whose sidebands the background is scaled then."""
    samples = {}
    for i, role in enumerate(("signal", "background", "data")[: max(2, len(files))]):
        samples[role] = {"role": role, "files": [files[i] if i < len(files) else "FILES_OF_THE_BACKGROUND.root"]}
    for role in ("signal", "background"):
        samples[role]["cross_section_pb"] = 1.0
    if "data" in samples:
        del samples["background"]["cross_section_pb"]
        samples["background"]["normalisation"] = {"to": "sidebands"}
    return samples
