"""What is kept of a study of a wing, and its tables on pages."""

import pytest
import yaml

from unsculpt import files, stories
from unsculpt.errors import InputError
from unsculpt.pages import comparison, numbers, parts

FITS = {
    "kind": "fits",
    "simulator": "toy",
    "process": "poisson",
    "events": 100,
    "dispersion": 1,
    "calls": 1000,
    "parameters": ["log_rate"],
    "interest": ["rate"],
    "variances": [],
    "models": [
        {
            "seed": 1,
            "gamma": 0,
            "controlled": True,
            "mean": [0.0],
            "width": [0.1],
            "spread": [0.7],
            "expected": [1.123456789012],
            "at_mean": [1.5],
            "best": [1.0],
            "truth": [0.9],
            "error": [0.1],
            "jsd": {"over_floor": 1.25},
        }
    ],
}


@pytest.fixture
def kept(tmp_path):
    """What is kept of a run whose numbers are known."""
    config = {"study": "toy", "title": "Toy", "seed": 3, "inference": {}}
    summary = stories.assemble("inference", config, [FITS]) | {"provenance": {"python": "3.11", "params_digest": "x"}}
    files.save_json(summary, tmp_path / "summary.json")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return numbers.keep(tmp_path, commit="abc")


def test_all_numbers_of_a_wing_are_kept_rounded(kept):
    group = kept["summary"]["inference"]["fits"][0]["groups"][0]
    assert group["rms_to_best"] == 1.2345679 and kept["summary"]["inference"]["fits"][0]["events"] == 100
    assert kept["methods"] == {} and "provenance" not in kept["summary"] and kept["run"]["commit"] == "abc"


def test_its_tables_stand_on_pages(kept):
    lines = parts.part(kept, "table", "fits").splitlines()
    assert lines[0].startswith("| Simulator") and "| toy |" in lines[2] and "1.23" in lines[2]
    sentence = parts.part(kept, "origin")
    assert "study `toy` (seed 3)" in sentence and sentence.endswith("within their errors.")


def test_what_it_has_not_is_refused(kept):
    with pytest.raises(InputError, match="has no table coverage of a wing; it has fits"):
        parts.part(kept, "table", "coverage")
    with pytest.raises(InputError, match="one of inference; only runs of selections"):
        comparison.compare(kept, kept["summary"])
    with pytest.raises(InputError, match="has no table fits of a wing; it has none"):
        parts.part(kept | {"summary": {"study": "other"}}, "table", "fits")
