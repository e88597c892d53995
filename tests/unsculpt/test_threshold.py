"""What is refused of a significance against the threshold, in sentences."""

import pytest

from unsculpt import threshold
from unsculpt.errors import InputError

STUDY = {"channels": {"clean": {}, "crowded": {}}, "regions": {"one": True}, "features": ["pt", "crowded"]}


def check(**about):
    threshold.check(STUDY | {"threshold": about or None}, "study toy")


@pytest.mark.parametrize(
    ("about", "words"),
    [
        (("npv", 0), "threshold.nuisance names 'npv'; name channel, region or a feature of the study"),
        (("channel", "dark"), "threshold.nominal is 'dark', which is none of channels: clean, crowded; name one"),
        (("channel", 0), "threshold.nominal is 0, which is none of channels"),
        (("region", "one"), "threshold.nuisance is region, and the study has one only, one; define another in regions"),
        (("crowded", "no"), "threshold.nominal is 'no', and the values of the feature crowded are numbers; give one"),
    ],
)
def test_what_cannot_be_measured_is_refused(about, words):
    with pytest.raises(InputError, match=f"study toy: {words}"):
        check(**dict(zip(("nuisance", "nominal"), about, strict=True)))


def test_what_can_be_measured_is_not_refused():
    check()
    check(nuisance="channel", nominal="clean")
    check(nuisance="crowded", nominal=0)
