"""What is made for hypotheses that are mixtures of samples, and for samples that are in none."""

import re

import pytest
import yaml
from workflow.running import ROOT, snakemake

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(300)]


def planned(folder, *targets, **study):
    """For each rule that would run, the words of its jobs in the plan of a change of the default study."""
    path = folder / "study.yaml"
    base = {"base": str(ROOT / "config/config.yaml"), "study": "mix"}
    path.write_text(yaml.safe_dump(base | study), encoding="utf-8")
    output = snakemake("--dry-run", "--configfile", path, "--directory", folder, *targets)
    return set(
        re.findall(r"(Simulating|Selecting events of|Integrating the matrix element of|Drawing .*data) (\w+)", output)
    )


def test_a_mixture_needs_all_of_its_samples(tmp_path):
    made = planned(tmp_path, "results/mix/events/continuum.parquet")
    samples = {"tth", "ttyy", "ntni"}
    assert made == {
        *(("Simulating", name) for name in samples),
        *(("Selecting events of", name) for name in {*samples, "data"}),
        ("Integrating the matrix element of", "ttyy"),
        ("Drawing pseudo-data", "data"),
    }


def test_a_sample_of_no_hypothesis_is_not_processed(tmp_path):
    study = {"backgrounds": {"fakes": ["ntni"]}, "samples": {"data": {"pseudodata": {"background": "fakes"}}}}
    made = planned(tmp_path, "results/mix/events/fakes.parquet", **study)
    assert "ttyy" not in {name for _, name in made}


def test_pseudodata_need_the_integration_of_a_sample_and_not_its_events(tmp_path):
    study = {"backgrounds": {"fakes": ["ntni"]}, "samples": {"data": {"pseudodata": {"background": "ttyy"}}}}
    made = planned(tmp_path, "results/mix/events/fakes.parquet", **study)
    assert {what for what, name in made if name == "ttyy"} == {"Integrating the matrix element of"}


def test_a_process_with_a_matrix_element_needs_its_integration_whatever_the_sample_is_called(tmp_path):
    samples = {
        "prompt": {"role": "background", "simulate": {"process": "ttyy"}},
        "ttyy": {"simulate": {"process": "ttyy_dps"}},
        "data": {"pseudodata": {"background": "ntni"}},
    }
    made = planned(
        tmp_path, "results/mix/events/both.parquet", backgrounds={"both": ["prompt", "ttyy"]}, samples=samples
    )
    assert {name for what, name in made if what.startswith("Integrating")} == {"prompt"}
