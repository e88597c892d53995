import hashlib
import subprocess

import numpy as np
import pytest
from defaults import default

from unsculpt.errors import InputError
from unsculpt.simulation import chunks, hardevents, sherpa
from unsculpt.simulation.kinematics import spherical

SIMULATION = default("simulation", batch_size=500)
UNAVAILABLE = {"available": False, "reason": "there is no network"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    marker = sherpa.install(tmp_path_factory.mktemp("sherpa"))
    if not marker["available"]:
        pytest.skip(marker["reason"])
    return marker


@pytest.fixture(scope="module")
def archive(installed, tmp_path_factory):
    path = tmp_path_factory.mktemp("integration") / "sherpa.tar"
    sherpa.integrate(installed, path)
    return path


def test_a_failed_installation_is_no_error_and_says_why(monkeypatch, tmp_path):
    def refuse(command, **_):
        raise subprocess.CalledProcessError(1, command, output="Collecting\nERROR: No matching distribution found\n")

    monkeypatch.setattr(subprocess, "run", refuse)
    marker = sherpa.install(tmp_path)
    assert marker["available"] is False
    assert "ERROR: No matching distribution found" in marker["reason"]


def test_without_sherpa_the_archive_holds_the_reason(tmp_path):
    sherpa.integrate(UNAVAILABLE, tmp_path / "sherpa.tar")
    assert sherpa.facts(tmp_path / "sherpa.tar") == UNAVAILABLE


def test_without_sherpa_ttyy_is_double_parton_scattering_and_says_so(tmp_path, caplog):
    sherpa.integrate(UNAVAILABLE, tmp_path / "sherpa.tar")
    sample, process = chunks.simulate("ttyy", 100, seed=3, simulation=SIMULATION, archive=tmp_path / "sherpa.tar")
    assert "double parton scattering (instead of Sherpa: there is no network)" in process.generator
    assert "there is no network" in caplog.text
    assert sample.generated == 100


def test_an_archive_without_changes_has_the_same_bytes(tmp_path):
    digests = set()
    for name in ("a.tar", "b.tar"):
        sherpa.integrate(UNAVAILABLE, tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_sherpa_that_is_gone_is_named_with_the_remedy(tmp_path):
    marker = {"available": True, "version": "3", "directory": str(tmp_path / "gone")}
    with pytest.raises(InputError, match=r"gone.*ttyy_dps"):
        sherpa.integrate(marker, tmp_path / "sherpa.tar")


def test_the_cross_section_is_read_from_the_last_line_of_the_integration():
    log = "2_4__j__j__t__tb__P__P : 0.0019 pb +- ( 5.8e-06 pb = 0.3 % )\n" * 2
    assert sherpa._cross_section(log) == (0.0019, 5.8e-06)


def test_no_event_of_a_process_is_a_sentence_that_names_the_key():
    with pytest.raises(InputError, match=r"yy events passes .*two photon candidates.*events_per_chunk"):
        chunks.simulate("yy", 1, seed=5, simulation=SIMULATION)


@pytest.mark.slow
def test_sherpa_integrates_the_cross_section_of_ttyy(archive):
    facts = sherpa.facts(archive)
    assert facts["cross_section_pb"] == pytest.approx(1.202e-3, rel=0.02)
    assert facts["cross_section_error_pb"] < 0.01 * facts["cross_section_pb"]


@pytest.mark.slow
def test_hard_events_of_sherpa_are_reproducible_and_inside_their_cuts(archive):
    events, again = (sherpa.hard_events(archive, 200, seed=11) for _ in range(2))
    np.testing.assert_array_equal(events.legs, again.legs)
    photons = events.momentum[:, 4:6]
    pt, eta, _ = spherical(*np.moveaxis(photons[..., :3], -1, 0))
    assert pt.min() > 20
    assert np.abs(eta).max() < 2.6
    total = photons.sum(axis=1)
    m = np.sqrt(total[:, 3] ** 2 - (total[:, :3] ** 2).sum(axis=1))
    assert m.min() > 100
    assert m.max() < 165
    coloured = hardevents.with_colour_flow(events, np.random.default_rng(1))
    assert (coloured.colours[:, :4].sum(axis=2) > 0).all()


@pytest.mark.slow
def test_a_chunk_of_sherpa_events_counts_every_hard_event(archive):
    sample, process = chunks.simulate("ttyy", 200, seed=11, simulation=SIMULATION, archive=archive)
    hard = sherpa.hard_events(archive, 200, seed=11)
    assert process.generator.startswith("Sherpa")
    assert sample.sum_weights == pytest.approx(hard.weight.sum())
    assert 0.3 < len(sample) / 200 < 0.7
    assert sample.cross_section_pb == sherpa.facts(archive)["cross_section_pb"]
