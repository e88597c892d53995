"""What is refused of a study that fits simulators, in sentences."""

from pathlib import Path

import pytest
import yaml

from unsculpt import config, studyfile
from unsculpt.errors import InputError

ROOT = Path(__file__).parents[2]


def study(**changes):
    text = (ROOT / "config/studies/avo.yaml").read_text(encoding="utf-8")
    return studyfile.merge(yaml.safe_load(text), {"inference": changes})


def resolved(content):
    config.resolve_in_place(content, ROOT)
    return content


def test_the_study_is_valid_and_has_its_defaults():
    inference = resolved(study())["inference"]
    assert inference["recipe"]["least_width"] == 0.02 and inference["simulators"]["weinberg"]["bank"] is None
    assert inference["contenders"]["simulators"][0] == "weinberg" and inference["abc"]["rounds"] == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"variance": {"simulator": "nobody"}},
            "inference.variance.simulator names 'nobody', which is none of weinberg",
        ),
        ({"coverage": {"simulator": "hadrons"}}, "whose data are those of its bank"),
        ({"contenders": {"simulators": ["nobody"]}}, "inference.contenders.simulators names 'nobody'"),
        ({"recipe": {"iterations": 50}}, "inference.variance.iterations has 75, and there are 50"),
        ({"simulators": {"weinberg": {"dispersion": 2}}}, "weinberg.dispersion is 2; only the process poisson"),
        ({"simulators": {"weinberg": {"process": "multi"}}}, "the process multi has a, b, in this order"),
        ({"simulators": {"poisson": {"parameters": {"log_rate": {"prior": [3.5, 0]}}}}}, "give the lower edge first"),
        ({"simulators": {"poisson": {"parameters": {"log_rate": {"start": 4}}}}}, "start is 4, outside its prior"),
        ({"simulators": {"hadrons": {"bank": None}}}, "hadrons.bank is missing"),
        ({"simulators": {"hadrons": {"bank": {"to": 0.16}}}}, "does not hold the prior"),
        ({"simulators": {"hadrons": {"bank": {"events": 3000}}}}, "bank.events is 3000 for 2000 events of data"),
        ({"simulators": {"poisson": {"events": 1}}}, "inference.simulators.poisson.events"),
        ({"recipe": {"momentum": 0.9}}, "momentum"),
    ],
)
def test_what_no_job_could_do_is_refused(changes, sentence):
    with pytest.raises(InputError) as refused:
        resolved(study(**changes))
    assert sentence in str(refused.value)
