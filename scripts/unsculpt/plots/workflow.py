"""The workflow as a graph: one box a rule, in layers from the first files to the report."""

import re

import networkx as nx
from matplotlib.figure import Figure

_LEFT_OUT = ("all", "draw_workflow")  # the target, which needs everything, and the rule that draws this
_EDGE = 0.22  # half the height of a box, in layers


def parse(dot):
    """Rules and arrows of `snakemake --rulegraph`, which lists them in another order each time.

    Returns
    -------
    tuple
        Names of the rules, and pairs (needed, needing).

    Examples
    --------
    >>> parse('0[label = "b", x];\\n1[label = "a"];\\n1 -> 0')
    (['a', 'b'], [('a', 'b')])
    """
    names = dict(re.findall(r"(\d+)\s*\[\s*label\s*=\s*\"([^\"\\]+)", dot))
    arrows = [(names[a], names[b]) for a, b in re.findall(r"(\d+)\s*->\s*(\d+)", dot)]
    kept = sorted(name for name in names.values() if name not in _LEFT_OUT)
    return kept, sorted((a, b) for a, b in arrows if a in kept and b in kept)


def layers(names, arrows):
    """Rules in layers: each in the first layer after all that it needs; in a layer, near the middle of those.

    Examples
    --------
    >>> layers(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    [['a'], ['b'], ['c']]
    """
    rules = nx.DiGraph(arrows)
    rules.add_nodes_from(names)
    place = {}

    def middle(name):
        known = [place[other] for other in rules.predecessors(name)]
        return sum(known) / len(known) if known else 0.0

    result = []
    for generation in nx.topological_generations(rules):
        layer = sorted(generation, key=lambda name: (middle(name), name))
        place |= {name: i - (len(layer) - 1) / 2 for i, name in enumerate(layer)}
        result.append(layer)
    return result


def direct(arrows):
    """The arrows without those that a longer way says already, in their order."""
    kept = nx.transitive_reduction(nx.DiGraph(arrows)).edges
    return [arrow for arrow in arrows if arrow in kept]


def graph(names, arrows):
    """The figure of the workflow, from top to bottom."""
    arranged = layers(names, arrows)
    width = max(map(len, arranged), default=1)
    figure = Figure(figsize=(2.1 * width + 0.4, 0.62 * len(arranged) + 0.3))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-width / 2, width / 2), ylim=(len(arranged) - 0.5, -0.5))
    axes.axis("off")
    place = {
        name: (i - (len(layer) - 1) / 2, level) for level, layer in enumerate(arranged) for i, name in enumerate(layer)
    }
    for a, b in direct(arrows):
        (xa, ya), (xb, yb) = place[a], place[b]
        style = {"arrowstyle": "-|>", "color": "0.55", "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (xb, yb - _EDGE), (xa, ya + _EDGE), arrowprops=style)
    for name, (x, y) in place.items():
        box = {"boxstyle": "round,pad=0.35", "facecolor": "#f4f5f7", "edgecolor": "#832db6", "linewidth": 1}
        axes.text(x, y, name, ha="center", va="center", fontsize=9, bbox=box)
    return figure
