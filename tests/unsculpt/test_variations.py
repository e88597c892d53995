"""What is refused of scales of objects, in sentences."""

import pytest

from unsculpt import variations
from unsculpt.errors import InputError

STUDY = {
    "objects": {"photon": {}, "loose": {"from": "photon"}, "jet": {"from": "small"}},
    "match_signal": None,
    "features": ["jet1_pt"],
    "samples": {"tth": {"role": "signal"}, "ttyy": {"role": "background"}},
    "methods": {"nn": {"objective": "none"}, "bdt": {"objective": "uboost"}},
}


def check(collection="photon", **changes):
    about = {"scale_of": {"collection": collection, "scale": 0.01}}
    variations.check(STUDY | {"variations": about} | changes, "study toy")


@pytest.mark.parametrize(
    ("collection", "changes", "words"),
    [
        ("jet", {}, "variations.scale_of.collection names 'jet', of which no object of the study is made; name one of"),
        ("photon", {"features": ["scale_of"]}, "variations.scale_of has the name of a column of the events; choose"),
        ("photon", {"match_signal": {"column": "pt"}}, "variations and match_signal are given"),
        ("photon", {"samples": {"sr": {"role": "background", "measured": True}}}, "no background is simulated"),
        ("photon", {"methods": {"bdt": {"objective": "uboost"}}}, "all methods are boosted trees"),
    ],
)
def test_what_cannot_be_varied_is_refused(collection, changes, words):
    with pytest.raises(InputError, match=f"study toy: .*{words}"):
        check(collection, **changes)


def test_what_can_be_varied_is_not_refused():
    check()
    check("small")
    variations.check({"variations": {}}, "study toy")


def test_transforms_of_trees_are_not_scored():
    methods = STUDY["methods"] | {
        "flat": {"transform": "cdf", "of": "bdt"},
        "nn_cdf": {"transform": "cdf", "of": "nn"},
        "jet": {"feature": "jet1_pt"},
    }
    assert variations.scored(methods) == ["nn", "nn_cdf", "jet"]
