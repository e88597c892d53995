"""What is in a file of events: its trees, branches and their ranges, and which of them belong to the same objects."""

import re
from dataclasses import dataclass

import awkward as ak
import numpy as np

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
    collections = {prefix: fields for prefix, fields in _by_prefix(lists).items() if "pt" in usual(fields)}
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
        if "pt" in usual(set.intersection(*each.values()))
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


def usual(fields):
    """The usual fields among those of objects, and their names in the file."""
    small = {field.lower(): field for field in fields}
    return {
        name: next(small[word] for word in words if word in small)
        for name, words in USUAL.items()
        if small.keys() & {*words}
    }
