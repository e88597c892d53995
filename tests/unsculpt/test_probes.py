"""Probes are samples that are nothing else, and are drawn by methods that can score them."""

import copy

import pytest

from unsculpt import probes
from unsculpt.errors import InputError
from unsculpt.plots import probes as drawings

STUDY = {
    "samples": {
        **{"top": {"role": "signal"}, "qcd": {"role": "background"}},
        **{"dark_1": {"role": "background"}, "dark_5": {"role": "background"}},
    },
    "backgrounds": {"qcd": ["qcd"]},
    "methods": {
        "nn": {"objective": "none"},
        "trees": {"objective": "uboost"},
        "b": {"transform": "cdf", "of": "trees"},
    },
    "probes": {"scale": {"label": "x", "samples": {"dark_5": 5, "dark_1": 1}}},
}


def test_samples_are_those_of_all_probes_in_the_order_of_the_study():
    probes.check(STUDY, "study x")
    assert probes.samples_of(STUDY) == ["dark_1", "dark_5"]
    assert probes.methods_of({}, STUDY["methods"]) == probes.shown(STUDY) == ["nn"]
    assert probes.methods_of({"methods": ["nn", "trees"]}, STUDY["methods"]) == ["nn"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"samples": {"dark": 1}}, "samples names 'dark'; name samples of the study"),
        ({"samples": {"top": 1}}, "samples names 'top', which is signal; give it the role background"),
        ({"samples": {"qcd": 1}}, "samples names 'qcd', which is part of a hypothesis; give it"),
        ({"methods": ["trees"]}, "methods names 'trees'; name methods of the study that are no trees"),
    ],
)
def test_what_is_no_probe_is_one_sentence(change, sentence):
    study = copy.deepcopy(STUDY)
    study["probes"]["scale"] |= change
    with pytest.raises(InputError, match=rf"study x: probes\.scale\.{sentence}"):
        probes.check(study, "study x")


def test_areas_are_drawn_in_the_order_of_the_parameter():
    from unsculpt.plots import style

    mass = {"latex": "m", "min_gev": 0, "max_gev": 300, "bin_width_gev": 5, "window_gev": None}
    about = {"samples": STUDY["samples"], "methods": {"nn": {"objective": "none", "strengths": [0]}}}
    study = style.Study(background="qcd", label="", luminosity_fb=1, blind=False, mass=mass, **about)
    areas = {"dark_5": {"auc": {"value": 0.7, "error": 0.1}}, "dark_1": {"auc": {"value": 0.6, "error": 0.2}}}
    points = [{"method": "nn", "tag": "0", "samples": areas}]
    figure = drawings.probes(points, STUDY["probes"]["scale"], study)
    figure.draw_without_rendering()
    (container,) = figure.axes[0].containers
    assert container.lines[0].get_xydata().tolist() == [[1, 0.6], [5, 0.7]]
