"""Substructure against fastjet's own N-subjettiness, and on jets whose answer is known."""

import awkward as ak
import fastjet
import numpy as np
import pytest

from unsculpt.simulation.constituents import WIDE, clustered
from unsculpt.subjets import observables
from unsculpt.substructure import GROOMED, RECONSTRUCTED, TAU

RADIUS = 0.8
THREE = [(240.0, 0.0, 0.35), (200.0, 0.3, -0.2), (160.0, -0.3, -0.2)]


def spray(rows, soft=0.001):
    """Each row with a soft companion nearby, so that there are more constituents than prongs."""
    return [*rows, *((pt * soft, eta + 0.02, phi + 0.01) for pt, eta, phi in rows)]


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_subjettiness_is_that_of_fastjet(simulated, exponent):
    end = {0.5: "_half", 1.0: "", 2.0: "_square"}[exponent]
    found = observables.subjettiness(simulated, [f"tau{n}{end}" for n in (1, 2, 3)], RADIUS)
    sequence = clustered(simulated.awkward, fastjet.kt_algorithm, WIDE)
    theirs = sequence.njettiness(
        measure_definition="NormalizedMeasure", axes_definition="WTA_KT_Axes", njets=[1, 2, 3], beta=exponent, R0=RADIUS
    )
    for place, values in enumerate(found.values()):
        np.testing.assert_allclose(values, ak.to_numpy(theirs)[:, place], rtol=1e-6)


def test_all_bodies_at_once_are_those_asked_for_one_by_one(simulated):
    together = observables.subjettiness(simulated, list(TAU), RADIUS)
    for name in ("tau1", "tau5_half", "tau8_square"):
        np.testing.assert_array_equal(observables.subjettiness(simulated, [name], RADIUS)[name], together[name])
    values = np.stack([together[f"tau{n}"] for n in range(1, 9)])
    assert (np.diff(values, axis=0) <= 1e-12).mean() > 0.95, "more axes, less is left"


def test_of_few_constituents_little_is_left(jets_of):
    found = observables.subjettiness(jets_of(THREE, spray(THREE)), ["tau2", "tau3", "tau8"], RADIUS)
    assert found["tau2"].min() > 0.1
    assert found["tau3"][0] == 0 and 0 < found["tau3"][1] < 0.001
    assert not found["tau8"].any(), "three and six constituents"


def test_soft_drop_takes_what_is_soft_and_far(jets_of):
    hard = [(300.0, 0.0, 0.0), (250.0, 0.0, 0.4)]
    soft = [(10.0, 0.0, -0.4)]
    found = observables.groomed(jets_of([*hard, *soft], [*hard, (90.0, 0.0, -0.4)], spray(hard)), [*GROOMED], RADIUS)
    mass = np.sqrt(2 * 300 * 250 * (1 - np.cos(0.4)))
    assert found["mass_sd"][0] == pytest.approx(mass, rel=1e-9)
    assert found["mass_sd"][1] > 1.3 * mass, "a seventh of the momentum stays"
    assert found["pt_sd"][0] == pytest.approx(np.hypot(300 + 250 * np.cos(0.4), 250 * np.sin(0.4)), rel=1e-9)
    assert found["tau2_sd"][0] == 0 and found["tau1_sd"][0] > 0
    assert found["tau1_sd"][2] > found["tau2_sd"][2] > 0


def test_soft_drop_is_that_of_fastjet_jet_by_jet(simulated):
    left = observables.soft_dropped(simulated, RADIUS)
    for i in range(5):
        rows = slice(simulated.first[i], simulated.first[i + 1])
        alone = clustered(
            ak.Array([dict(zip(("px", "py", "pz", "E"), p, strict=True)) for p in simulated.p[rows].tolist()]),
            fastjet.cambridge_algorithm,
            WIDE,
        ).exclusive_jets_softdrop_grooming(njets=1, beta=0.0, symmetry_cut=0.1, R0=RADIUS)
        assert float(np.ravel(ak.to_numpy(alone["msoftdrop"]))[0]) == pytest.approx(left.mass[i], rel=1e-6)


def test_a_top_is_reconstructed(simulated):
    found = observables.reconstructed(simulated, RECONSTRUCTED, RADIUS)
    assert np.median(found["hep_mass"]) == pytest.approx(168, abs=8)
    assert np.median(found["hep_ratio"]) < 0.15
    assert set(found["hep_radius"]) <= {*observables.RADII, RADIUS}
    assert 0.3 < np.median(found["hep_radius"]) < 0.8


def test_the_radius_shrinks_until_the_mass_is_lost(jets_of):
    """Three prongs at 0.35 and less of the middle are one subjet of radius 0.6; a third as far, of 0.3."""
    near = [(pt, eta / 3, phi / 3) for pt, eta, phi in THREE]
    jets = jets_of(spray(THREE), spray(near))
    found = observables.reconstructed(jets, RECONSTRUCTED, RADIUS)
    assert found["hep_radius"][0] == pytest.approx(0.6, abs=0.11)
    assert found["hep_radius"][1] == pytest.approx(0.3)
    np.testing.assert_allclose(found["hep_mass"], jets.mass, rtol=0.02)


def test_the_ratio_is_that_of_the_best_pair(jets_of):
    (ratio,) = observables.reconstructed(jets_of(THREE), ["hep_ratio"], RADIUS)["hep_ratio"]
    p = jets_of(THREE).p
    masses = [np.sqrt((p[i] + p[j])[3] ** 2 - ((p[i] + p[j])[:3] ** 2).sum()) for i, j in ((0, 1), (0, 2), (1, 2))]
    whole = np.sqrt(p.sum(0)[3] ** 2 - (p.sum(0)[:3] ** 2).sum())
    assert ratio == pytest.approx(min(abs(m / whole / (80.4 / 172.5) - 1) for m in masses), rel=1e-9)
