import numpy as np
import pytest

from unsculpt.simulation import generator, jets
from unsculpt.simulation.kinematics import objects


def antikt(momenta, radius):
    """Anti-kT by its definition, one merging at a time (arXiv:0802.1189, E scheme)."""
    momenta, found = [m.copy() for m in momenta], []

    def coordinates(p):
        return p[0] ** 2 + p[1] ** 2, 0.5 * np.log((p[3] + p[2]) / (p[3] - p[2])), np.arctan2(p[1], p[0])

    while momenta:
        points = [coordinates(p) for p in momenta]
        best = min((1 / pt2, i, None) for i, (pt2, _, _) in enumerate(points))
        for i in range(len(points)):
            for j in range(i):
                dphi = abs(points[i][2] - points[j][2])
                dphi = min(dphi, 2 * np.pi - dphi)
                r2 = (points[i][1] - points[j][1]) ** 2 + dphi**2
                d = r2 / radius**2 / max(points[i][0], points[j][0])
                if d < best[0]:
                    best = (d, i, j)
        _, i, j = best
        if j is None:
            found.append(momenta.pop(i))
        else:
            momenta[j] += momenta.pop(i)
    return np.array(found)


def test_jets_are_those_of_the_definition_of_anti_kt(rng, visible):
    n = 40
    centre = rng.integers(0, 3, n)
    eta, phi = rng.normal(np.array([-1.0, 0.5, 1.2])[centre], 0.3), rng.normal(np.array([0, 2, -2])[centre], 0.3)
    particles = visible(*zip(np.zeros(n, int), np.full(n, 211), rng.exponential(8, n), eta, phi, strict=True))
    found = jets.cluster(particles, 1, 10.0)
    momenta = np.stack([particles[name] for name in ("px", "py", "pz", "e")], axis=1)
    expected = antikt(momenta, 0.4)
    pt = np.sort(np.hypot(expected[:, 0], expected[:, 1]))[::-1]
    np.testing.assert_allclose(found["pt"], pt[pt > 10], rtol=1e-9)


def test_muons_are_no_part_of_jets(visible):
    particles = visible((0, 211, 50.0, 0.0, 0.0), (0, 13, 50.0, 0.1, 0.0))
    assert jets.cluster(particles, 1, 10.0)["pt"] == pytest.approx([50.0])


def test_events_do_not_share_jets_and_may_have_none(visible):
    particles = visible((0, 211, 50.0, 0.0, 0.0), (2, 211, 40.0, 0.0, 0.0))
    found = jets.cluster(particles, 4, 10.0)
    assert found["event"].tolist() == [0, 2]
    assert found["pt"] == pytest.approx([50.0, 40.0])


def record(ids):
    n = len(ids)
    zero = np.zeros(n)
    return generator.Particles(
        first=np.array([0, n]), weight=np.ones(1), id=np.array(ids), mother_id=np.array(ids),
        final=np.zeros(n, bool), px=np.full(n, 20.0), py=zero, pz=zero, e=np.full(n, 21.0),
    )  # fmt: skip


def test_heavy_hadrons_are_known_by_their_numbers():
    ids = [511, -5122, 421, 4132, 10513, 211, 2212, 5, 21, 5503, 3122]  # B0, Lb, D0, Xi_c0, B_1, pi, p, b, g, bb, L
    found = jets.heavy_hadrons(record(ids))
    assert sorted(found["flavour"].tolist()) == [4, 4, 5, 5, 5]


def nothing():
    return objects(np.zeros(0, int), pt=np.zeros(0), eta=np.zeros(0), phi=np.zeros(0), flavour=np.zeros(0, int))


def measured(rng, raw, photons=None, leptons=None, hadrons=None):
    none = nothing()
    quarks = objects(
        np.array([0]), pt=np.ones(1), eta=np.zeros(1), phi=np.zeros(1), top=np.array([2]), role=np.array([1])
    )
    return jets.measured(raw, *(none if o is None else o for o in (photons, leptons, hadrons)), quarks, 1, rng)


def raw_jet(pt, eta, phi=0.0):
    pt, eta, phi = (np.array([x]) for x in (pt, eta, phi))
    return objects(np.zeros(1, int), pt=pt, eta=eta, phi=phi, e=pt * np.cosh(eta))


def test_a_jet_is_tagged_by_the_heaviest_hadron_inside_it(rng):
    hadrons = objects(
        np.zeros(3, int),
        pt=np.full(3, 10.0),
        eta=np.array([0.0, 0.1, 0.5]),
        phi=np.zeros(3),
        flavour=np.array([4, 5, 5]),
    )
    assert measured(rng, raw_jet(100.0, 0.0), hadrons=hadrons)["flavour"].tolist() == [5]
    assert measured(rng, raw_jet(100.0, -0.25), hadrons=hadrons)["flavour"].tolist() == [4]
    assert measured(rng, raw_jet(100.0, -1.0), hadrons=hadrons)["flavour"].tolist() == [0]


def test_a_jet_has_the_top_of_the_nearest_quark(rng):
    found = measured(rng, raw_jet(100.0, 0.2))
    assert (found["top"].tolist(), found["role"].tolist()) == ([2], [1])
    assert measured(rng, raw_jet(100.0, 0.4))["role"].tolist() == [0]


def test_a_jet_that_is_a_photon_or_a_lepton_or_outside_is_dropped(rng):
    other = objects(np.zeros(1, int), pt=np.array([50.0]), eta=np.array([0.1]), phi=np.array([0.0]))
    assert len(measured(rng, raw_jet(100.0, 0.0))) == 1
    assert len(measured(rng, raw_jet(100.0, 0.0), photons=other)) == 0
    assert len(measured(rng, raw_jet(100.0, 0.0), leptons=other)) == 0
    assert len(measured(rng, raw_jet(100.0, 3.0))) == 0
