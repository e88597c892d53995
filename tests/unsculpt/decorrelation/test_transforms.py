"""Maps are fitted without self-influence: no event takes part in learning its own map."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import score_toys as toys
from conftest import make_toy_events

from unsculpt import metrics, naming, schema
from unsculpt.decorrelation import transforms, trees
from unsculpt.errors import InputError
from unsculpt.events import BACKGROUND, SIGNAL, fold, part, subfold
from unsculpt.metrics.independence import kolmogorov_smirnov
from unsculpt.weighted import balanced


@pytest.fixture(scope="module")
def table():
    return make_toy_events(3000, seed=3)


@pytest.fixture(scope="module")
def scores(table):
    """Scores that know the mass and a jet."""
    jet = table.features[:, 5].astype(float)
    return 1 / (1 + np.exp(-0.02 * (jet - 90) - 1.5 * np.exp(-0.5 * ((table.mass - 125) / 4) ** 2)))


def tenth(table, number, fold=0):
    part = subfold(table.run, table.event, transforms.SUBFOLDS)
    return (part == number) & (table.fold == fold) & table.where(BACKGROUND)


@pytest.mark.parametrize("name", transforms.MAPS)
def test_every_map_gives_every_event_a_score_between_zero_and_one(table, scores, name):
    mapped = transforms.transform(name, scores, table, toys.SETTINGS)
    assert np.isfinite(mapped).all() and mapped.min() >= 0 and mapped.max() <= 1
    assert np.corrcoef(mapped, scores)[0, 1] > 0.6


@pytest.mark.parametrize("name", transforms.MAPS)
def test_the_map_of_an_event_does_not_depend_on_its_own_tenth(table, scores, name):
    """The others of its tenth become anything: the event keeps its score, bit for bit, those of other tenths do not."""
    rows, changed = np.flatnonzero(tenth(table, 4)), scores.copy()
    changed[rows[1:]] = np.linspace(0.01, 0.99, len(rows) - 1)
    before, after = (transforms.transform(name, s, table, toys.SETTINGS) for s in (scores, changed))
    assert after[rows[0]] == before[rows[0]]
    assert (after[tenth(table, 5)] != before[tenth(table, 5)]).any()


def test_folds_do_not_know_one_another(table, scores):
    changed = np.where(table.fold == 1, scores**2, scores)
    before, after = (transforms.transform("cdf", s, table, toys.SETTINGS) for s in (scores, changed))
    assert np.array_equal(before[table.fold != 1], after[table.fold != 1])


@pytest.mark.parametrize("name", ["cdf", "ddt", "css"])
def test_nothing_is_learned_from_signal_or_data(table, scores, name):
    background = table.where(BACKGROUND)
    changed = np.where(background, scores, 1 - scores)
    before, after = (transforms.transform(name, s, table, toys.SETTINGS) for s in (scores, changed))
    assert np.array_equal(before[background], after[background])


def test_a_map_of_all_events_makes_both_classes_together_flat_in_the_mass(rng):
    """The score of signal knows the mass, that of background does not: only a map of both sees it."""
    toy = make_toy_events(20_000, seed=8)
    signal, mass = toy.where(SIGNAL), toy.mass
    raw = 0.1 * rng.normal(size=len(toy)) + np.where(signal, 0.02 * (mass - 125) + 0.3, 0)
    score = 1 / (1 + np.exp(-raw))
    both = signal | toy.where(BACKGROUND)
    weight = balanced(toy.label, toy.weight)
    low, high = (both & (mass >= edge) & (mass < edge + 3) for edge in (122, 126))
    found = {}
    for protect in ("background", "all"):
        mapped = transforms.transform("cdf", score, toy, toys.SETTINGS, protect=protect)
        apart = kolmogorov_smirnov(mapped[low], mapped[high], weights=(weight[low], weight[high]))
        found[protect] = apart.over_floor
    assert found["all"] < 3 < found["background"]


def test_events_of_weight_zero_or_below_do_not_learn_but_are_scored(table, scores):
    odd = table.where(BACKGROUND) & (np.arange(len(table)) % 7 == 0)
    negative = replace(table, weight=np.where(odd, -table.weight, table.weight))
    changed = np.where(odd, 0.5, scores)
    before, after = (transforms.transform("cdf", s, negative, toys.SETTINGS) for s in (scores, changed))
    assert np.isfinite(after).all() and np.array_equal(before[~odd], after[~odd])


def test_the_tenths_are_independent_of_folds_and_halves(rng):
    run, event = np.ones(60000, np.int64), np.arange(60000)
    tenth = subfold(run, event, 10)
    assert np.bincount(tenth, minlength=10) == pytest.approx(np.full(10, 6000), abs=300)
    for other, kinds in ((fold(run, event, 3), 3), (part(run, event, 2).astype(int), 2)):
        table = np.histogram2d(tenth, other, bins=(10, kinds))[0]
        expected = 60000 / 10 / kinds
        assert np.sum((table - expected) ** 2 / expected) < 60  # chi2 of at most 29


@pytest.mark.parametrize("name", transforms.MAPS)
@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda s, t: (np.where(np.arange(len(s)) < len(s) - 450, s, np.nan), t), "the score of .* events is nan"),
        (lambda s, t: (s, replace(t, label=np.where(t.label == 0, -1, t.label))), "no background events"),
    ],
)
def test_bad_scores_are_one_clear_error(table, scores, name, spoil, sentence):
    spoilt, events = spoil(scores, table)
    with pytest.raises(InputError, match=sentence):
        transforms.transform(name, spoilt, events, toys.SETTINGS)


@pytest.mark.parametrize("name", transforms.MAPS)
def test_equal_scores_of_a_fold_stay_as_they_are_with_a_warning(table, scores, name, caplog):
    dead = np.where(table.fold == 1, 0.5, scores)
    mapped = transforms.transform(name, dead, table, toys.SETTINGS)
    assert (mapped[table.fold == 1] == 0.5).all()
    assert np.array_equal(
        mapped[table.fold != 1], transforms.transform(name, scores, table, toys.SETTINGS)[table.fold != 1]
    )
    assert caplog.messages == [f"{name}: all background of fold 1 has the score 0.5; its scores are not mapped"]


@pytest.mark.parametrize("name", transforms.MAPS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_handful_of_background_in_a_fold_is_enough(table, scores, name, number):
    many = np.flatnonzero((table.fold == 0) & table.where(BACKGROUND))[number:]
    kept = np.delete(np.arange(len(table)), many)
    mapped = transforms.transform(name, scores[kept], table[kept], toys.SETTINGS)
    assert np.isfinite(mapped).all() and mapped.min() >= 0 and mapped.max() <= 1


def divergence_over_floor(passed, values, edges):
    """JSD of passing against all background over its floor, in bins of any variable."""
    found = metrics.jsd(
        values, passed, weights=np.ones(len(values)), edges=edges, base=2, reference="inclusive", replicas=2,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    return found.value / found.floor


@pytest.fixture(scope="module")
def large():
    """A large table and a score that knows the mass, the jet and the number of jets, a discrete variable."""
    table = make_toy_events(40000, seed=5)
    jet, n_jets = table.features[:, 5:7].astype(float).T
    bump = 1.5 * np.exp(-0.5 * ((table.mass - 125) / 4) ** 2)
    noise = np.random.default_rng(2).normal(size=len(table))
    return table, 1 / (1 + np.exp(-(bump + 0.02 * (jet - 90) + 0.5 * (n_jets - 4) + noise)))


@pytest.mark.parametrize(
    "protected", [("mass",), ("jet1_pt",), ("n_jets",), ("mass", "jet1_pt"), ("n_jets", "mass")], ids="-".join
)
def test_what_passes_the_cumulative_has_the_spectrum_of_all_background_in_what_it_protects(large, protected):
    """The JSD is at its floor in each of these variables, and was many times that before."""
    table, score = large
    rows, mapped = table.where(BACKGROUND), transforms.transform("cdf", score, table, toys.SETTINGS, protected)
    for name in protected:
        values = table.column(name)[rows].astype(float)
        edges = np.arange(2.5, 16) if name == "n_jets" else np.quantile(values, np.linspace(0, 1, 31))
        before, after = (
            divergence_over_floor(s[rows] > np.quantile(s[rows], 0.8), values, edges) for s in (score, mapped)
        )
        assert before > 10
        assert after < (3 if "n_jets" in protected else 2)  # of few values, which a smooth line joins


def test_a_cut_that_is_made_for_one_point_is_nearly_flat_in_a_feature_there(large):
    table, score = large
    rows, values = table.where(BACKGROUND), table.column("jet1_pt")[table.where(BACKGROUND)].astype(float)
    edges = np.quantile(values, np.linspace(0, 1, 31))
    passed = transforms.transform("knn", score, table, toys.SETTINGS, ["jet1_pt"])[rows] > 0.5
    before = score[rows] > np.quantile(score[rows], 1 - passed.mean())
    assert divergence_over_floor(before, values, edges) > 100 > 10 > divergence_over_floor(passed, values, edges)


def test_a_shift_takes_the_trend_in_a_feature_out_and_not_that_in_its_rank(large):
    table, score = large
    rows, jet = table.where(BACKGROUND), table.column("jet1_pt").astype(float)
    mapped = transforms.transform("ddt", score, table, toys.SETTINGS, ["jet1_pt"])
    before, after = (abs(np.corrcoef(s[rows], jet[rows])[0, 1]) for s in (score, mapped))
    assert before > 0.3 and after < 0.02
    x = jet - jet[rows].mean()
    exact = transforms.transform("ddt", np.clip(0.5 + 0.001 * x, 0, 1), table, toys.SETTINGS, ["jet1_pt"])
    assert exact[rows & (np.abs(x) < 100)] == pytest.approx(1.5 / 3, abs=0.02)


@pytest.mark.parametrize("name", transforms.pairs.MAPS)
def test_the_map_of_an_event_knows_neither_its_own_tenth_nor_its_place(table, scores, name):
    rows, features = np.flatnonzero(tenth(table, 4)), table.features.copy()
    features[rows[1:], 5] = np.linspace(1, 500, len(rows) - 1)
    moved, protected = replace(table, features=features), ("mass", "jet1_pt")
    before, after = (transforms.transform(name, scores, t, toys.SETTINGS, protected) for t in (table, moved))
    assert after[rows[0]] == before[rows[0]]
    assert (after[tenth(table, 5)] != before[tenth(table, 5)]).any()


def test_a_feature_that_is_no_number_is_refused(table, scores):
    features = table.features.copy()
    features[3, 5] = np.nan
    with pytest.raises(InputError, match="jet1_pt is not a number in 1 events; mend or leave out the feature"):
        transforms.transform("cdf", scores, replace(table, features=features), toys.SETTINGS, ["jet1_pt"])


def test_the_schema_names_the_maps_and_the_objectives_of_trees_that_there_are():
    method = schema.load(Path(__file__).parents[3])["properties"]["methods"]["additionalProperties"]["properties"]
    assert method["transform"]["enum"] == list(transforms.MAPS)
    assert tuple(trees.ALGORITHMS) == naming.TREE_OBJECTIVES
    assert set(trees.ALGORITHMS) < set(method["objective"]["enum"])


def test_the_defaults_of_the_trees_are_those_of_the_schema():
    keys = schema.load(Path(__file__).parents[3])["properties"]["trees"]["properties"]
    assert {name: key["default"] for name, key in keys.items()} == asdict(trees.TreeSettings())
