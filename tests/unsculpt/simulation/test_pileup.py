import numpy as np
import pytest

from unsculpt.simulation import constituents, generator, largejets, pileup, samples, stable
from unsculpt.simulation.processes import PROCESSES

ORDINARY = (211, 50.0, 0.3, 0.1)


@pytest.fixture(scope="module")
def overlay():
    """Of a pool of few events, so that it is made in a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pileup, "POOL", 200)
        patch.setattr(pileup, "POOL_BATCH", 80)
        yield pileup.Overlay(15, 4)


def test_every_event_gets_a_poisson_number_of_interactions_and_keeps_its_own_particles(overlay, visible):
    own = visible(*((event, *ORDINARY) for event in (0, 2, 2)))
    found, number = overlay.over(own, 500)
    assert number.mean() == pytest.approx(15, abs=5 * np.sqrt(15 / 500))
    assert number.var() == pytest.approx(15, rel=0.3)
    assert (np.diff(found["event"]) >= 0).all()
    at = [np.flatnonzero(found["event"] == event)[:2] for event in (0, 2)]
    np.testing.assert_array_equal(found[[at[0][0], *at[1]]], own)
    empty = np.flatnonzero(number == 0)
    assert not np.isin(found["event"], empty[empty > 2]).any()


def test_minimum_bias_is_round_symmetric_and_on_its_mass_shell(overlay, visible):
    found, _ = overlay.over(visible((0, *ORDINARY))[:0], 100)
    pt = np.hypot(found["px"], found["py"])
    np.testing.assert_allclose(pt, found["pt"], rtol=1e-12)
    np.testing.assert_allclose(np.arctan2(found["py"], found["px"]), found["phi"], atol=1e-12)
    np.testing.assert_allclose(np.arcsinh(found["pz"] / pt), found["eta"], rtol=1e-9, atol=1e-12)
    assert (found["e"] ** 2 - pt**2 - found["pz"] ** 2 > -1e-6 * found["e"] ** 2).all()
    assert abs(np.mean(np.cos(found["phi"]))) < 0.02
    assert np.mean(found["eta"] > 0) == pytest.approx(0.5, abs=0.02)
    assert np.abs(found["eta"]).max() < pileup.ETA_MAX


def test_the_pool_has_the_charged_particles_of_collisions_at_13_tev(overlay, visible):
    found, number = overlay.over(visible((0, *ORDINARY))[:0], 200)
    charged = found[found["charged"] & (np.abs(found["eta"]) < 1) & (found["pt"] > 0.05)]
    density = len(charged) / number.sum() / 2
    # measured in |eta| < 0.5 where |eta| < 1 has a charged particle: 6.46(19), arXiv:1509.08734
    assert density == pytest.approx(6.5, rel=0.25)  # a pool of 200 is good to 8 %


def test_pile_up_of_one_seed_is_the_same_again(visible, monkeypatch):
    monkeypatch.setattr(pileup, "POOL", 20)
    own = visible((0, *ORDINARY))
    first, again, other = (pileup.Overlay(15, seed).over(own, 20) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert len(first[0]) != len(other[0])


def hardest(visible, events):
    """Mass of the hardest jet of each event that has one, before and after trimming: shape (events, 2), nan without."""
    p = np.stack([visible[name] for name in ("px", "py", "pz", "e")], axis=1)
    jets = constituents.cluster(p, np.bincount(visible["event"], minlength=events), radius=1.0, pt_min=200.0)
    order = np.lexsort((jets.pt, jets.event))
    last = order[np.diff(jets.event[order], append=-1) != 0]
    jets = jets[np.isin(np.arange(len(jets)), last)]
    found = np.full((events, 2), np.nan)
    found[jets.event, 0] = jets.mass
    trimmed = constituents.trimmed(jets, radius=largejets.TRIM_RADIUS, fraction=largejets.TRIM_FRACTION)
    found[trimmed.event, 1] = trimmed.mass
    return found


def test_pile_up_adds_to_the_mass_of_jets_and_trimming_takes_most_of_it_away(overlay):
    settings = PROCESSES["wprime"].components[3].settings
    pythia = generator.start(settings, seed=6, multiparton_interactions=False)
    (particles,) = generator.batches(pythia, 100, 100)
    visible = stable.visible(particles)
    alone, crowded = (hardest(p, 100) for p in (visible, overlay.over(visible, 100)[0]))
    shift = np.nanmedian(crowded - alone, axis=0)
    assert shift[0] > 10  # GeV
    assert 0 <= shift[1] < 0.3 * shift[0]


def test_a_sample_counts_the_interactions_of_its_events(simulate, monkeypatch, rng):
    monkeypatch.setattr(pileup, "POOL", 100)
    crowded, clean = simulate("wprime", 80, pile_up=12), simulate("wprime", 80)
    assert clean.interactions is None
    assert crowded.interactions.mean() == pytest.approx(12, abs=5 * np.sqrt(12 / len(crowded)))
    both = samples.merge([clean, crowded], 1.0)
    assert not both.interactions[: len(clean)].any()
    some = samples.take(both, np.array([len(both) - 1, 0]))
    assert some.interactions.tolist() == [crowded.interactions[-1], 0]
    assert sorted(samples.as_data(crowded, rng).interactions) == sorted(crowded.interactions)
