"""Colours, names and intervals that all figures share."""

import numpy as np
import pytest

from unsculpt.plots import style


def test_methods_have_colours_and_markers_of_their_own(study):
    classes = {look["color"] for look in (style.SIGNAL, style.BACKGROUND, style.DATA)}
    colours = {study.colour(method) for method in study.methods}
    assert len(colours) == len({study.marker(method) for method in study.methods}) == len(study.methods)
    assert not colours & classes


def test_stronger_is_darker(study):
    shades = [sum(study.shade("ann", strength)) for strength in study.methods["ann"]["strengths"]]
    assert shades == sorted(shades, reverse=True)


def test_strengths_are_lambda_for_adversaries_and_alpha_for_penalties(study):
    assert study.name("nn", "0") == "NN"
    assert study.name("ann", "0.3") == r"ANN, $\lambda = 0.3$"
    assert study.name("disco", "10") == r"DisCo, $\alpha = 10$"


def test_counting_intervals_are_those_of_the_textbook():
    below, above = style.counting_errors(np.array([0.0, 1.0, 100.0]))
    assert below == pytest.approx([0, 0.827, 9.98], abs=0.01)  # PDG, table of Poisson intervals
    assert above == pytest.approx([1.841, 2.30, 11.0], abs=0.05)


def test_a_ratio_to_nothing_is_not_drawn():
    assert np.isnan(style.divide([1.0, 2.0], [0.0, 1.0])).tolist() == [True, False]


def test_a_ratio_to_less_than_nothing_is_not_drawn_either():
    assert np.isnan(style.divide([1.0, 2.0], [-4.0, 0.0])).all()
