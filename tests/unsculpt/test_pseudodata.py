import copy
import itertools
from dataclasses import replace

import numpy as np
import pytest
from defaults import default, reading, resolved

from unsculpt import axes, pseudodata
from unsculpt.errors import InputError
from unsculpt.simulation.generator import chunk_seed


def definitions_of(base="config/config.yaml", **changes):
    """What `in_sidebands` takes besides the channel, of a study with `changes` merged into it."""
    told, mass = reading(base, **changes), resolved(base)["mass"]
    return {"study": told["definitions"], "about": told["format"], "axis": axes.mass(mass)}


SIMULATION = default("simulation", batch_size=500)
HADRONIC = "count(jet) >= 3 and count(jet.tagged) >= 1 and count(lepton) == 0"
CHANNELS = {"leptonic": {"require": False}, "hadronic": {"require": HADRONIC}, "rest": {}}
CUTS = definitions_of(channels=CHANNELS)
TTH = {"process": "tth", "searched": True, "cross_section_pb": 0.5071, "branching_ratio": 0.00227}
NTNI = {
    "process": "ntni",
    "searched": False,
    "normalisation": {"to": "sidebands", "sideband_events": 10, "channel": "hadronic"},
}


def simulate(signal=TTH, strength=1.0, luminosity_fb=60.0, seed=1, cuts=CUTS, **backgrounds):
    backgrounds = backgrounds or {"ntni": NTNI}
    return pseudodata.simulate(
        signal,
        backgrounds,
        strength=strength,
        luminosity_fb=luminosity_fb,
        cuts=cuts,
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
def drawn(small):
    return simulate()


@pytest.fixture(scope="module")
def background_only(small):
    return simulate(strength=0.0)


def test_events_have_weight_one_and_no_truth(drawn):
    assert (drawn.weight == 1).all()
    assert not drawn.photons["prompt"].any()
    assert not drawn.leptons["prompt"].any()
    assert not any(drawn.jets[truth].any() for truth in ("flavour", "top", "role"))
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
    prompt = {"process": "yy", "searched": True, "cross_section_pb": 0.5}
    sample = simulate(yy=prompt, strength=0.0, luminosity_fb=0.3)
    assert not sample.photons["tight"].all()


def test_background_at_a_cross_section_follows_the_luminosity(small):
    sample = simulate(yy={"process": "yy", "searched": True, "cross_section_pb": 1.0}, strength=0.0, luminosity_fb=0.3)
    assert len(sample) == pytest.approx(300 * 0.21, abs=6 * np.sqrt(63) + 15)


@pytest.mark.parametrize("components", [2, 3, 5])
def test_seeds_of_two_components_are_never_the_same(components):
    taken = [itertools.islice(numbers, 100) for numbers in pseudodata.seeds(1, 3, components)]
    assert len({*itertools.chain(*taken)}) == 100 * components


def test_signal_and_one_background_share_out_even_and_odd_chunks():
    signal, background = ([next(numbers) for _ in range(3)] for numbers in pseudodata.seeds(1, 3, 2))
    assert signal == [chunk_seed(1, 3, chunk) for chunk in (0, 2, 4)]
    assert background == [chunk_seed(1, 3, chunk) for chunk in (1, 3, 5)]


def test_events_are_drawn_in_proportion_to_their_weights(tth, rng):
    weighted = replace(tth, weight=np.where(tth.number % 2, 3.0, 1.0))
    odd = np.concatenate([pseudodata.draw(weighted, 20, rng).number % 2 for _ in range(200)])
    assert odd.mean() == pytest.approx(np.average(weighted.number % 2, weights=weighted.weight), abs=0.04)


def test_more_events_than_were_simulated_cannot_be_drawn(tth, rng):
    with pytest.raises(RuntimeError, match="allow"):
        pseudodata.draw(tth, len(tth) + 1, rng)


YY = {"process": "yy", "searched": True, "cross_section_pb": 0.2}


@pytest.fixture(scope="module")
def pools(small):
    """A pool of each sample of a mixture, large enough not to grow, and its weight in the sidebands."""
    fakes = NTNI | {"normalisation": {"to": "sidebands", "sideband_events": 10, "channel": "all"}}
    given = {"tth": TTH, "yy": YY, "fakes": fakes}
    pools = {name: pseudodata.Pool(pool, iter([i, 9 + i]), SIMULATION) for i, (name, pool) in enumerate(given.items())}
    for name in ("yy", "fakes"):
        pools[name]._grow(500)
    pools["second"] = pools["tth"]
    return pools, {name: pseudodata.in_sidebands(pool.sample, **CUTS, channel="all") for name, pool in pools.items()}


def test_each_sample_of_a_mixture_is_drawn_as_often_as_expected(pools, monkeypatch):
    """The numbers of toys are Poisson around the expectation of each sample, and independent.

    The sample of the sidebands comes first in the mixture and is expected to take what the others leave.
    """
    pools, counted = pools
    known = {len(pool.sample): counted[name] for name, pool in pools.items()}
    monkeypatch.setattr(pseudodata, "in_sidebands", lambda sample, **_: known[len(sample)])  # slow, and always the same
    mixture = {name: pools[name] for name in ("fakes", "yy", "second")}
    given = {"strength": 30.0, "luminosity_fb": 0.1, "cuts": CUTS, "rng": np.random.default_rng(5)}
    toys = [[len(part) for part in pseudodata.draw_each(pools["tth"], mixture, **given)] for _ in range(500)]

    produced = {"tth": 30 * 50.71 * 0.00227, "yy": 0.1 * 200, "second": 50.71 * 0.00227}
    share = {name: counted[name] / pool.sample.sum_weights for name, pool in pools.items()}
    left = 10 - produced["yy"] * share["yy"] - produced["second"] * share["second"]
    assert 3 < left < 9.5
    expected = {name: produced[name] * len(pools[name].sample) / pools[name].sample.generated for name in produced}
    expected["fakes"] = left * len(pools["fakes"].sample) / counted["fakes"]
    for numbers, name in zip(np.transpose(toys), ("tth", "yy", "second", "fakes"), strict=True):
        mean = expected[name]
        assert abs(numbers.mean() - mean) < 4 * np.sqrt(mean / 500), name
        assert abs(numbers.var() / mean - 1) < 4 * np.sqrt((2 + 1 / mean) / 500), name
    assert (np.abs(np.corrcoef(np.transpose(toys))[np.triu_indices(4, 1)]) < 4 / np.sqrt(500)).all()


def test_one_background_is_drawn_as_it_was_before_there_were_mixtures(pools):
    """Signal first, then the background, from one generator: the same events of the same seed."""
    pools, counted = pools
    given = {"strength": 1.0, "luminosity_fb": 60.0, "cuts": CUTS, "rng": np.random.default_rng(1)}
    signal, fakes = pseudodata.draw_each(pools["tth"], {"fakes": pools["fakes"]}, **given)
    rng, sample = np.random.default_rng(1), pools["tth"].sample
    number = rng.poisson(60 * 507.1 * 0.00227 * len(sample) / sample.generated)
    np.testing.assert_array_equal(signal.number, pseudodata.draw(sample, number, rng).number)
    sample = pools["fakes"].sample
    number = rng.poisson(len(sample) * 10 / counted["fakes"])
    np.testing.assert_array_equal(fakes.number, pseudodata.draw(sample, number, rng).number)


def test_a_mixture_that_is_full_already_is_one_sentence(pools, rng):
    pools, _ = pools
    full = copy.copy(pools["fakes"])
    full.settings = NTNI | {"normalisation": {"to": "sidebands", "sideband_events": 0.5}}
    sentence = r"samples.fakes.normalisation.sideband_events 0.5 the other backgrounds \(yy\) have .* leaves none"
    with pytest.raises(InputError, match=sentence):
        mixture = {"fakes": full, "yy": pools["yy"]}
        pseudodata.draw_each(pools["tth"], mixture, strength=1.0, luminosity_fb=0.1, cuts=CUTS, rng=rng)


def test_a_selection_that_nothing_passes_is_named_after_a_few_steps(small, monkeypatch):
    monkeypatch.setattr(pseudodata, "EMPTY_STEPS", 1)
    none = definitions_of(channels=CHANNELS, cuts={"hard": "photon[0].pt > 5000"})
    sentence = r"none of \d+ generated ntni events lies in the sidebands of the channel .* choose another samples"
    with pytest.raises(InputError, match=sentence):
        simulate(strength=0.0, luminosity_fb=1.0, cuts=none)


def test_the_region_that_is_searched_is_the_first_whatever_it_is_called(small, background_only):
    """Fakes are made to look like its events, and these are counted and hidden."""
    good = CUTS["study"]["regions"]["ti"]
    renamed = CUTS | {"study": CUTS["study"] | {"regions": {"good": good, "ti": "not good", "ntni": False}}}
    fakes = simulate(strength=0.0, cuts=renamed)
    np.testing.assert_array_equal(fakes.photons["pt"], background_only.photons["pt"])
    for cuts in (CUTS, renamed):
        assert pseudodata.in_sidebands(fakes, **cuts, channel="hadronic") > 0
    assert (
        len(pseudodata.without_window(fakes, **renamed)) == len(pseudodata.without_window(fakes, **CUTS)) < len(fakes)
    )


def muon_mass(sample):
    """Mass of the two muons of each event, by their sum of four-momenta."""
    leptons = sample.leptons
    pt, eta, phi, e = (leptons[name] for name in ("pt", "eta", "phi", "e"))
    momenta = (e, pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta))
    total = [np.bincount(leptons["event"], weights=p, minlength=len(sample)) for p in momenta]
    return np.sqrt(total[0] ** 2 - sum(p**2 for p in total[1:]))


def test_pseudodata_of_a_study_without_photons(small):
    """Z bosons and the continuum, each at its cross-section, and no opposite-sign pair in the window when blinded."""
    cuts = definitions_of("config/studies/dimuon.yaml")
    zmm = {"process": "zmm", "searched": True, "cross_section_pb": 1472.0}
    mumu = {"process": "mumu", "searched": True, "cross_section_pb": 88.0}
    both = simulate(zmm, cuts=cuts, luminosity_fb=0.0005, mumu=mumu)
    continuum = simulate(zmm, cuts=cuts, luminosity_fb=0.0005, mumu=mumu, strength=0.0)
    expected = {"both": 0.5 * (1472 * 0.375 + 88 * 0.213), "continuum": 0.5 * 88 * 0.213}  # shares that are preselected
    assert len(both) == pytest.approx(expected["both"], abs=5 * np.sqrt(expected["both"]))
    assert len(continuum) == pytest.approx(expected["continuum"], abs=5 * np.sqrt(expected["continuum"]))
    two = np.bincount(both.leptons["event"], minlength=len(both)) == 2
    mass, left = muon_mass(both), pseudodata.without_window(both, **cuts)
    inside = two & (mass >= 84) & (mass < 98)
    gone = ~np.isin(both.met_x, left.met_x)
    assert inside.sum() > 150 and not (gone & two & ~inside).any()
    assert gone.sum() > 0.8 * inside.sum()  # the others fail isolation or the cuts
    assert left.number.tolist() == [*range(len(left))]  # no gaps to count
