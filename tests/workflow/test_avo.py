"""The study that fits simulators, on few events, from the configuration to the report, against closed forms."""

import json

import numpy as np
import pytest
from workflow.running import ROOT, snakemake

TABLES = {"fits", "misspecified", "variance", "contenders", "dimensions", "coverage"}
FIGURES = TABLES - {"fits"} | {"proposals", "fitted", "traces", "hadrons", "optimisation"}
pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def avo(tmp_path_factory):
    """The results of the study avo_smoke."""
    folder = tmp_path_factory.mktemp("avo")
    snakemake("--configfile", ROOT / "config/studies/avo_smoke.yaml", "--directory", folder)
    return folder / "results/avo_smoke"


@pytest.fixture(scope="module")
def found(avo):
    return json.loads((avo / "summary.json").read_text(encoding="utf-8"))["inference"]


def of(rows, **wanted):
    return next(row for row in rows if all(row[key] == value for key, value in wanted.items()))


def test_the_exact_estimates_scatter_by_the_exact_errors(found):
    rows = {row["contender"]: row for row in found["coverage"]["rows"]}
    assert abs(rows["likelihood"]["mean"]["value"]) < 4 / np.sqrt(found["coverage"]["data_sets"])
    assert rows["rejection"]["rms_to_best"] < 4 and rows["likelihood"]["rms_to_best"] == 0


def test_fits_find_what_is_identified_and_forget_where_they_began(avo, found):
    for name, began, errors in (("weinberg", 1.049 / 0.0218, 12), ("poisson", 2 / 0.0374, 12)):
        for group in of(found["fits"], simulator=name)["groups"]:
            assert group["rms_to_best"] < errors < began / 2
    fits = json.loads((avo / "fits/weinberg.json").read_text(encoding="utf-8"))
    for model in fits["models"]:
        assert model["truth"] == pytest.approx([-1.04901], abs=1e-4)
        assert model["error"] == pytest.approx([0.00977 * np.sqrt(5)], rel=1e-3)


def test_the_penalty_narrows_and_a_misspecified_proposal_stays_wide(found):
    for one in found["fits"]:
        free, held = (of(one["groups"], gamma=gamma, controlled=True)["width"] for gamma in (0, 5))
        assert np.all(np.array(held) <= np.array(free) * 1.05)
    over, good = (of(found["fits"], simulator=name)["groups"][0]["width"][0] for name in ("overdispersed", "poisson"))
    assert over > 1.5 * good


def test_summaries_that_do_not_know_the_parameter_lose(found):
    rows = {row["contender"]: row for row in of(found["contenders"], simulator="correlation")["rows"]}
    assert min(rows[name]["rms_to_best"] for name in ("rejection", "smc")) > 20 > rows["avo"]["rms_to_best"]


def test_the_descent_of_one_number_is_there(found):
    assert found["optimisation"]["descent"] == pytest.approx(-14.066, abs=0.01)
    assert abs(found["optimisation"]["mu"]) < 0.1 and found["optimisation"]["expectation"] < -0.98


def test_the_page_has_all_figures_and_tables(avo):
    page = (avo / "report.html").read_text(encoding="utf-8")
    figures = {path.stem for path in (avo / "figures").glob("*.png")} - {"workflow"}
    assert figures == FIGURES
    assert page.count("<figcaption>") >= len(figures) and "Fits of simulators" in page
    assert {path.stem for path in (avo / "tables").glob("*.csv")} == TABLES
    assert (avo / "headline.txt").read_text(encoding="utf-8").count("\n") > 10
