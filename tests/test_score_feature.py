"""The script of the rule score_feature: one column, named as strength 0, in the direction of the signal."""

from types import SimpleNamespace

import numpy as np
import score_feature

from unsculpt import events, scores


def score(folder, **method):
    score_feature.main(
        SimpleNamespace(
            input=SimpleNamespace(events=folder / "events.parquet"),
            output=SimpleNamespace(scores=folder / "scores.parquet"),
            wildcards=SimpleNamespace(bkg="ttyy", method="toy"),
            params=SimpleNamespace(method={"feature": "photon1_pt", **method}, code="-"),
        )
    )
    return scores.load(folder / "scores.parquet")["0"]


def test_a_feature_becomes_a_score_in_both_directions(tmp_path, toy_events):
    table = toy_events(500)
    events.save(table, tmp_path / "events.parquet")
    up, down = score(tmp_path), score(tmp_path, sign=-1)
    np.testing.assert_allclose(up + down, 1, atol=1e-6)
    assert np.argmax(up) == np.argmax(table.features[:, 0])
