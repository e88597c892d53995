import itertools
from dataclasses import replace

import numpy as np
import pytest
from defaults import default

from unsculpt import axes, pseudodata
from unsculpt.errors import InputError

SIMULATION = default("simulation", batch_size=500)
CHANNELS = {"hadronic": {"min_jets": 3, "min_bjets": 1, "max_leptons": 0}, "rest": {}}
CUTS = {"selection_cuts": default("selection", channels=CHANNELS), "axis": axes.mass(default("mass"))}
TTH = {"process": "tth", "cross_section_pb": 0.5071, "branching_ratio": 0.00227}
NTNI = {
    "process": "ntni",
    "region": "ntni",
    "normalisation": {"to": "sidebands", "sideband_events": 10, "channel": "hadronic"},
}


def simulate(signal=TTH, background=NTNI, strength=1.0, luminosity_fb=60.0, seed=1):
    return pseudodata.simulate(
        signal,
        background,
        strength=strength,
        luminosity_fb=luminosity_fb,
        cuts=CUTS,
        seeds=[pseudodata.seeds(seed, 3, component) for component in (0, 1)],
        simulation=SIMULATION,
        archives=[None, None],
        rng=np.random.default_rng(seed),
    )


@pytest.fixture(scope="module")
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pseudodata, "POOL_STEP", 200)
        yield


@pytest.fixture(scope="module")
def tth(small):
    return pseudodata.Pool(TTH, iter([1]), SIMULATION, None).sample


@pytest.fixture(scope="module")
def ntni(small):
    return pseudodata.Pool({"process": "ntni"}, iter([1]), SIMULATION, None).sample


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
    sample = simulate(
        background={"process": "yy", "region": "ti", "cross_section_pb": 0.5}, strength=0.0, luminosity_fb=0.3
    )
    assert not sample.photons["tight"].all()


def test_background_at_a_cross_section_follows_the_luminosity(small):
    background = {"process": "yy", "cross_section_pb": 1.0}
    sample = simulate(background=background, strength=0.0, luminosity_fb=0.3)
    assert len(sample) == pytest.approx(300 * 0.21, abs=6 * np.sqrt(63) + 15)


def test_seeds_of_signal_and_background_are_never_the_same():
    signal, background = (set(itertools.islice(pseudodata.seeds(1, 3, c), 100)) for c in (0, 1))
    assert not signal & background


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


def test_pseudodata_cannot_fix_the_normalisation_they_are_drawn_from(small):
    background = {"process": "ntni", "normalisation": {"to": "sidebands", "sideband_events": None}}
    with pytest.raises(InputError, match=r"normalisation\.sideband_events"):
        simulate(background=background, strength=0.0)


def test_a_selection_that_nothing_passes_is_named_after_a_few_steps(small, monkeypatch):
    monkeypatch.setattr(pseudodata, "EMPTY_STEPS", 1)
    monkeypatch.setitem(CUTS, "selection_cuts", CUTS["selection_cuts"] | {"photon_pt_min_gev": 5000})
    sentence = r"none of \d+ generated ntni events lies in the sidebands of the channel .* choose another samples"
    with pytest.raises(InputError, match=sentence):
        simulate(strength=0.0, luminosity_fb=1.0)
