"""Which cross-sections of the files of a sample may be averaged."""

import pytest

from unsculpt import crosssections
from unsculpt.errors import InputError


def told(sigma, generator="", events=10_000, **more):
    return {"cross_section_pb": sigma, "generator": generator, "events_read": events} | more


PYTHIA, SHERPA = "Pythia 8: ttH", "Sherpa: ttyy"
ONE = {
    "equal": [told(0.5), told(0.5)],
    "equal in single precision": [told(0.5), told(0.5 * (1 + 1e-7))],
    "estimates": [told(0.50, PYTHIA), told(0.52, PYTHIA), told(0.49, PYTHIA)],
    "estimates of few events": [told(0.5, PYTHIA, 25), told(0.9, PYTHIA, 30)],
    "equal, of several generators": [told(0.5, PYTHIA), told(0.5, SHERPA), told(0.5)],
    "a file without events, which cannot tell": [told(0.5), told(None, events=0)],
    "a file that does not tell": [told(0.5), told(None)],
    "nothing": [],
}
SEVERAL = {
    "slices": [told(1.0), told(0.0014)],
    "a per cent apart": [told(0.5), told(0.505)],
    "estimates of two generators": [told(0.50, PYTHIA), told(0.51, SHERPA)],
    "an estimate and a file of the user": [told(0.50, PYTHIA), told(0.51)],
    "too far apart for estimates": [told(0.50, PYTHIA), told(0.60, PYTHIA)],
    "too far apart for few events": [told(1.0, PYTHIA, 25), told(0.0014, PYTHIA, 25)],
}


@pytest.mark.parametrize("chunks", ONE.values(), ids=ONE)
def test_one_cross_section_and_estimates_of_it_pass(chunks):
    crosssections.check("tth", chunks)


@pytest.mark.parametrize("chunks", SEVERAL.values(), ids=SEVERAL)
def test_several_cross_sections_are_one_sentence(chunks):
    for order in (chunks, chunks[::-1]):
        with pytest.raises(
            InputError, match=r"samples.tth: its files have different cross-sections, from .* pb to .* pb;"
        ):
            crosssections.check("tth", order)


def test_the_sentence_names_the_files():
    chunks = [told(1.0, file="a.root"), told(1.0, file="b.root"), told(2.5, file="c.root")]
    with pytest.raises(InputError, match=r"from 1 pb \(a.root\) to 2.5 pb \(c.root\); make a sample of each"):
        crosssections.check("tth", chunks)
