"""The scripts of the rules measure_posterior and plot_posterior, on models that the training wrote."""

from pathlib import Path
from types import SimpleNamespace

import measure_posterior
import numpy as np
import plot_posterior
import pytest
import train_models
from test_plot_scripts import STUDY
from test_train_models import job

from unsculpt import events, files


@pytest.mark.parametrize("channels", [("all",), ("hadronic", "leptonic")])
def test_every_strength_and_the_plain_classifier_are_drawn(tmp_path, toy_events, channels):
    table = tmp_path / "ttyy.parquet"
    events.save(toy_events(3000), table)
    train_models.main(job(tmp_path, table, objective="none", name="nn", method={"strengths": [0]}))
    parts = range(len(channels))
    for part in parts:
        train_models.main(job(tmp_path, table, part=part, name="ann", channels=channels, models_per_job=6))
    content = tmp_path / "posterior.json"
    own = {"per_channel": True} if len(channels) > 1 else {}
    measure_posterior.main(
        SimpleNamespace(
            input=SimpleNamespace(
                events=table,
                models=[tmp_path / "ann" / f"{part}.pt" for part in parts],
                plain=[tmp_path / "nn" / "0.pt"],
            ),
            output=SimpleNamespace(posterior=content),
            wildcards=SimpleNamespace(bkg="ttyy", method="ann"),
            params=SimpleNamespace(
                weights=own | {"flat_in": {}},
                plain_tag="0",
                mass={"min_gev": 105, "max_gev": 160, "window_gev": [120, 130], "bin_width_gev": 1},
                folds=3,
                code="-",
            ),
            threads=1,
        )
    )
    found = files.load_json(content)
    assert [point["tag"] for point in found["points"]] == ["1", "10"]
    totals = [sum(part["everything"]["sumw"]) for part in (found["before"], *found["points"])]
    assert totals == pytest.approx([totals[0]] * 3, rel=1e-5) and totals[0] > 0
    drawn = tmp_path / "posterior.json_figure.json"
    output = [tmp_path / f"figure.{suffix}" for suffix in ("pdf", "png", "svg")] + [drawn]
    methods = STUDY["methods"] | {"ann": {"objective": "adversarial", "strengths": [1, 10]}}
    plot_posterior.main(
        SimpleNamespace(
            input=SimpleNamespace(posterior=content, style=Path(__file__).parents[1] / "styles/unsculpt.mplstyle"),
            output=SimpleNamespace(posterior=output),
            wildcards=SimpleNamespace(bkg="ttyy", method="ann"),
            params=SimpleNamespace(study=STUDY | {"methods": methods}, code="-"),
        )
    )
    panels = files.load_json(drawn)["panels"]
    assert len(panels) == 6 and [panel["x"] for panel in panels[3:]] == ["$m$ [GeV]"] * 3
    row, width = found["points"][1]["slices"][2], 5  # GeV
    line = [artist["values"] for artist in panels[2]["drawn"] if "histogram" in artist][-1]
    assert line == pytest.approx(np.array(row["expected"]) / sum(row["expected"]) / width)
    points = [artist["y"] for artist in panels[2]["drawn"] if "points" in artist][-1]
    measured = np.array(row["measured"]["sumw"])
    filled = measured > 0
    assert np.array(points, float)[filled] == pytest.approx((measured / measured.sum() / width)[filled])
    lines = [sum("histogram" in artist for artist in panel["drawn"]) for panel in panels[:3]]
    assert lines[1] == lines[2] == lines[0] + 3  # what the adversary expects, in three slices
