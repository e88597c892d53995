"""The script of the rule train_combinations, and its trees in the scripts that select events and score new files."""

from types import SimpleNamespace

import awkward as ak
import numpy as np
import pytest
import toy_study_files as toys
import train_combinations
from test_apply_models import ROOT, apply
from workflow import own_files

from unsculpt import events, files, scores
from unsculpt.combining import trees

PAIR = {  # a hard jet and a soft one; which is which the toys say by the role of a jet
    "learn_from": "known",
    "members": {"hard": {"from": "jet"}, "soft": {"from": "jet"}},
    "inputs": {
        "hard_pt": "hard[0].pt",
        "ratio": "soft[0].pt / hard_pt",
        "distance": "dr(hard[0], soft[0])",
        "jets": "count(jet)",
    },
    "define": {"to_candidate": "dr(candidate, hard[0] + soft[0])"},
    "truth": "hard[0].role == 1 and soft[0].role == 2",
    "reference": {"fields": ["hard_pt", "ratio"]},
    "training": {"trees": 40, "leaves": 8, "min_leaf": 20},
}
CONFIG = toys.CONFIG | {
    "samples": toys.CONFIG["samples"] | {"known": {"role": "background", "files": ["known.root"]}},
    "backgrounds": {"bkg": ["bkg"]},
    "combinations": {"pair": PAIR},
    "quantities": {
        "pair_score": {"expression": "pair[0].score"},
        "pair_mass": {"expression": "pair[0].mass", "unit": "GeV"},
        "pair_angle": {"expression": "pair[0].to_candidate"},
    },
    "features": ["photon1_pt", "photon2_pt", "pair_score", "pair_mass", "pair_angle"],
    "methods": {"nn": {"objective": "none", "strengths": [0]}},
}


def with_roles(branches):
    """Jets above 90 GeV have the role 1, those below 60 GeV the role 2."""
    pt = branches["jet_pt"]
    role = ak.values_astype(1 * (pt > 90e3) + 2 * (pt < 60e3), np.int32)
    return branches | {"jet_role": role, "jet_top": ak.values_astype(role > 0, np.int32)}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The study, run from its trees on: configuration, paths of a run, and what train_combinations found."""
    folder = tmp_path_factory.mktemp("pairs")
    own_files.save(folder / "known.root", "mini", with_roles(toys.branches("bkg", 3000)))
    path = folder / "pair.joblib"
    known, found = toys.definitions_and_format, []

    def given(study):
        if not found:  # before the first events are selected
            found.append(_train(study, folder, path, known(study, learns="pair")))
        return known(study, trees=path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(toys, "CONFIG", CONFIG)
        patch.setattr(toys, "definitions_and_format", given)
        resolved, paths = toys.write(folder, ROOT)
    return folder, resolved, toys.add_working_point(folder, paths, "nn"), *found, path


def _train(study, folder, path, given):
    about = study["combinations"]["pair"]
    params = {key: about[key] for key in ("inputs", "reference", "training")}
    params |= {"paths": study["samples"]["known"]["files"], "mass": study["mass"], "seed": 1, "step_size": "50 MB"}
    params |= {"bad_events": "refuse", "code": "-", **given}
    output = SimpleNamespace(trees=path, efficiencies=folder / "pair.json")
    names = SimpleNamespace(combination="pair")
    train_combinations.main(SimpleNamespace(params=SimpleNamespace(**params), output=output, wildcards=names))
    return files.load_json(output.efficiencies)


def test_the_trees_find_the_pairs_and_say_how_often(study):
    *_, found, path = study
    assert found["combination"] == "pair" and found["provenance"]["scikit-learn"]
    examples, whole = found["examples"], found["efficiencies"][-1]
    assert 0 < examples["true"] < examples["combinations"] and whole["objects"] == "all"
    assert whole["trees"]["value"] > 0.95 > whole["chi-squared"]["value"]
    assert whole["gain"]["value"] == pytest.approx(whole["trees"]["value"] - whole["chi-squared"]["value"])
    assert set(found["centres"]) == {"hard_pt", "ratio"}
    assert trees.load(path).inputs == PAIR["inputs"]


def test_the_events_have_the_features_of_the_best_pair(study):
    _, _, paths, *_ = study
    table = events.load(paths["events"])
    score, mass = table.column("pair_score"), table.column("pair_mass")
    assert ((score >= 0) & (score <= 1)).all() and (score[mass > 0] > 0.9).mean() > 0.2
    assert ((mass > 0) == (table.column("pair_angle") > 0)).all() and (mass > 0).mean() > 0.5


def test_new_files_get_the_pairs_of_the_run(study, tmp_path):
    folder, resolved, paths, _, path = study
    given = toys.definitions_and_format(resolved, trees=path)
    for sample in ("sig", "bkg"):
        file = resolved["samples"][sample]["files"][0]
        found, _ = apply((folder, resolved, paths), file, tmp_path, sample, ["nn"], **given)
        table, rows = toys.rows_of(paths["events"], sample)
        expected = scores.load(folder / "nn.parquet")["0"][rows]
        np.testing.assert_array_equal(found["bkg_nn_0"][table.entry[rows]], expected.astype(np.float32))
