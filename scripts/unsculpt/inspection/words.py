"""All that was found in a file, in words."""

import numpy as np

from unsculpt.inspection.contents import LOOKED_AT
from unsculpt.inspection.nearest import called, nearest, unit


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
