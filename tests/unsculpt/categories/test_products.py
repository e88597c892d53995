"""Categories of two thresholds: against all thresholds one by one, and through to the table."""

from dataclasses import replace

import numpy as np
import pytest
import toy_study

from unsculpt import files
from unsculpt.applying.friends import category
from unsculpt.categories import products
from unsculpt.categories.boundaries import search
from unsculpt.categories.parts import divide, everything

DIVIDED = {"divide_by": "n_jets", "divide_into": 4}


def purer(events, rng):
    """The events with a column of their own: the signal has values that are higher by one standard deviation."""
    values = (rng.normal(size=len(events)) + (events.label == 1)).astype(np.float32)
    return with_column(events, values)


def with_column(events, values):
    columns = [values[:, None] if name == "n_jets" else events.column(name)[:, None] for name in events.feature_names]
    return replace(events, features=np.concatenate(columns, 1).astype(np.float32))


def test_the_threshold_is_the_best_of_all(toy_events, study, toy_score, rng):
    plain = toy_events(20000)
    score, events, settings = toy_score(plain), purer(plain, rng), study(**DIVIDED)
    above, below = products.of_channel(events, score, "hadronic", settings, part=everything(events))
    totals = {}
    values = events.column("n_jets")
    for threshold in products.thresholds(events, "hadronic", settings, everything(events)):
        sides = [events[values >= threshold], events[values < threshold]]
        scores = [score[values >= threshold], score[values < threshold]]
        found = [search(e, s, "hadronic", settings, part=everything(e)) for e, s in zip(sides, scores, strict=True)]
        totals[threshold] = np.hypot(*(boundaries.significance for boundaries in found))
    assert len(totals) == 3
    assert above.side.low == below.side.high == max(totals, key=totals.get)
    assert products.total([above, below]) == pytest.approx(max(totals.values()))
    whole = search(events, score, "hadronic", settings, part=everything(events))
    assert products.total([above, below]) > 1.05 * whole.significance
    assert (above.first, below.first) == (1, len(above.cuts))


def test_the_thresholds_share_the_signal(toy_events, study, rng):
    events = purer(toy_events(20000), rng)
    low, middle, high = products.thresholds(events, "hadronic", study(**DIVIDED), everything(events))
    rows = events.where(1, "hadronic")
    values, weights = events.column("n_jets")[rows], events.weight[rows]
    shares = [weights[values < threshold].sum() / weights.sum() for threshold in (low, middle, high)]
    assert shares == pytest.approx([0.25, 0.5, 0.75], abs=0.01)


def test_a_column_of_noise_divides_nothing(toy_events, study, toy_score, rng):
    plain = toy_events(20000)
    score, events = toy_score(plain), with_column(plain, rng.normal(size=len(plain)).astype(np.float32))
    settings = study(significance_tolerance=0.05, **DIVIDED)
    (one,) = products.of_channel(events, score, "hadronic", settings, part=everything(events))
    assert one == search(events, score, "hadronic", settings, part=everything(events)) and one.key == "hadronic"


def test_a_column_of_one_value_divides_nothing(toy_events, study, toy_score):
    plain = toy_events(4000)
    events = with_column(plain, np.ones(len(plain), np.float32))
    assert products.thresholds(events, "hadronic", study(**DIVIDED), everything(events)) == []


def test_the_threshold_does_not_look_at_the_part_that_measures_it(toy_events, study, toy_score, rng):
    plain = toy_events(20000)
    score, events, settings = toy_score(plain), purer(plain, rng), study(**DIVIDED)
    for others, own in divide(events, 2):
        values = events.column("n_jets")
        changed = with_column(events, np.where(own.rows, -values, values))
        found = [products.every_channel(some, score, settings, part=others) for some in (events, changed)]
        assert found[0] == found[1]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    from conftest import make_toy_events

    rng, folder = np.random.default_rng(2), tmp_path_factory.mktemp("divided")
    events = purer(make_toy_events(20000, seed=1), rng)
    paths = toy_study.write(folder, make_toy_events(20000, seed=1))
    toy_study.events.save(events, paths["events"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(toy_study.CONFIG, "categories", toy_study.CONFIG["categories"] | DIVIDED)
        divided = toy_study.choose(folder, paths)
    return events, folder, divided, paths


def test_the_table_has_both_sides_numbered_on(table):
    _, _, path, _ = table
    content = files.load_json(path)
    for short, channel in (("Had", "hadronic"), ("Lep", "leptonic")):
        rows = [row for row in content["categories"] if row["channel"] == channel]
        assert [row["name"] for row in rows] == [f"{short} {i + 1}" for i in range(len(rows))]
        above = [row["side"]["high"] is None for row in rows]
        assert any(above) and not all(above) and above == sorted(above, reverse=True)
        assert {row["side"]["column"] for row in rows} == {"n_jets"}
    assert {key.split(" ")[2] for key in content["search"]} == {">=", "<"}
    combined = content["combined"]
    parts = [part["significance"] for part in combined["crossfit"]]
    assert combined["significance"] == pytest.approx(np.mean(parts)) and combined["significance_error"] > 0
    for row in content["categories"]:
        assert row["significance"] == pytest.approx(row["significance_optimised"], abs=0.6)


def test_divided_channels_are_more_sensitive_on_events_that_chose_nothing(table, tmp_path):
    _, _, path, paths = table
    whole = files.load_json(toy_study.choose(tmp_path, paths))["combined"]
    divided = files.load_json(path)["combined"]
    error = np.hypot(whole["significance_error"], divided["significance_error"])
    assert divided["significance"] > whole["significance"] + 2 * error


def test_new_events_fall_into_the_category_that_the_table_counts(table):
    events, folder, path, paths = table
    content = files.load_json(path)
    point = files.load_json(folder / "working_point.json")["working_point"]
    names = [name for name, _ in toy_study.POINTS]
    found = toy_study.scores.load(paths["scores"][sorted(set(names), key=names.index).index(point["method"])])
    number = category(found[point["tag"]], events, content["categories"])
    for row in content["categories"]:
        inside = (events.channel == row["channel"]) & (number == int(row["name"].split()[1]))
        expected = np.array(row["spectrum"]["background"]["sumw"]).sum()
        assert events.weight[inside & (events.label == 0)].sum() == pytest.approx(expected)
