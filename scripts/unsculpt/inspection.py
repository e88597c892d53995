"""What is in a file of events: trees, objects, branches and their ranges; the nearest format, a study to begin with."""

import re
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np

from unsculpt import formats
from unsculpt.branches import cleaned, not_numbers
from unsculpt.errors import InputError
from unsculpt.readers import open_file

_TOGETHER = 100  # branches that are read together
LOOKED_AT = 20_000  # entries from the beginning, whose values are looked at
USUAL = {  # fields by the names that branches most often have for them, without prefix and in small letters
    "pt": ("pt", "p_t", "et"),
    "eta": ("eta",),
    "phi": ("phi",),
    "mass": ("mass", "m"),
    "e": ("e", "energy"),
}


@dataclass(frozen=True)
class Branch:
    """A branch: `kind` in words; least, median and greatest of the values looked at, and how many are no numbers."""

    name: str
    kind: str
    least: float = np.nan
    median: float = np.nan
    greatest: float = np.nan
    lost: int = 0


@dataclass(frozen=True)
class Found:
    """What is in a file.

    kind : of file, in words.
    trees : entries by name.
    tree : the tree that was looked at, the largest or the one asked for.
    branches : of Branch.
    collections : by prefix or pattern (with *) the fields of objects and the branch of each; `numbered` of those by the
        name without number, with their patterns.
    """

    path: str
    kind: str
    trees: dict
    tree: str
    branches: list
    collections: dict
    numbered: dict

    @property
    def entries(self):
        return self.trees[self.tree]


def look(path, tree=None):
    """What is in a file; of one tree, the largest by default.

    Raises
    ------
    InputError
        For a file without a tree, or without the one that is asked for.
    """
    file = open_file(str(path))
    try:
        names = file.trees()
        trees = {name: found for name in names or ["table"] if (found := file.tree(name)) is not None}
        if not trees:
            raise InputError(f"{path}: holds no tree of events (TTree or RNTuple); name another file")
        if tree not in (None, *trees):
            there = ", ".join(trees)
            raise InputError(f"{path}: no tree {tree}, it holds {there}; name one of them, ARGS='--tree NAME'")
        entries = {name: found.entries for name, found in trees.items()}
        chosen = tree or max(trees, key=lambda name: (entries[name], len(trees[name].names)))
        branches = _branches(path, trees[chosen])
        kind = type(file).__name__.removesuffix("File")
        collections, numbered = _collections(branches)
        return Found(str(path), kind, entries, chosen, branches, collections, numbered)
    finally:
        file.close()


def _branches(path, tree):
    """All branches, by their first values; some at a time."""
    names, found = sorted(tree.numeric()), {}
    for i in range(0, len(names), _TOGETHER):
        some = names[i : i + _TOGETHER]
        steps = [step for _, step in tree.steps(some, 0, min(tree.entries, LOOKED_AT), "100 MB")]
        found |= {name: _branch(path, name, [step[name] for step in steps]) for name in some}
    return [found.get(name) or Branch(name, "no numbers") for name in sorted(tree.names)]


def _branch(path, name, parts):
    """One branch, by its first values."""
    try:
        values = cleaned(path, name, ak.concatenate(parts))
    except InputError:
        return Branch(name, "no numbers")
    lists = isinstance(values, ak.Array)
    flat = np.asarray(ak.flatten(values) if lists else values)
    whole = {"b": "truths", "i": "whole numbers", "u": "whole numbers"}.get(flat.dtype.kind, "numbers")
    kind = f"lists of {whole}" if lists else whole
    numbers = flat[np.isfinite(flat)] if flat.dtype.kind == "f" else flat.astype(float)
    if not len(numbers):
        return Branch(name, kind)
    return Branch(name, kind, *map(float, np.quantile(numbers, [0, 0.5, 1])), int(not_numbers(values).sum()))


def _collections(branches):
    """Lists that are fields of the same objects, by prefix; and numbered objects, by patterns."""
    lists = [b.name for b in branches if b.kind.startswith("lists")]
    numbers = [b.name for b in branches if "umbers" in b.kind and not b.kind.startswith("lists")]
    collections = {prefix: fields for prefix, fields in _by_prefix(lists).items() if "pt" in _usual(fields)}
    numbered = {}
    for name in numbers:
        if found := re.fullmatch(r"(?P<stem>[A-Za-z]+)_?(?P<number>\d+)(?P<sign>_|\.)(?P<field>\w+)", name):
            stem, pattern = found["stem"], f"{name[: found.start('field')]}*"
        elif found := re.fullmatch(r"(?P<field>[A-Za-z]+)(?P<sign>_)(?P<number>\d+)", name):
            stem, pattern = "object", f"*{name[found.end('field') :]}"
        else:
            continue
        numbered.setdefault(stem, {}).setdefault(pattern, set()).add(found["field"])
    numbered = {
        stem: {pattern: sorted(set.intersection(*each.values())) for pattern in sorted(each)}
        for stem, each in numbered.items()
        if "pt" in _usual(set.intersection(*each.values()))
    }
    return collections, numbered


def _by_prefix(names):
    """The fields of names by their prefixes, which end with the last _ or point before a usual field."""
    found = {}
    for name in names:
        if (match := re.fullmatch(r"(.*[_.])([A-Za-z_0-9]+?)", name)) and match[2].lower() in USUAL["pt"]:
            found[match[1]] = {}
    for prefix in found:
        others = [other for other in found if other != prefix and other.startswith(prefix)]
        found[prefix] = {
            name[len(prefix) :]: name
            for name in names
            if name.startswith(prefix) and not any(name.startswith(other) for other in others)
        }
    return found


def _usual(fields):
    """The usual fields among those of objects, and their names in the file."""
    small = {field.lower(): field for field in fields}
    return {
        name: next(small[word] for word in words if word in small)
        for name, words in USUAL.items()
        if small.keys() & {*words}
    }


def called(prefix, house):
    """What the collection of a prefix is called: as in a format of the house, or by the prefix."""
    known = {
        _stem(p): name for about in house.values() for name, c in about["collections"].items() for p in _patterns(c)
    }
    return known.get(_stem(prefix), re.sub(r"\W", "_", _stem(prefix)) or "object")


def _stem(prefix):
    return re.sub(r"[_.\d]*$", "", prefix.removesuffix("*").lower())


def unit(found):
    """The unit of energies, guessed from the median of momenta: MeV above 2,000 of those that are above zero."""
    names = [fields[_usual(fields)["pt"]] for fields in found.collections.values()]
    names += [pattern.replace("*", _usual(f)["pt"]) for each in found.numbered.values() for pattern, f in each.items()]
    medians = [branch.median for branch in found.branches if branch.name in names and branch.median > 0]
    return "MeV" if medians and np.median(medians) > 2000 else "GeV"


def nearest(found, house):
    """The formats of the house by the share of what they read that the file has, best first: name, share, missing."""
    there, ranked = {branch.name for branch in found.branches}, []
    for name, about in house.items():
        wanted = {
            f"{collection}.{field}": [
                p.replace("*", branch) for p in _patterns(part) for branch in formats.branches(text)
            ]
            for collection, part in about["collections"].items()
            for field, text in part["fields"].items()
        }
        wanted |= {field: formats.branches(text) for field, text in about["event"].get("fields", {}).items()}
        has = {key: {*branches} <= there for key, branches in wanted.items() if branches}
        same_tree = about.get("tree") in found.trees
        share = sum(has.values()) / max(len(has), 1)
        ranked.append(
            (share + 0.1 * same_tree * bool(share), name, share, [key for key, is_there in has.items() if not is_there])
        )
    return [entry[1:] for entry in sorted(ranked, key=lambda entry: -entry[0])]


def _patterns(part):
    if part.get("numbered"):
        return [pattern if "*" in pattern else f"{pattern}*" for pattern in part["numbered"]]
    return [f"{part.get('prefix', '')}*"]


def draft(found, house, others=()):
    """A study to begin with, as a mapping: a format for this file, a pair or a list of objects, samples.

    `others` are further files: that of the background, and that of the data.
    """
    collections, event = {}, {}
    for prefix, fields in found.collections.items():
        part = {"prefix": prefix, "fields": _fields(fields)}
        collections.setdefault(called(prefix, house), part)
    for stem, each in found.numbered.items():
        fields = next(iter(each.values()))
        collections.setdefault(
            called(stem, house),
            {"numbered": [*each], "exists": f"{_usual(fields)['pt']} > 0", "fields": _fields(fields)},
        )
    if not collections:
        raise InputError(f"{found.path}: no lists or numbered branches of momenta were found; write a format by hand")
    there = {branch.name: branch for branch in found.branches}
    small = {name.lower(): name for name in there}
    for field, words in {"run": ("runnumber", "run"), "event": ("eventnumber", "event")}.items():
        if name := next((small[word] for word in words if word in small), None):
            event[field] = name
    weight = next((small[w] for w in ("mcweight", "genweight", "weight", "w") if w in small), None)
    total = next((small[w] for w in ("sumweights", "sum_of_weights") if w in small), None)
    total = "Runs/genEventSumw" if "Runs" in found.trees and total is None else total
    order = dict.fromkeys(name for about in house.values() for name in about["collections"])
    first = next((name for name in order if name in collections), next(iter(collections)))
    rest = [name for name in collections if name != first][:2]
    quantities = {f"{first}{i + 1}_{f}": {"expression": f"{first}[{i}].{f}"} for i in (0, 1) for f in ("pt", "eta")}
    quantities |= {f"n_{name}s": {"expression": f"count({name})"} for name in rest}
    samples = {"signal": {"role": "signal"}, "background": {"role": "background"}, "data": {"role": "data"}}
    given = [found.path, *others]
    samples = dict(list(samples.items())[: max(2, len(given))])
    for i, sample in enumerate(samples.values()):
        sample["files"] = [given[i] if i < len(given) else "FILES_OF_THE_BACKGROUND.root"]
        if i < 2:
            sample["cross_section_pb"] = 1.0
    form = {"unit": unit(found), "collections": collections, "event": {"fields": event}}
    if found.kind in ("Root", "HDF5"):  # in which trees have names
        form["tree"] = found.tree
    form["weights"] = {"generator": weight, "sum": total}
    return {
        "study": "mine",
        "title": "My first study",
        "luminosity_fb": 1,
        "samples": samples,
        "format": "mine",
        "formats": {"mine": form},
        "objects": {name: {"require": "pt > 0"} for name in (first, *rest)},
        "candidate": f"{first}[0] + {first}[1]",
        "cuts": {"two objects": f"count({first}) >= 2"},
        "quantities": quantities,
        "features": [*quantities],
        "methods": {
            "nn": {"objective": "none", "strengths": [0]},
            "ann": {"objective": "adversarial", "strengths": [1, 10, 100]},
            "nn_cdf": {"transform": "cdf", "of": "nn"},
        },
    }


def _fields(fields):
    """Fields of a draft: the usual ones, mass 0 where there is neither mass nor energy, and up to ten others."""
    usual = _usual(fields)
    usual |= {} if {"mass", "e"} & usual.keys() else {"mass": 0}
    words = [f for f in fields if f not in usual.values() and re.fullmatch(r"[A-Za-z]\w{0,39}", f) and f not in usual]
    return usual | {field: field for field in words[:10]}


def report(found, house):
    """All of it in words, but for the draft."""
    lines = [f"{found.path}: {found.kind} file"]
    lines += [f"  tree {name}: {n} entries{' (looked at)' * (name == found.tree)}" for name, n in found.trees.items()]
    lines += ["", f"Branches (least, median and greatest of the first {min(found.entries, LOOKED_AT)} entries)"]
    width = min(max((len(branch.name) for branch in found.branches), default=0), 48)
    for branch in found.branches:
        numbers = (
            "" if np.isnan(branch.median) else f"{branch.least:12.5g} {branch.median:12.5g} {branch.greatest:12.5g}"
        )
        lost = f"  NOT A NUMBER in {branch.lost} entries" if branch.lost else ""
        lines.append(f"  {branch.name:{width}}  {branch.kind:24} {numbers}{lost}".rstrip())
    lines += ["", "Objects"]
    for prefix, fields in found.collections.items():
        lines.append(f"  {called(prefix, house)}: lists {prefix}* ({len(fields)} fields)")
    for stem, each in found.numbered.items():
        lines.append(f"  {called(stem, house)}: numbered {', '.join(each)}")
    lines.append(f"  the momenta look like {unit(found)}")
    lines += ["", "Formats of config/formats by how much of what they read is here"]
    for name, share, missing in nearest(found, house)[:3]:
        lacks = f"; missing: {', '.join(missing[:8])}{', ...' * (len(missing) > 8)}" if missing else ""
        lines.append(f"  {name}: {share:.0%}{lacks}")
    return "\n".join(lines)


def house(root):
    """The formats of the repository with every key that `nearest` looks at."""
    return {name: {"event": {}, "collections": {}} | about for name, about in formats.house(Path(root)).items()}
