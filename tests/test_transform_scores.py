"""The script of the rule transform_scores: every column mapped, under its name."""

from types import SimpleNamespace

import numpy as np
import pytest
import transform_scores
from toy_study import CONFIG

from unsculpt import events, files, scores
from unsculpt.events import BACKGROUND, SIGNAL


def test_every_column_of_the_base_is_mapped_and_keeps_its_name(tmp_path, toy_events):
    table = toy_events(2000)
    events.save(table, tmp_path / "events.parquet")
    known = 1 / (1 + np.exp(-0.05 * (table.mass - 125) - 0.02 * (table.features[:, 5] - 90)))
    scores.save({"0": known, "0@1": known**2, "10": known}, tmp_path / "nn.parquet", {})
    transform_scores.main(
        SimpleNamespace(
            input=SimpleNamespace(events=tmp_path / "events.parquet", scores=tmp_path / "nn.parquet"),
            output=SimpleNamespace(scores=tmp_path / "nn_cdf.parquet", effects=tmp_path / "nn_cdf.json"),
            wildcards=SimpleNamespace(bkg="ttyy", method="toy"),
            params=SimpleNamespace(
                method={"transform": "cdf", "of": "nn"},
                signal_efficiency=0.5,
                mass=CONFIG["mass"],
                folds=3,
                code="-",
                tags=["0", "10"],
            ),
        )
    )
    mapped, background = scores.load(tmp_path / "nn_cdf.parquet"), table.where(BACKGROUND)
    assert list(mapped) == ["0", "0@1", "10"]
    np.testing.assert_allclose(mapped["0"], mapped["0@1"], atol=0.03)  # the cumulative forgets a relabelling
    before, after = (np.corrcoef(s[background], table.mass[background])[0, 1] for s in (known, mapped["0"]))
    assert before > 0.3 and abs(after) < 0.1
    content = files.load_json(tmp_path / "nn_cdf.json")
    assert (content["method"], content["transform"]) == ("toy", "cdf")
    assert [told["tag"] for told in content["maps"]] == ["0", "10"]  # and not of another seed
    efficiency = content["maps"][0]["efficiency"]
    cut = -np.sort(-mapped["0"][table.where(SIGNAL)])[table.where(SIGNAL).sum() // 2 - 1]
    assert efficiency["after"]["inclusive"] == pytest.approx(np.mean(mapped["0"][background] >= cut), abs=0.01)
