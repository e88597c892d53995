"""Which format of the house is nearest to a file, what its objects are called there, and the unit of its momenta."""

import re
from pathlib import Path

import numpy as np

from unsculpt import formats
from unsculpt.inspection.contents import usual

MOST = 40  # letters of the name of a collection (config/schema.yaml)


def house(root):
    """The formats of the repository with every key that `nearest` looks at."""
    return {name: {"event": {}, "collections": {}} | about for name, about in formats.house(Path(root)).items()}


def called(prefix, house):
    """What the collection of a prefix is called: as in a format of the house, or by the prefix."""
    known = {
        _stem(p): name for about in house.values() for name, c in about["collections"].items() for p in _patterns(c)
    }
    return known.get(_stem(prefix), re.sub(r"\W", "_", _stem(prefix))[:MOST] or "object")


def _stem(prefix):
    return re.sub(r"[_.\d]*$", "", prefix.removesuffix("*").lower())


def unit(found):
    """The unit of energies, guessed from the median of momenta: MeV above 2,000 of those that are above zero."""
    names = [fields[usual(fields)["pt"]] for fields in found.collections.values()]
    names += [pattern.replace("*", usual(f)["pt"]) for each in found.numbered.values() for pattern, f in each.items()]
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
