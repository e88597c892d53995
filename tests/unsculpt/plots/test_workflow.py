"""The graph of the workflow has every rule once, and no arrow that a longer way says already."""

from unsculpt.plots import workflow

RULES = ["all", "c", "b", "a", "d"]
ARROWS = [("a", "b"), ("b", "c"), ("a", "c"), ("a", "d"), ("c", "all"), ("d", "c")]
DOT = "\n".join(
    [f'\t{i}[label = "{name}", color = "0.3 0.6 0.85", style="rounded"];' for i, name in enumerate(RULES)]
    + [f"\t{RULES.index(a)} -> {RULES.index(b)}" for a, b in ARROWS]
)


def test_the_target_is_left_out():
    names, arrows = workflow.parse(DOT)
    assert names == ["a", "b", "c", "d"]
    assert ("c", "all") not in arrows and ("a", "b") in arrows


def test_a_rule_stands_below_all_that_it_needs():
    names, arrows = workflow.parse(DOT)
    level = {name: i for i, layer in enumerate(workflow.layers(names, arrows)) for name in layer}
    assert all(level[a] < level[b] for a, b in arrows)


def test_an_arrow_that_a_longer_way_says_is_left_out():
    assert set(workflow.direct(workflow.parse(DOT)[1])) == {("a", "b"), ("b", "c"), ("a", "d"), ("d", "c")}


def test_each_rule_is_one_box_inside_the_figure():
    figure = workflow.graph(*workflow.parse(DOT))
    (axes,) = figure.axes
    assert sorted(text.get_text() for text in axes.texts if text.get_text()) == ["a", "b", "c", "d"]
    low, high = axes.get_xlim()
    assert all(low < text.get_position()[0] < high for text in axes.texts)
