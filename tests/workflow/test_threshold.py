"""A study with a categorical nuisance from ntuples to the figure and the table of its significance (a toy)."""

import json

import numpy as np
import pytest
from workflow.running import ROOT, snakemake

from unsculpt import events, scores
from unsculpt.metrics.threshold import approximate_median_significance

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
EVENTS = 16000
WANTED = [f"results/crowded/{name}" for name in ("summary.json", "tables/background/threshold.csv")]
WANTED += ["results/crowded/figures/background/threshold.png"]  # the page is that of other tests


def branches(n, signal, rng):
    """Events with and without the nuisance, which moves the background towards the signal in what separates well."""
    crowd = rng.integers(2, size=n)
    x = rng.standard_normal((n, 6)) * np.where(crowd[:, None] == 1, [1.2, 1.2, 1.1, 1.1, 1, 1], 1)
    x += [1.1, 1.0, 0.8, 0.8, 1.2, 1.2] if signal else crowd[:, None] * [1.0, 0.8, 0.6, 0.4, 0, 0]
    columns = {f"x{i}": x[:, i].astype(np.float32) for i in range(6)}
    mass = 105 + 55 * rng.random(n)
    return columns | {"number": np.arange(n), "crowd": crowd, "mass": mass, "weight": np.ones(n)}


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """The folder of a run of the study, on files of the toy."""
    import uproot

    folder, rng = tmp_path_factory.mktemp("crowded"), np.random.default_rng(3)
    for name in ("signal", "background"):
        with uproot.recreate(folder / f"{name}.root") as file:
            file["toys"] = branches(EVENTS, name == "signal", rng)
    snakemake("--configfile", ROOT / "tests/workflow/crowded.yaml", "--directory", folder, *WANTED)
    return folder / "results/crowded"


@pytest.fixture(scope="module")
def found(crowded):
    return json.loads((crowded / "summary.json").read_text(encoding="utf-8"))["backgrounds"]["background"]["threshold"]


def test_the_significance_is_that_of_a_count_of_the_scores(crowded):
    """Of one seed at one threshold, from the tables of events and scores."""
    table = events.load(crowded / "events/background.parquet", columns=())
    score = scores.load(crowded / "scores/background/ann.parquet")["30@1"]
    content = json.loads((crowded / "threshold/background.json").read_text(encoding="utf-8"))
    point = next(point for point in content["points"] if point["method"] == "ann")
    curve, place = point["curves"]["threshold"], 25
    clean = table.channel == "clean"
    share = {
        key: np.mean(score[(table.label == label) & rows] >= curve["x"][place])
        for key, label, rows in (("s", 1, clean), ("b", 0, clean), ("other", 0, ~clean))
    }
    b = 1000 * share["b"]
    expected = approximate_median_significance(100 * share["s"], b, abs(b - 1000 * share["other"]))
    assert curve["of_seeds"][1][place] == pytest.approx(float(expected), rel=1e-9)


def test_an_adversary_of_the_nuisance_gains_significance(found):
    points = {point["method"]: point for point in found["points"]}
    assert points["nn"]["auc"]["clean"]["value"] > points["ann"]["auc"]["clean"]["value"] > 0.8
    assert points["ann"]["quoted"]["value"] > points["nn"]["quoted"]["value"] + 0.5
    assert points["ann"]["best"] and points["nn_clean"]["behind"]["value"] > 0
    assert {part["method"] for part in found["chosen"]["parts"]} == {"ann"}
    assert all(point["seeds"] == 3 and len(point["max"]["of_seeds"]) == 3 for point in found["points"])


def test_a_network_of_clean_events_scores_all_of_them(crowded, found):
    history = json.loads((crowded / "training/background/nn_clean/0.json").read_text(encoding="utf-8"))
    assert history["method"] == "nn_clean"
    points = {point["method"]: point for point in found["points"]}
    assert points["nn_clean"]["auc"]["crowded"]["value"] < points["nn"]["auc"]["crowded"]["value"] - 0.003


def test_figure_and_table_are_there(crowded, found):
    assert (crowded / "figures/background/threshold.png").stat().st_size > 10_000
    table = (crowded / "tables/background/threshold.csv").read_text(encoding="utf-8")
    assert "ANN, strength 30" in table and f"{found['points'][2]['max']['value']}" in table
