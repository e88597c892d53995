import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsculpt.simulation import generator
from unsculpt.simulation.processes import PROCESSES

TTH = PROCESSES["tth"].components[0].settings


@given(st.integers(0, 10**6), st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 3))
def test_every_seed_is_one_that_pythia_takes(base, sample, chunk, component):
    seed = generator.component_seed(generator.chunk_seed(base, sample, chunk), component)
    assert 1 <= seed <= 900_000_000


def test_chunks_and_samples_of_a_study_have_seeds_of_their_own():
    seeds = {generator.chunk_seed(1, sample, chunk) for sample in range(20) for chunk in range(1000)}
    assert len(seeds) == 20 * 1000


def test_events_do_not_depend_on_the_size_of_the_batches():
    def momenta(batch_size):
        pythia = generator.start(TTH, seed=5, multiparton_interactions=False)
        return np.concatenate([batch.px for batch in generator.batches(pythia, 40, batch_size)])

    np.testing.assert_array_equal(momenta(40), momenta(15))


def test_energy_and_momentum_of_stable_particles_are_those_of_the_beams():
    pythia = generator.start(TTH, seed=6, multiparton_interactions=False)
    (batch,) = generator.batches(pythia, 20, 20)
    event = batch.event[batch.final]
    for component, expected in (("px", 0.0), ("py", 0.0), ("pz", 0.0), ("e", 13000.0)):
        total = np.bincount(event, getattr(batch, component)[batch.final])
        np.testing.assert_allclose(total, expected, atol=0.05)


def test_every_tth_event_has_two_photons_from_the_higgs_boson():
    pythia = generator.start(TTH, seed=7, multiparton_interactions=False)
    (batch,) = generator.batches(pythia, 20, 20)
    from_higgs = (batch.id == 22) & (batch.mother_id == 25)
    assert (np.bincount(batch.event[from_higgs], minlength=20) == 2).all()


def test_cross_section_of_tth_is_before_the_branching_ratio():
    pythia = generator.start(TTH, seed=8, multiparton_interactions=False)
    list(generator.batches(pythia, 200, 200))
    assert generator.cross_section_pb(pythia) == pytest.approx(0.35, rel=0.1)  # 0.00080 pb after it


def test_cross_section_of_the_z_boson_is_the_leading_order_with_the_decay_to_muons():
    settings = (*PROCESSES["zmm"].components[0].settings, "PhaseSpace:mHatMin = 60.", "PhaseSpace:mHatMax = 120.")
    pythia = generator.start(settings, seed=9, multiparton_interactions=False)
    list(generator.batches(pythia, 400, 400))
    assert generator.cross_section_pb(pythia) == pytest.approx(1460, rel=0.05)  # measured: 1.98 nb with photon exchange


def test_an_unknown_setting_is_refused_by_name():
    with pytest.raises(ValueError, match=r"HiggsSM:gg2Httbra"):
        generator.start(("HiggsSM:gg2Httbra = on",), seed=1, multiparton_interactions=False)


def test_shares_of_the_components_of_every_process_add_up_to_one():
    for process in PROCESSES.values():
        assert sum(component.share for component in process.components) == pytest.approx(0 if process.toy else 1)


def test_no_two_processes_have_the_same_channel_number():
    assert len({process.channel_number for process in PROCESSES.values()}) == len(PROCESSES)


def test_the_seeds_of_components_and_of_the_pool_are_far_from_those_of_other_chunks():
    """Chunks of a sample have seeds that follow each other; a million of them share none."""
    seeds = [*(generator.component_seed(1000, number) for number in range(8)), generator.pool_seed(1000)]
    ring = np.sort(seeds)
    assert np.diff(ring, append=ring[0] + generator.MAX_SEED).min() > 1_000_000
