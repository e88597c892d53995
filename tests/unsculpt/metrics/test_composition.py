"""A background of several samples: their shares, and the divergence of a change of composition."""

import json

import numpy as np
import pytest
from scipy.integrate import quad

from unsculpt import axes, metrics
from unsculpt.metrics.composition import composition_divergence, samples_of

EDGES = np.arange(105, 161.0)
SLOPES = {"steep": 12.0, "flat": 60.0}


def falling(rng, number, slope):
    """Masses of an exponential of this slope (GeV) between 105 and 160 GeV."""
    return 105 - slope * np.log(1 - rng.random(number) * (1 - np.exp(-55 / slope)))


def mixture(rng, efficiencies, numbers=(8000, 8000), sizes=(1.0, 1.0), signals=4000):
    """Columns of signal and of two samples that a cut of signal efficiency 1/2 keeps by these efficiencies."""
    score = [rng.random(signals)]
    mass, weights, sample = [rng.normal(125, 1.7, signals)], [np.full(signals, 0.01)], ["tth"] * signals
    for (name, slope), efficiency, number, size in zip(SLOPES.items(), efficiencies, numbers, sizes, strict=True):
        passes = rng.random(number) < efficiency
        score.append(np.where(passes, 0.55, 0) + 0.45 * rng.random(number))  # the cut is near 0.5
        mass.append(falling(rng, number, slope))
        weights.append(size * rng.uniform(0.5, 1.5, number))
        sample += [name] * number
    return {
        "score": np.concatenate(score),
        "label": np.repeat([1, 0], [signals, sum(numbers)]),
        "mass": np.concatenate(mass),
        "weights": np.concatenate(weights),
        "sample": np.array(sample),
    }


def measure(columns, rng, **changes):
    settings = {"signal_efficiency": 0.5, "jsd_base": 2, "jsd_reference": "inclusive", "bootstrap_replicas": 100}
    score, rest = columns["score"], {key: values for key, values in columns.items() if key != "score"}
    settings = metrics.Settings(axes.spectrum(EDGES, (120, 130)), **settings | changes)
    return metrics.measure_point(score, **rest, settings=settings, rng=rng)


def expected_divergence(efficiencies, yields, reference="inclusive"):
    """The JSD in bits of the two mixtures, by numerical integration of their densities."""
    densities = [lambda m, s=s: np.exp(-(m - 105) / s) / (s * (1 - np.exp(-55 / s))) for s in SLOPES.values()]
    shares = np.array(yields) / sum(yields)

    def mixed(m, weights):
        return sum(w * density(m) for w, density in zip(weights / weights.sum(), densities, strict=True))

    efficiencies = np.array(efficiencies)
    others = shares * (1 - efficiencies) if reference == "fail" else shares

    def integrand(m):
        p, q = mixed(m, shares * efficiencies), mixed(m, others)
        return (p * np.log2(2 * p / (p + q)) + q * np.log2(2 * q / (p + q))) / 2

    return quad(integrand, 105, 160)[0]


@pytest.mark.parametrize("reference", ["inclusive", "fail"])
def test_a_cut_that_is_flat_in_each_sample_sculpts_by_the_composition_alone(rng, reference):
    efficiencies, numbers, sizes = (0.1, 0.4), (60000, 40000), (1.0, 1.5)
    columns = mixture(rng, efficiencies, numbers, sizes, signals=20000)
    point = measure(columns, rng, jsd_reference=reference)
    for part, efficiency, share in zip(point.samples, efficiencies, (0.5, 0.5), strict=True):
        assert abs(part.background_efficiency.value - efficiency) < 4 * part.background_efficiency.error < 0.02
        assert abs(part.share_before.value - share) < 4 * part.share_before.error < 0.02
        assert abs(part.share_after.value - efficiency / sum(efficiencies)) < 4 * part.share_after.error < 0.03
        assert part.jsd.p_value > 1e-3 and part.jsd.value < 1.6 * part.jsd.floor
        assert part.jsd.reference == reference
    truth = expected_divergence(efficiencies, (60000, 60000), reference)
    found = point.jsd_composition
    assert found.value > 100 * found.floor and found.p_value < 1e-6
    assert abs(found.value - found.floor_equal_shapes - truth) < 4 * found.error < 0.2 * truth
    assert abs(point.jsd.value - point.jsd.floor - truth) < 4 * point.jsd.error < 0.4 * truth


def test_the_numbers_of_a_sample_are_those_of_an_independent_calculation(rng):
    columns = mixture(rng, (0.2, 0.5), (900, 700), (1.0, 3.0))
    point = measure(columns, rng)
    background, passes = columns["label"] == 0, columns["score"] >= point.threshold
    total, kept = (columns["weights"][chosen].sum() for chosen in (background, background & passes))
    spectra = []
    for part in point.samples:
        own = columns["sample"] == part.name
        before, after = (columns["weights"][chosen].sum() for chosen in (own, own & passes))
        assert part.share_before.value == pytest.approx(before / total)
        assert part.share_after.value == pytest.approx(after / kept)
        assert part.background_efficiency.value == pytest.approx(after / before)
        shape, passing = (
            np.histogram(columns["mass"][chosen], EDGES, weights=columns["weights"][chosen])[0]
            for chosen in (own, own & passes)
        )
        assert part.jsd.value == pytest.approx(float(metrics.jensen_shannon(passing, shape, base=2)))
        spectra.append(after / before * shape)
    inclusive = np.histogram(columns["mass"][background], EDGES, weights=columns["weights"][background])[0]
    expected = metrics.jensen_shannon(sum(spectra), inclusive, base=2)
    assert point.jsd_composition.value == pytest.approx(float(expected))
    profile = point.curves["composition"]
    low, high = profile["edges_gev"][2:4]
    inside = background & passes & (columns["mass"] >= low) & (columns["mass"] < high)
    own = inside & (columns["sample"] == "flat")
    share = columns["weights"][own].sum() / columns["weights"][inside].sum()
    assert profile["samples"]["flat"]["after"]["value"][2] == pytest.approx(share)


def parts_of(rng, numbers, slopes, efficiencies, sizes, replicas):
    """Spectra of samples that are cut flatly, Poisson numbers of events, and their replicas."""
    parts, drawn = [], []
    for number, slope, efficiency, size in zip(numbers, slopes, efficiencies, sizes, strict=True):
        number = rng.poisson(number)
        weights, passes = size * rng.uniform(0.5, 1.5, number), rng.random(number) < efficiency
        options = {"weights": weights, "edges": EDGES, "replicas": replicas, "rng": rng}
        pair, own = metrics.divergence.selected_spectra(falling(rng, number, slope), passes, **options)
        parts.append(pair)
        drawn.append(own)
    passed, failed = (np.stack([own[i] for own in drawn], axis=1) for i in (0, 1))
    return parts, (passed, passed + failed)


def toys(rng, number, *arguments, reference="inclusive", replicas=0):
    options = {"edges": EDGES, "base": 2, "reference": reference}
    found = [composition_divergence(*parts_of(rng, *arguments, replicas), **options) for _ in range(number)]
    return {key: np.array([getattr(one, key) for one in found]) for key in metrics.to_json(found[0])}


@pytest.mark.parametrize("reference", ["inclusive", "fail"])
@pytest.mark.parametrize(
    ("numbers", "slopes", "sizes"),
    [((2000, 2000), (20, 60), (1, 1)), ((600, 2000), (20, 60), (3, 0.5)), ((1500, 900, 700), (15, 30, 80), (1, 1, 2))],
)
def test_equal_efficiencies_show_the_floor(rng, numbers, slopes, sizes, reference):
    found = toys(rng, 800, numbers, slopes, (0.2,) * len(numbers), sizes, reference=reference)
    spread = found["value"].std() / np.sqrt(800)
    assert abs(found["value"].mean() - found["floor_equal_efficiencies"].mean()) < 4 * spread
    assert (found["floor"] == np.maximum(found["floor_equal_efficiencies"], found["floor_equal_shapes"])).all()
    assert np.mean(found["p_value"] < 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(found["p_value"] < 0.5) == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize("reference", ["inclusive", "fail"])
def test_equal_shapes_show_what_their_noise_makes_of_the_efficiencies(rng, reference):
    found = toys(rng, 300, (2000, 3000), (30, 30), (0.1, 0.4), (1, 2), reference=reference)
    assert found["value"].mean() == pytest.approx(found["floor_equal_shapes"].mean(), rel=0.05)
    assert (found["floor"] == found["floor_equal_shapes"]).all(), "the floor beside it is of efficiencies, and smaller"
    assert np.mean(found["p_value"] < 0.05) == pytest.approx(0.05, abs=0.04)


def test_the_error_is_the_spread_of_independent_samples(rng):
    arguments = (3000, 3000), (20, 60), (0.15, 0.3), (1, 1)
    found = toys(rng, 200, *arguments, replicas=60)
    assert np.sqrt(np.mean(found["error"] ** 2)) == pytest.approx(found["value"].std(), rel=0.25)
    found = toys(rng, 200, (3000, 3000), (20, 60), (0.2, 0.2), (1, 1), replicas=60)
    assert 0.8 < np.median(found["error"]) / found["value"].std() < 2


def test_the_errors_of_shares_are_the_spread_of_independent_samples(rng):
    points = [measure(mixture(rng, (0.2, 0.4), (1500, 1000), signals=800), rng) for _ in range(60)]
    for name in ("share_after", "background_efficiency"):
        found = [getattr(point.samples[1], name) for point in points]
        error = np.sqrt(np.mean([number.error**2 for number in found]))
        assert error == pytest.approx(np.std([number.value for number in found]), rel=0.3), name


def test_one_sample_has_no_composition_and_its_numbers_do_not_change(rng):
    columns = mixture(rng, (0.2, 0.4), (900, 900))
    names, one = columns.pop("sample"), np.where(columns["label"] == 1, "tth", "ttyy")
    plain, single, mixed = (
        metrics.to_json(measure(columns | extra, np.random.default_rng(3)))
        for extra in ({}, {"sample": one}, {"sample": names})
    )
    assert plain == single
    assert (single["samples"], single["jsd_composition"], single["curves"]["composition"]) == ([], None, None)
    for changed in ("samples", "jsd_composition"):
        mixed.pop(changed), plain.pop(changed)
    mixed["curves"].pop("composition"), plain["curves"].pop("composition")
    for changed in ("jsd", "jsd_window", "jsd_beyond_slope", "jsd_other_reference"):  # whose floors know the samples
        assert mixed.pop(changed)["value"] == plain.pop(changed)["value"]
    assert mixed["curves"].pop("jsd")["value"] == plain["curves"].pop("jsd")["value"]
    assert mixed == plain


def test_samples_keep_the_order_of_the_table():
    names, index = samples_of(np.array(["ttyy", "ttyy", "ntni", "ttyy", "fake"]))
    assert names == ["ttyy", "ntni", "fake"] and index.tolist() == [0, 0, 1, 0, 2]
    assert samples_of(np.array(["ttyy", "ttyy"])) == samples_of(np.array([], str)) == ([], None)


@pytest.mark.parametrize("efficiencies", [(0.0, 0.0), (1.0, 1.0), (0.0, 0.3)])
def test_a_sample_of_which_nothing_passes_has_nulls_and_no_nan(rng, efficiencies):
    columns = mixture(rng, efficiencies, (300, 200))
    point = metrics.to_json(measure(columns, rng))
    json.dumps(point, allow_nan=False)
    assert [part["background_efficiency"]["value"] for part in point["samples"]] == pytest.approx(efficiencies, abs=0.1)
    assert point["samples"][0]["jsd"]["value"] is None
    assert (point["jsd_composition"]["value"] is None) == (efficiencies[0] == efficiencies[1])


def test_negative_weights_of_a_sample_give_no_nan(rng):
    columns = mixture(rng, (0.2, 0.4), (400, 60))
    signs = np.where(columns["sample"] == "flat", rng.choice([-1, 1], len(columns["mass"]), p=[0.55, 0.45]), 1)
    json.dumps(metrics.to_json(measure(columns | {"weights": signs * columns["weights"]}, rng)), allow_nan=False)
