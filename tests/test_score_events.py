"""The script of the rule score_events: all rows scored, data too, beside the events."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import score_events
import train_models
from test_train_models import job

from unsculpt import events, models, scores
from unsculpt.errors import InputError


def score(folder, table, parts):
    score_events.main(
        SimpleNamespace(
            input=SimpleNamespace(events=table, models=[folder / "a" / f"{part}.pt" for part in parts]),
            output=SimpleNamespace(scores=folder / "scores" / "ann.parquet"),
            wildcards=SimpleNamespace(bkg="ttyy", method="toy"),
            params=SimpleNamespace(code="1"),
            threads=1,
        )
    )
    return scores.load(folder / "scores" / "ann.parquet")


def test_every_row_gets_a_score_for_every_strength_and_a_missing_part_is_an_error(tmp_path, toy_events):
    table, toys = tmp_path / "ttyy.parquet", toy_events(1500)
    events.save(toys, table)
    for part in (0, 1):
        train_models.main(job(tmp_path, table, part=part))
    columns = score(tmp_path, table, (0, 1))
    assert list(columns) == ["1", "10"]
    for column in columns.values():
        assert column.shape == (len(toys),)
        assert ((column >= 0) & (column <= 1)).all()
        assert np.mean(column[toys.label == 1]) > np.mean(column[toys.label == 0])
    with pytest.raises(ValueError, match="scores of strength 10 are missing"):
        score(tmp_path, table, (0,))


def test_the_rank_of_the_error_is_the_score_of_an_autoencoder(tmp_path, toy_events):
    """Of the inputs of the method; uniform in background, and signal and data are scored too."""
    table, toys = tmp_path / "ttyy.parquet", toy_events(6000)
    events.save(toys, table)
    method = {"architecture": "autoencoder", "task": "reconstruction", "inputs": ["photon1_pt", "jet1_pt", "n_jets"]}
    network = {"kind": "dense", "scale": "common", "bottleneck": 1, "channels": [4], "hidden_layers": [8]}
    for part in range(3):
        method |= {"strengths": [0]}
        train_models.main(job(tmp_path, table, part=part, objective="none", method=method, network=network))
    column = score(tmp_path, table, range(3))["0"]
    assert ((column > 0) & (column < 1)).all()
    background = column[toys.label == 0]
    weight = toys.weight[toys.label == 0]
    assert np.average(background, weights=weight) == pytest.approx(0.5, abs=0.02)
    assert np.average(background < 0.9, weights=weight) == pytest.approx(0.9, abs=0.02)


def test_networks_see_their_inputs_alone_whatever_is_protected(tmp_path, toy_events):
    """The other features become anything between training and scoring; the protected one is among them."""
    table, toys, inputs = tmp_path / "ttyy.parquet", toy_events(1500), ["n_jets", "jet1_pt"]
    events.save(toys, table)
    changes = {
        "inputs": inputs,
        "protected": ["photons_dr"],
        "flat_in": {"signal": {"column": "photon1_pt", "bins": 5}},
    }
    for part in (0, 1):
        train_models.main(job(tmp_path, table, part=part, **changes))
    ours, others = score(tmp_path, table, (0, 1))["10"], [name not in inputs for name in toys.feature_names]
    changed = np.where(others, -7, toys.features).astype(np.float32)
    events.save(replace(toys, features=changed), table)
    assert np.array_equal(score(tmp_path, table, (0, 1))["10"], ours)
    lacking = replace(toys, features=toys.features[:, :6], feature_names=toys.feature_names[:6])
    events.save(lacking, table)
    with pytest.raises(InputError, match="the events lack the feature 'n_jets'; add it to features"):
        score(tmp_path, table, (0, 1))


def test_each_channel_is_scored_by_its_own_models_times_its_odds(tmp_path, toy_events):
    table, toys = tmp_path / "ttyy.parquet", toy_events(3000)
    events.save(toys, table)
    for part in (0, 1):
        method = {"strengths": [0]}
        train_models.main(
            job(tmp_path, table, part=part, objective="none", channels=["leptonic", "hadronic"], method=method)
        )
    column = score(tmp_path, table, (0, 1))["0"].astype(float)
    assert np.isfinite(column).all()
    for part, channel in enumerate(("leptonic", "hadronic")):
        content = models.load(tmp_path / "a" / f"{part}.pt")
        rows = toys.channel == channel
        by_fold = models.predict(content | {"odds": 1.0}, toys.features[rows]).astype(float)
        own = by_fold[toys.fold[rows], np.arange(rows.sum())]
        np.testing.assert_allclose(column[rows] / (1 - column[rows]), content["odds"] * own / (1 - own), rtol=1e-4)
    with pytest.raises(ValueError, match="scores of strength 0 are missing"):
        score(tmp_path, table, (0,))
