"""The folder for HEPData holds the numbers of the study and satisfies HEPData's own validator."""

import json
import re

import odd_texts
import pytest
import synthetic_mixture
import synthetic_ranges
import synthetic_results

from unsculpt import hepdata

# The validator of HEPData leaves the files open that it reads.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "hepdata"
    hepdata.write(folder, synthetic_results.summary(), *synthetic_results.curves(), methods=synthetic_results.METHODS)
    return hepdata.load(folder)  # `write` validates, and raises if HEPData would refuse it


def test_every_table_that_the_submission_names_is_there(made):
    named = {document["data_file"] for document in made["submission.yaml"] if "data_file" in document}
    assert named == set(made) - {"submission.yaml"}


def test_values_and_errors_are_those_of_the_summary(made):
    (table,) = made["ttyy_selection.yaml"]
    rejection = next(v for v in table["dependent_variables"] if v["header"]["name"] == "Rejection")
    points = synthetic_results.summary()["backgrounds"]["ttyy"]["points"]
    for value, point in zip(rejection["values"], points, strict=True):
        assert value["value"] == pytest.approx(point["rejection"]["value"], rel=1e-4)
        assert value["errors"][0]["symerror"] == pytest.approx(point["rejection"]["error"], rel=1e-4)


def test_the_errors_of_events_and_of_training_are_told_apart(tmp_path):
    summary = synthetic_results.summary()
    for point in summary["backgrounds"]["ttyy"]["points"]:
        point["rejection"] |= {"error": 0.5, "error_events": 0.3, "error_training": 0.4}
    hepdata.write(tmp_path / "hepdata", summary, *synthetic_results.curves(), methods=synthetic_results.METHODS)
    (table,) = hepdata.load(tmp_path / "hepdata")["ttyy_selection.yaml"]
    columns = {v["header"]["name"]: v["values"][0]["errors"] for v in table["dependent_variables"]}
    assert [(e["label"], e["symerror"]) for e in columns["Rejection"]] == [("stat", 0.3), ("training", 0.4)]
    assert [e["label"] for e in columns["AUC"]] == ["stat"]


def test_spectra_have_their_bins(made):
    (table,) = made["ttyy_mass_nn.yaml"]
    (mass,) = table["independent_variables"]
    assert mass["header"] == {"name": "Mass", "units": "GeV"}
    assert (mass["values"][0]["low"], mass["values"][-1]["high"]) == (105, 160)


def test_a_mass_without_a_unit_has_none(tmp_path):
    given = synthetic_results.summary(), *synthetic_results.curves()
    hepdata.write(tmp_path / "hepdata", *given, methods=synthetic_results.METHODS, unit="")
    (table,) = hepdata.load(tmp_path / "hepdata")["ttyy_mass_nn.yaml"]
    assert not table["independent_variables"][0]["header"].get("units")


def test_ranges_have_tables_whose_rows_are_named_by_point_and_cut(made, tmp_path):
    summary = synthetic_ranges.summary()
    point = summary["backgrounds"]["ttyy"]["points"][1]
    point["ranges"][-1] = synthetic_ranges.without(point["ranges"][-1])
    hepdata.write(tmp_path / "hepdata", summary, *synthetic_results.curves(), methods=synthetic_results.METHODS)
    (table,) = hepdata.load(tmp_path / "hepdata")["ttyy_ranges_pt.yaml"]
    points, cuts = ([row["value"] for row in variable["values"]] for variable in table["independent_variables"])
    assert cuts[:4] == ["none", "110–140"] * 2 and points[2] == points[3] != points[1]
    columns = {v["header"]["name"]: v["values"] for v in table["dependent_variables"]}
    assert len(columns) == 9 and {len(values) for values in columns.values()} == {len(points)}
    wanted = [entry["rejection"] for entry in summary["backgrounds"]["ttyy"]["points"][0]["ranges"]][:2]
    for value, number in zip(columns["Rejection, 0–50"], wanted, strict=False):
        assert value["value"] == pytest.approx(number["value"], rel=1e-4)
        assert value["errors"][0]["symerror"] == pytest.approx(number["error"], rel=1e-4)
    assert columns["1/JSD, 100–400"][3]["value"] == "-"
    assert not any("ranges" in name for name in made)


def test_labels_are_words_and_never_names_of_files(tmp_path):
    """Whatever a label holds, and with names of methods that begin alike: each point keeps its tables."""
    names = {"nn": "a" * 39 + "b", "ann": "a" * 39 + "c", "disco": "disco"}

    def renamed(content):
        return json.loads(re.sub('"(nn|ann)"', lambda name: f'"{names[name[1]]}"', json.dumps(content)))

    methods = renamed(odd_texts.method_labels(synthetic_results.METHODS))
    summary = renamed(synthetic_results.summary() | {"title": odd_texts.TITLE})
    hepdata.write(tmp_path / "hepdata", summary, *renamed(synthetic_results.curves()), methods=methods)
    made = hepdata.load(tmp_path / "hepdata")
    assert len([name for name in made if "_mass_" in name]) == len(summary["backgrounds"]["ttyy"]["points"])
    about = [document.get("description", "") for document in made["submission.yaml"]]
    assert all(any(label in text for text in about) for label in odd_texts.LABELS.values())


def test_the_samples_of_a_mixture_have_tables_of_their_own_and_one_sample_has_none(made, tmp_path):
    curves = synthetic_results.curves("continuum")
    summary = synthetic_mixture.summary()
    hepdata.write(tmp_path / "hepdata", summary, *curves, methods=synthetic_results.METHODS)
    mixed = hepdata.load(tmp_path / "hepdata")
    (table,) = mixed["continuum_composition.yaml"]
    after = next(v for v in table["dependent_variables"] if v["header"]["name"] == "Share after")
    point = next(p for p in summary["backgrounds"]["continuum"]["points"] if (p["method"], p["tag"]) == ("ann", "30"))
    for value, part in zip(after["values"], point["samples"], strict=False):
        assert value["value"] == pytest.approx(part["share_after"]["value"], rel=1e-4)
    assert "continuum_yields.yaml" in mixed
    assert not any("composition" in name or "yields" in name for name in made)
