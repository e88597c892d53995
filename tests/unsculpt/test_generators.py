"""What is refused of a study of generators, in sentences."""

from itertools import pairwise
from pathlib import Path

import pytest

from unsculpt import config, generators, schema
from unsculpt.errors import InputError

ROOT = Path(__file__).parents[2]


def study(**changes):
    content = {"particles": {"e": {}, "g": {"start_x0": 1.3}}, "main": "wgan", "generators": {"wgan": {"kind": "wgan"}}}
    return {"study": "showers", "generation": content | changes}


def resolved(**changes):
    content = study(**changes)
    config.resolve_in_place(content, ROOT, files=["study.yaml"])
    return content["generation"]


def test_defaults_are_those_of_the_published_calorimeter():
    found = resolved()
    assert found["calorimeter"]["cells"] == [[3, 96], [12, 12], [12, 6]] and found["energies_gev"] == [1, 100]
    assert found["generators"]["wgan"]["critic"]["penalty"] == 10 and found["samples"]["test"]["showers"] == 5000


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"energies_gev": [10, 1]}, r"energies_gev is \[10, 1\]; give the lower energy first"),
        ({"calorimeter": {"depths_mm": [0, 90, 80, 480]}}, "are no edges of 3 layers"),
        ({"samples": {"test": {"showers": 100, "chunks": 200}}}, "100 showers in 200 chunks"),
        ({"evaluation": {"neighbours": 20_000}}, "neighbours is 20000, and the sample test has 10000"),
        ({"evaluation": {"response_edges_gev": [1, 1]}}, "do not grow"),
        ({"main": "flow"}, "main is flow, which is no generator; take one of wgan"),
        ({"particles": {"e": {"file": "a.h5"}, "g": {}}}, "e has a file and g has none"),
        ({"main": "truth", "generators": {"truth": {"kind": "wgan"}}}, "the name truth"),
        ({"generators": {"wgan": {"kind": "flow", "parametrisation": "cells"}}}, "is a flow"),
        ({"generators": {"wgan": {"kind": "vae"}}}, "expected one of wgan, flow"),
        ({"generators": {"wgan": {"kind": "wgan", "step": 3}}}, "did you mean steps"),
    ],
)
def test_mistakes_are_told_in_a_sentence(changes, words):
    with pytest.raises(InputError, match=words):
        resolved(**changes)


def test_samples_of_a_file_do_not_overlap():
    samples = {name: {"showers": 10, "chunks": 3} for name in ("train", "test", "other")}
    rows = [generators.rows_of(samples, name, chunk) for name in samples for chunk in range(3)]
    assert rows[0][0] == 0 and rows[-1][1] == 30
    assert all(a[1] == b[0] for a, b in pairwise(rows))


def test_every_key_explains_itself():
    def leaves(node, path):
        for name, sub in node.get("properties", {}).items():
            yield f"{path}.{name}", sub
            yield from leaves(sub, f"{path}.{name}")
        if isinstance(node.get("additionalProperties"), dict):
            yield from leaves(node["additionalProperties"], f"{path}.<name>")

    own = schema.load(ROOT, "generation")["properties"]["generation"]
    found = dict(leaves(own, "generation"))
    assert len(found) > 40 and not [path for path, sub in found.items() if not sub.get("description", "").endswith(".")]


@pytest.mark.parametrize("study", ["showers", "showers_smoke"])
def test_the_studies_that_are_shipped_are_valid(study):
    found = config.load(ROOT / f"config/studies/{study}.yaml", ROOT)["generation"]
    assert list(found["generators"]) == ["wgan", "cells", "flow"] and found["main"] == "wgan"
