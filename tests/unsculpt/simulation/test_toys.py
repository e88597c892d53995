"""The toy whose densities are known: its exact numbers against a sample, and its way into ntuples."""

import numpy as np
import pytest
import uproot

from unsculpt.simulation import chunks, generator, samples, toys, writer

HALF = 200_000


@pytest.fixture(scope="module")
def events():
    rng = np.random.default_rng(3)
    return {z: (toys.draw(False, HALF, rng, z), toys.draw(True, HALF, rng, z)) for z in (None, -1, 1)}


def losses(function, pair):
    """Cross-entropy of a classifier on background and signal, and its error."""
    background, signal = (function(half["x1"], half["x2"]) for half in pair)
    loss = np.concatenate([-np.log1p(-background), -np.log(signal)])
    return loss.mean(), loss.std() / np.sqrt(len(loss))


def test_the_anchors_are_the_published_and_the_sampled_ones(events):
    found = toys.anchors()
    assert found["entropy"] == pytest.approx(1.41894, abs=1e-5)
    assert found["bayes"] == pytest.approx(0.448469, abs=1e-6)
    assert found["first_only"] == pytest.approx(0.581726, abs=1e-6)
    assert found["pivotal"] == pytest.approx(0.577919, abs=2e-6)
    assert found["closure"] == pytest.approx(1, abs=1e-8)
    for name, function in (("bayes", toys.posterior), ("pivotal", toys.pivotal)):
        value, error = losses(function, events[None])
        assert abs(value - found[name]) < 4 * error, name


def test_finer_integration_changes_nothing():
    fine, coarse = toys.anchors(half=10.0, points=2501), toys.anchors()
    assert fine["bayes"] == pytest.approx(coarse["bayes"], abs=1e-7)
    assert fine["first_only"] == pytest.approx(coarse["first_only"], abs=1e-7)


def test_events_have_the_means_and_covariances_that_they_should(events):
    for z, (background, signal) in events.items():
        np.testing.assert_allclose(np.cov(background["x1"], background["x2"]), [[1, -0.5], [-0.5, 1]], atol=0.012)
        shift = 0 if z is None else z
        assert signal["x2"].mean() == pytest.approx(1 + shift, abs=0.015)
        assert np.var(signal["x2"]) == pytest.approx(2 if z is None else 1, rel=0.015)
        assert signal["x1"].mean() == pytest.approx(1, abs=0.01)


def test_the_pivotal_classifier_does_not_know_z_and_is_a_posterior(events):
    low, high = (np.concatenate([toys.pivotal(h["x1"], h["x2"]) for h in events[z]]) for z in (-1, 1))
    both = np.sort(np.concatenate([low, high]))
    apart = [np.searchsorted(np.sort(values), both, side="right") / len(values) for values in (low, high)]
    assert np.abs(apart[0] - apart[1]).max() < 2.5 * 0.8687 * np.sqrt(1 / HALF)  # of 2 HALF events each
    background, signal = (toys.pivotal(half["x1"], half["x2"]) for half in events[None])
    edges = np.linspace(0.1, 0.9, 9)
    counts = [np.histogram(values, edges)[0] for values in (background, signal)]
    share = counts[1] / (counts[0] + counts[1])
    inside = [np.histogram(values, edges, weights=values)[0] for values in (background, signal)]
    np.testing.assert_allclose(share, (inside[0] + inside[1]) / (counts[0] + counts[1]), atol=0.008)


def test_no_pivotal_function_of_the_first_coordinate_alone_is_better():
    found = toys.anchors()
    assert found["bayes"] < found["pivotal"] < found["first_only"] < np.log(2)


@pytest.mark.parametrize("name", ["pivot_signal", "pivot_background"])
def test_ntuples_hold_the_columns_of_the_toy_and_nothing_else(tmp_path, name):
    parts = []
    for chunk in range(2):
        seed = generator.chunk_seed(1, 0, chunk)
        sample, process = chunks.simulate(name, 50, seed=seed, simulation=nothing())
        parts.append(sample)
    joined, about = chunks.join(parts, 50)
    path = tmp_path / "0.root"
    names = {"run": 1, "channel_number": process.channel_number, "first_event": 1, "generator": process.generator}
    writer.write(joined, path, **names, cross_section_pb=1.0, sum_weights=joined.sum_weights, chunks=about)
    with uproot.open(path) as file:
        arrays = file["mini"].arrays(library="np")
        assert {"x1", "x2", "z", "mcWeight", "XSection", "SumWeights"} < set(arrays)
        assert not [key for key in arrays if "photon" in key or "jet" in key]
    np.testing.assert_array_equal(arrays["eventNumber"], np.arange(1, 101))
    assert (arrays["SumWeights"] == 100).all() and (arrays["mcWeight"] == 1).all()
    np.testing.assert_allclose(arrays["z"][:50], parts[0].columns["z"], rtol=1e-6)
    assert np.any(parts[0].columns["z"] != parts[1].columns["z"])


def test_toys_are_taken_and_become_data_as_other_samples():
    sample, _ = chunks.simulate("pivot_signal", 20, seed=1, simulation=nothing())
    some = samples.take(sample, np.array([3, 1]))
    assert len(some) == 2 and some.columns["x1"][0] == sample.columns["x1"][3]
    data = samples.as_data(sample, np.random.default_rng(1))
    assert sorted(data.columns["x2"]) == sorted(sample.columns["x2"]) and data.sum_weights == 0


def nothing():
    """A configuration `simulation` that a toy does not look at."""
    return {}
