"""The event selection: mass, cut flow, regions, channels and blinding."""

import awkward as ak
import numpy as np
import pytest
import vector
from defaults import default

from unsculpt import axes, objects
from unsculpt.selection import CUTS, assign_channels, diphoton_mass, groups, select

AXIS = axes.spectrum(np.arange(105, 161), (120, 130))
CHANNELS = {
    "leptonic": {"min_bjets": 1, "min_leptons": 1},
    "hadronic": {"min_jets": 3, "min_bjets": 1, "max_leptons": 0},
}
SELECTION = default("selection", channels={"inclusive": {}})


def batch(n, rng, *, good=0.8):
    """n events with three photons each around the mass range, some failing tight or isolation, and random jets."""
    pt = np.sort(rng.uniform(30, 90, (n, 3)), axis=1)[:, ::-1]
    counts = rng.integers(0, 6, n)
    total = int(counts.sum())

    def jagged(values):
        return ak.unflatten(values, counts)

    def photon(values):
        return ak.unflatten(values.ravel(), np.full(n, 3))

    def uniform(low, high):
        return rng.uniform(low, high, (n, 3))

    jets = {
        "pt": 25 + rng.exponential(40, total),
        "eta": rng.uniform(-2.5, 2.5, total),
        "phi": rng.uniform(-3, 3, total),
    }
    return objects.Batch(
        run=np.ones(n, np.int64),
        event=np.arange(n),
        weight=rng.uniform(0.5, 1.5, n),
        trigger=rng.random(n) < 0.9,
        photons=ak.zip(
            {
                "pt": photon(pt),
                "eta": photon(uniform(-1.3, 1.3)),
                "phi": photon(uniform(-3.1, 3.1)),
                "e": photon(pt),
                "conversion": photon(uniform(0, 1)),
                "tight": photon(rng.random((n, 3)) < good),
                "isolated": photon(rng.random((n, 3)) < good),
            }
        ),
        jets=objects.by_pt(
            ak.zip(
                {
                    **{k: jagged(v) for k, v in jets.items()},
                    "e": jagged(jets["pt"]),
                    "btag": jagged(rng.random(total) < 0.5),
                }
            )
        ),
        leptons=ak.zip({name: ak.unflatten(np.full(n // 2, 20.0), [1, 0] * (n // 2)) for name in ("pt", "eta", "phi")}),
        met=np.full(n, np.nan),
        met_phi=np.full(n, np.nan),
    )


def run(events, region="any", blind=False, channels=None, axis=AXIS):
    selection = SELECTION | ({"channels": channels} if channels else {})
    return select(events, selection=selection, axis=axis, region=region, blind=blind)


def test_the_mass_is_that_of_the_sum_of_massless_four_vectors(rng):
    pt, eta, phi = rng.uniform(25, 200, (50, 2)), rng.uniform(-2.3, 2.3, (50, 2)), rng.uniform(-3, 3, (50, 2))
    photons = vector.array({"pt": pt, "eta": eta, "phi": phi, "mass": np.zeros_like(pt)})
    np.testing.assert_allclose(diphoton_mass(pt, eta, phi), (photons[:, 0] + photons[:, 1]).mass, rtol=1e-9)


def test_the_mass_scales_with_momentum_and_knows_no_rotation_or_boost(rng):
    pt, eta, phi = rng.uniform(25, 200, (50, 2)), rng.uniform(-2.3, 2.3, (50, 2)), rng.uniform(-3, 3, (50, 2))
    mass = diphoton_mass(pt, eta, phi)
    np.testing.assert_allclose(diphoton_mass(2 * pt, eta, phi), 2 * mass)
    np.testing.assert_allclose(diphoton_mass(pt, eta + 0.7, phi + 1.3), mass)
    np.testing.assert_allclose(diphoton_mass(pt[:, ::-1], eta[:, ::-1], phi[:, ::-1]), mass)


def test_collinear_photons_have_no_mass():
    assert diphoton_mass(np.array([[50.0, 30.0]]), np.full((1, 2), 0.3), np.full((1, 2), 2.9))[0] == 0


def test_selected_events_pass_every_cut_computed_by_hand(rng):
    events = batch(400, rng)
    selected, _ = run(events, region="ti")
    kept = set(selected.event.tolist())
    for i in range(len(events)):
        first, second = events.photons[i][:2]
        mass = np.sqrt(2 * first.pt * second.pt * (np.cosh(first.eta - second.eta) - np.cos(first.phi - second.phi)))
        ok = events.trigger[i] and 105 <= mass < 160 and first.pt > 0.35 * mass and second.pt > 0.25 * mass
        ok = ok and first.tight and first.isolated and second.tight and second.isolated
        assert (i in kept) == bool(ok)


def test_ti_and_ntni_partition_the_events(rng):
    events = batch(400, rng)
    ti, ntni, both = (run(events, region=region)[0] for region in ("ti", "ntni", "any"))
    assert 0 < len(ti) < len(both)
    assert sorted([*ti.event, *ntni.event]) == both.event.tolist()
    assert set(ti.region) == {"ti"} and set(ntni.region) == {"ntni"}


def test_the_cut_flow_only_falls_and_ends_with_what_is_selected(rng):
    events = batch(400, rng)
    selected, flow = run(events, region="ti", channels=CHANNELS)
    assert [row[0] for row in flow] == list(CUTS)
    counts, sums = [row[1] for row in flow], [row[2] for row in flow]
    assert counts == sorted(counts, reverse=True) and sums == sorted(sums, reverse=True)
    assert counts[0] == 400 and sums[0] == pytest.approx(events.weight.sum())
    assert counts[-1] == len(selected) and sums[-1] == pytest.approx(selected.weight.sum())


def test_a_weight_of_seven_changes_sums_and_no_event(rng):
    events = batch(200, rng)
    seven = objects.Batch(**{**vars(events), "weight": 7 * events.weight})
    one, flow = run(events)
    other, flow7 = run(seven)
    assert one.event.tolist() == other.event.tolist()
    assert [row[2] for row in flow7] == pytest.approx([7 * row[2] for row in flow])


def test_an_event_belongs_to_the_first_channel_that_it_fits():
    n_jets, n_bjets, n_leptons = np.array([[4, 1, 0], [4, 1, 1], [2, 1, 0], [4, 0, 1], [0, 1, 2]]).T
    names = assign_channels(n_jets, n_bjets, n_leptons, CHANNELS)
    assert names.tolist() == ["hadronic", "leptonic", "", "", "leptonic"]
    assert assign_channels(n_jets, n_bjets, n_leptons, {"all_in": {}} | CHANNELS).tolist() == ["all_in"] * 5


def test_channels_need_the_objects_that_they_count():
    assert groups({"inclusive": {"short": "Inc"}}) == set()
    assert groups(CHANNELS) == {"jets", "btags", "leptons"}
    assert groups({"x": {"max_leptons": 0}}) == {"leptons"}


def test_jets_near_the_pair_do_not_count(rng):
    selected, _ = run(batch(400, rng))
    for i in (0, 1):
        eta, phi = selected.photons["eta"][:, i], selected.photons["phi"][:, i]
        assert ak.all(objects.delta_r(selected.jets.eta - eta, selected.jets.phi - phi) > 0.4)


def test_blinding_removes_exactly_the_tight_isolated_events_in_the_window(rng):
    events = batch(2000, rng)
    for region in ("ti", "ntni", "any"):
        seen, _ = run(events, region=region)
        blind, _ = run(events, region=region, blind=True)
        hidden = AXIS.inside(seen.mass) & (seen.region == "ti")
        assert blind.event.tolist() == seen.event[~hidden].tolist()
        assert hidden.any() or region == "ntni"


def test_without_a_window_blinding_hides_nothing(rng):
    events, axis = batch(2000, rng), axes.spectrum(AXIS.edges)
    seen, blind = (run(events, blind=hidden, axis=axis) for hidden in (False, True))
    assert blind[1] == seen[1] and blind[0].event.tolist() == seen[0].event.tolist()
    assert AXIS.inside(seen[0].mass).any()


def test_a_blinded_cut_flow_is_that_of_a_sample_without_window(rng):
    events = batch(2000, rng, good=1.0)
    _, flow = run(events, region="ti", blind=True)
    photons = {name: ak.to_numpy(events.photons[name][:, :2]) for name in ("pt", "eta", "phi")}
    outside = ~AXIS.inside(diphoton_mass(photons["pt"], photons["eta"], photons["phi"]))
    _, without = run(events[outside], region="ti", blind=False)
    assert outside.sum() < len(events)
    assert flow == without


def test_an_empty_batch_stays_empty(rng):
    selected, flow = run(batch(10, rng)[np.zeros(10, bool)])
    assert len(selected) == 0 and [row[1] for row in flow] == [0] * len(CUTS)
