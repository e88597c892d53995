from collections import Counter

import numpy as np
import pytest

from unsculpt.errors import InputError
from unsculpt.simulation import hardevents


def toy(ids, seed=0, n=50):
    """Hard events a b -> t tbar y y with conserved momentum, of given incoming partons."""
    rng = np.random.default_rng(seed)
    out = rng.normal(0, 80, (n, 4, 3))
    out -= out.mean(axis=1, keepdims=True)  # at rest
    masses = np.array([172.5, 172.5, 0, 0])
    e_out = np.sqrt((out**2).sum(axis=2) + masses**2)
    half = e_out.sum(axis=1) / 2
    legs = np.zeros((n, 6, 13))
    legs[:, :, 0] = [*ids, 6, -6, 22, 22]
    legs[:, :, 1] = [-1, -1, 1, 1, 1, 1]
    legs[:, 2:, 2:4] = [1, 2]
    legs[:, 0, 8], legs[:, 1, 8] = half, -half
    legs[:, :2, 9] = half[:, None]
    legs[:, 2:, 6:9], legs[:, 2:, 9] = out, e_out
    legs[:, 2:4, 10] = 172.5
    legs[:, :, 12] = 9
    header = np.tile([6, 1, 0.5, 300.0, 0.0073, 0.1], (n, 1))
    return hardevents.HardEvents(header, legs)


@pytest.mark.parametrize("ids", [(2, -2), (-1, 1), (21, 21)])
def test_colour_is_conserved(rng, ids):
    events = hardevents.with_colour_flow(toy(ids), rng)
    for colours in events.colours:
        # an incoming colour is an outgoing anticolour and the other way round
        lines = Counter()
        for leg, (colour, anticolour) in enumerate(colours.tolist()):
            sign = -1 if leg < 2 else 1
            lines.update({colour: sign})
            lines.subtract({anticolour: sign})
        assert all(count == 0 for line, count in lines.items() if line)


@pytest.mark.parametrize("ids", [(2, -2), (-1, 1), (21, 21)])
def test_quarks_carry_colour_antiquarks_anticolour_gluons_both_and_photons_none(rng, ids):
    events = hardevents.with_colour_flow(toy(ids), rng)
    has = {True: 1, False: 0}
    for leg, number in enumerate([*ids, 6, -6, 22, 22]):
        colour, anticolour = events.colours[:, leg].T > 0
        assert (colour == has[number == 21 or 0 < number <= 6]).all()
        assert (anticolour == has[number == 21 or number < 0]).all()


def test_the_gluon_that_goes_with_the_top_quark_is_more_often_its_colour(rng):
    events = toy((21, 21), n=4000)
    forward = events.momentum[:, 2, 2] > 0  # the top flies along gluon 1
    coloured = hardevents.with_colour_flow(events, rng)
    first = coloured.colours[:, 0, 0] == 501
    assert first[forward].mean() > 0.6
    assert first[forward].mean() == pytest.approx(1 - first[~forward].mean(), abs=0.06)


def test_events_survive_writing_and_reading(rng, tmp_path):
    events = hardevents.with_colour_flow(toy((21, 21)), rng)
    hardevents.save(events, tmp_path / "toy.lhe")
    again = hardevents.load(tmp_path / "toy.lhe")
    np.testing.assert_allclose(again.legs, events.legs, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(again.header, events.header, rtol=1e-9)


def test_pythia_takes_the_events_with_their_weights(rng, tmp_path):
    from unsculpt.simulation import generator

    hardevents.save(hardevents.with_colour_flow(toy((21, 21), n=20), rng), tmp_path / "toy.lhe")
    settings = ("Beams:frameType = 4", f"Beams:LHEF = {tmp_path / 'toy.lhe'}")
    pythia = generator.start(settings, seed=3, multiparton_interactions=False)
    (batch,) = generator.batches(pythia, 20, 20)
    assert batch.events == 20
    assert batch.weight == pytest.approx(np.full(20, 0.5))


def test_another_order_of_the_particles_is_refused(rng):
    with pytest.raises(ValueError, match="in this order"):
        hardevents.with_colour_flow(toy((2, 21)), rng)


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "broken.lhe").write_text("<event>\n 6 1 0.5\n</event>\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"broken\.lhe"):
        hardevents.load(tmp_path / "broken.lhe")
