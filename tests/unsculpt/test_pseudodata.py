import itertools
from dataclasses import replace

import numpy as np
import pytest
from defaults import default

from unsculpt import pseudodata
from unsculpt.errors import InputError
from unsculpt.simulation import samples
from unsculpt.simulation.generator import chunk_seed

SIMULATION = default("simulation", batch_size=500)
CHANNELS = {"hadronic": {"min_jets": 3, "min_bjets": 1, "max_leptons": 0}, "rest": {}}
CUTS = {"selection_cuts": default("selection", channels=CHANNELS), "mass": default("mass")}
TTH = {"process": "tth", "cross_section_pb": 0.5071, "branching_ratio": 0.00227}
NTNI = {
    "process": "ntni",
    "region": "ntni",
    "normalisation": {"to": "sidebands", "sideband_events": 10, "channel": "hadronic"},
}


def simulate(signal=TTH, strength=1.0, luminosity_fb=60.0, seed=1, **backgrounds):
    backgrounds = backgrounds or {"ntni": NTNI}
    return pseudodata.simulate(
        signal,
        backgrounds,
        strength=strength,
        luminosity_fb=luminosity_fb,
        cuts=CUTS,
        seeds=pseudodata.seeds(seed, 3, 1 + len(backgrounds)),
        simulation=SIMULATION,
        rng=np.random.default_rng(seed),
    )


@pytest.fixture(scope="module")
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pseudodata, "POOL_STEP", 200)
        yield


@pytest.fixture(scope="module")
def tth(small):
    return pseudodata.Pool(TTH, iter([1]), SIMULATION).sample


@pytest.fixture(scope="module")
def ntni(small):
    return pseudodata.Pool({"process": "ntni"}, iter([1]), SIMULATION).sample


@pytest.fixture(scope="module")
def drawn(small):
    return simulate()


@pytest.fixture(scope="module")
def background_only(small):
    return simulate(strength=0.0)


def test_events_have_weight_one_and_no_truth(drawn):
    assert (drawn.weight == 1).all()
    assert not drawn.photons["prompt"].any()
    assert not drawn.leptons["prompt"].any()
    assert not drawn.jets["flavour"].any()
    assert drawn.sum_weights == 0
    np.testing.assert_array_equal(drawn.number, np.arange(len(drawn)))


def test_sidebands_hold_the_expected_number_of_events(drawn):
    counted = pseudodata.in_sidebands(drawn, **CUTS, channel="hadronic")
    assert counted == pytest.approx(10, abs=5 * np.sqrt(10))


def test_signal_follows_luminosity_cross_section_and_branching_ratio(drawn, background_only):
    expected = 60 * 507.1 * 0.00227 * 0.49  # produced times preselected
    assert len(drawn) - len(background_only) == pytest.approx(expected, abs=5 * np.sqrt(2 * len(drawn)))
    assert len(background_only) > 0


def test_the_same_seed_draws_the_same_events_and_another_seed_others(small, drawn):
    np.testing.assert_array_equal(simulate().photons["pt"], drawn.photons["pt"])
    assert not np.array_equal(simulate(seed=2).photons["pt"][:20], drawn.photons["pt"][:20])


def test_photons_of_a_tight_isolated_background_stay_what_they_are(small):
    prompt = {"process": "yy", "region": "ti", "cross_section_pb": 0.5}
    sample = simulate(yy=prompt, strength=0.0, luminosity_fb=0.3)
    assert not sample.photons["tight"].all()


def test_background_at_a_cross_section_follows_the_luminosity(small):
    sample = simulate(yy={"process": "yy", "cross_section_pb": 1.0}, strength=0.0, luminosity_fb=0.3)
    assert len(sample) == pytest.approx(300 * 0.21, abs=6 * np.sqrt(63) + 15)


@pytest.mark.parametrize("components", [2, 3, 5])
def test_seeds_of_two_components_are_never_the_same(components):
    taken = [itertools.islice(numbers, 100) for numbers in pseudodata.seeds(1, 3, components)]
    assert len({*itertools.chain(*taken)}) == 100 * components


def test_signal_and_one_background_share_out_even_and_odd_chunks():
    signal, background = ([next(numbers) for _ in range(3)] for numbers in pseudodata.seeds(1, 3, 2))
    assert signal == [chunk_seed(1, 3, chunk) for chunk in (0, 2, 4)]
    assert background == [chunk_seed(1, 3, chunk) for chunk in (1, 3, 5)]


def test_made_good_every_photon_is_tight_and_isolated_and_keeps_its_momentum(ntni):
    good = pseudodata.with_good_photons(ntni)
    assert good.photons["tight"].all()
    for cone in ("etcone20", "ptcone30"):
        assert (good.photons[cone] < 0.05 * good.photons["pt"]).all()
        order = np.argsort(ntni.photons[cone] / ntni.photons["pt"])
        assert (np.diff((good.photons[cone] / good.photons["pt"])[order]) >= 0).all()
    np.testing.assert_array_equal(good.photons["pt"], ntni.photons["pt"])


def test_events_are_drawn_in_proportion_to_their_weights(tth, rng):
    weighted = replace(tth, weight=np.where(tth.number % 2, 3.0, 1.0))
    odd = np.concatenate([pseudodata.draw(weighted, 20, rng).number % 2 for _ in range(200)])
    assert odd.mean() == pytest.approx(np.average(weighted.number % 2, weights=weighted.weight), abs=0.04)


def test_more_events_than_were_simulated_cannot_be_drawn(tth, rng):
    with pytest.raises(RuntimeError, match="allow"):
        pseudodata.draw(tth, len(tth) + 1, rng)


YY = {"process": "yy", "region": "ti", "cross_section_pb": 0.2}


class Recorded(pseudodata.Pool):
    """A pool of a few events, which stands for as many as are wanted, and records how many those are."""

    def __init__(self, *args):
        super().__init__(*args)
        self.asked = []

    def by_cross_section(self, produced, rng):
        self.asked.append(produced)
        return samples.take(self.sample, np.arange(0))

    def by_sidebands(self, events, cuts, rng):
        self.asked.append((events, cuts["channel"]))
        return samples.take(self.sample, np.arange(0))


def test_a_mixture_is_drawn_with_what_each_sample_brings_and_what_that_leaves(small, monkeypatch):
    """The sample of the sidebands comes first in the study and last in the drawing; the others by their cross-sections."""
    made = []
    monkeypatch.setattr(pseudodata, "Pool", lambda *args: made.append(Recorded(*args)) or made[-1])
    fakes = NTNI | {"normalisation": {"to": "sidebands", "sideband_events": 100, "channel": "all"}}
    simulate(fakes=fakes, yy=YY, tth_2=TTH, luminosity_fb=0.3)
    signal, rest, prompt, second = made
    assert (signal.asked, second.asked) == ([pytest.approx(0.3 * 507.1 * 0.00227)],) * 2
    assert prompt.asked == [pytest.approx(60)]
    taken = [
        pool.asked[0] * pseudodata.in_sidebands(pool.sample, **CUTS, channel="all") / pool.sample.sum_weights
        for pool in (prompt, second)
    ]
    assert taken[0] > 1 and rest.asked == [(pytest.approx(100 - sum(taken)), "all")]


def test_each_sample_of_a_mixture_is_drawn_as_often_as_expected(small, monkeypatch):
    """Over 200 toys the numbers in the sidebands are Poisson around the expectation of each sample, and independent."""
    sizes = []
    merge = samples.merge
    ready = {"tth": pseudodata.Pool(TTH, iter([1]), SIMULATION)}
    ready["yy"] = pseudodata.Pool(YY, iter([2]), SIMULATION)
    ready["ntni"] = pseudodata.Pool(NTNI, iter([3]), SIMULATION)
    for name, wanted in (("yy", 200), ("ntni", 200)):
        while len(ready[name].sample) < wanted:
            ready[name]._grow(400)
    fakes = NTNI | {"normalisation": {"to": "sidebands", "sideband_events": 10, "channel": "all"}}
    ready["ntni"].settings = fakes
    counted = {}
    for name, pool in ready.items():
        counted[name] = pseudodata.in_sidebands(pool.sample, **CUTS, channel="all")
    by_size = {len(pool.sample): counted[name] for name, pool in ready.items()}
    monkeypatch.setattr(pseudodata, "Pool", lambda settings, *_: ready[settings["process"]])
    monkeypatch.setattr(pseudodata, "in_sidebands", lambda sample, **_: by_size[len(sample)])
    monkeypatch.setattr(
        samples, "merge", lambda parts, sigma: sizes.append([len(p) for p in parts]) or merge(parts, sigma)
    )
    luminosity = 0.1
    rng = np.random.default_rng(5)
    for _ in range(200):
        pseudodata.simulate(
            TTH,
            {"ntni": fakes, "yy": YY},
            strength=2.0,
            luminosity_fb=luminosity,
            cuts=CUTS,
            seeds=[None] * 3,
            simulation=SIMULATION,
            rng=rng,
        )
    drawn = np.array([numbers for numbers in sizes if len(numbers) == 3])
    share = {name: counted[name] / pool.sample.sum_weights for name, pool in ready.items()}
    acceptance = {name: pool.sample.weight.sum() / pool.sample.sum_weights for name, pool in ready.items()}
    produced = {"tth": 2 * luminosity * 507.1 * 0.00227, "yy": luminosity * 200}
    left = 10 - produced["yy"] * share["yy"]
    expected = [produced["tth"] * acceptance["tth"], produced["yy"] * acceptance["yy"]]
    expected.append(left * ready["ntni"].sample.weight.sum() / counted["ntni"])
    expected = np.array(expected)
    assert drawn.shape == (200, 3) and left > 3
    assert (np.abs(drawn.mean(axis=0) - expected) < 4 * np.sqrt(expected / 200)).all()
    assert (np.abs(drawn.var(axis=0) / expected - 1) < 4 * np.sqrt((2 + 1 / expected) / 200)).all()
    assert (np.abs(np.corrcoef(drawn.T)[np.triu_indices(3, 1)]) < 4 / np.sqrt(200)).all()


def test_a_mixture_that_is_full_already_is_one_sentence(small):
    sentence = r"samples.fakes.normalisation.sideband_events 10 the other backgrounds \(yy\) have .* leaves none"
    with pytest.raises(InputError, match=sentence):
        simulate(fakes=NTNI | {"normalisation": {"to": "sidebands", "sideband_events": 10}}, yy=YY, luminosity_fb=10)


def test_a_selection_that_nothing_passes_is_named_after_a_few_steps(small, monkeypatch):
    monkeypatch.setattr(pseudodata, "EMPTY_STEPS", 1)
    monkeypatch.setitem(CUTS, "selection_cuts", CUTS["selection_cuts"] | {"photon_pt_min_gev": 5000})
    sentence = r"none of \d+ generated ntni events lies in the sidebands of the channel .* choose another samples"
    with pytest.raises(InputError, match=sentence):
        simulate(strength=0.0, luminosity_fb=1.0)
