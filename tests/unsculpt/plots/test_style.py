"""Colours, names and intervals that all figures share."""

from dataclasses import replace

import numpy as np
import odd_texts
import pytest
import synthetic_results

from unsculpt.plots import output, samples, style, tradeoff


def test_methods_have_colours_and_markers_of_their_own(study):
    classes = {look["color"] for look in (style.SIGNAL, style.BACKGROUND, style.DATA)}
    colours = {study.colour(method) for method in study.methods}
    assert len(colours) == len({study.marker(method) for method in study.methods}) == len(study.methods)
    assert not colours & classes


def test_forty_networks_are_told_apart_by_colour_and_line(study):
    many = replace(study, methods={f"m{i}": {"objective": "none", "strengths": [0]} for i in range(40)})
    looks = {(many.colour(name), many.line(name)) for name in many.methods}
    assert len(looks) == 40 and {many.line(f"m{i}") for i in range(10)} == {"-"}


def test_stronger_is_darker(study):
    shades = [sum(study.shade("ann", strength)) for strength in study.methods["ann"]["strengths"]]
    assert shades == sorted(shades, reverse=True)


def test_strengths_are_lambda_for_adversaries_and_alpha_for_penalties(study):
    assert study.name("nn", "0") == "NN"
    assert study.name("ann", "0.3") == r"ANN, $\lambda = 0.3$"
    assert study.name("disco", "10") == r"DisCo, $\alpha = 10$"


def test_toys_have_no_luminosity(study):
    assert study.luminosity == "140 fb$^{-1}$" and "fb" in style.words(study)
    toys = replace(study, luminosity_fb=None)
    assert toys.luminosity == "" and "fb" not in style.words(toys)


def test_counting_intervals_are_those_of_the_textbook():
    below, above = style.counting_errors(np.array([0.0, 1.0, 100.0]))
    assert below == pytest.approx([0, 0.827, 9.98], abs=0.01)  # PDG, table of Poisson intervals
    assert above == pytest.approx([1.841, 2.30, 11.0], abs=0.05)


def test_a_ratio_to_nothing_is_not_drawn():
    assert np.isnan(style.divide([1.0, 2.0], [0.0, 1.0])).tolist() == [True, False]


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")  # a box is drawn: a warning in the log, no mistake
def test_whatever_passes_the_checks_of_a_study_can_be_drawn_beside_anything_else(study, tmp_path):
    odd = replace(
        study,
        label=odd_texts.FIGURE_LABEL,
        mass=study.mass | {"latex": r"m_{\gamma\gamma}^\mathrm{corr.}\,\%"},
        samples=odd_texts.sample_names(study.samples),
        methods=odd_texts.method_labels(study.methods),
    )
    points = [p for method in study.methods for p in synthetic_results.metrics(method)["points"]]
    figures = {
        "mass": samples.mass(synthetic_results.features()["mass"], odd),
        "tradeoff": tradeoff.tradeoff(points, ("ann", "30"), odd, synthetic_results.comparison()),
    }
    for name, figure in figures.items():
        output.save(figure, [tmp_path / f"{name}.{suffix}" for suffix in ("pdf", "png", "svg")], {})
    for name, texts in (("mass", odd_texts.LATEX), ("tradeoff", odd_texts.LABELS)):
        artists = output.drawn(figures[name])[0]["drawn"]
        assert {*texts.values()} <= {text for artist in artists for text in artist.values() if isinstance(text, str)}


def test_a_ratio_to_less_than_nothing_is_not_drawn_either():
    assert np.isnan(style.divide([1.0, 2.0], [-4.0, 0.0])).all()


def test_pulls_of_a_mixture_of_unequal_weights_have_unit_width(rng):
    """Heavy events that are rare beside light ones: with its own error a bin would be tens of errors low."""
    light, heavy = rng.poisson(20, (400, 55)), rng.poisson(1.5, (400, 55))
    sumw, sumw2 = 0.01 * light + heavy, 0.01**2 * light + heavy
    expected, kappa = np.full(55, 0.2 + 1.5), sumw2.sum() / sumw.sum()
    pulls = style.pulls(sumw, expected, kappa)
    assert pulls.mean() == pytest.approx(0, abs=0.02) and pulls.std() == pytest.approx(1, abs=0.02)
    assert ((sumw - expected) / np.sqrt(sumw2)).min() < -30
