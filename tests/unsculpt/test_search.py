"""A search sees as much signal as the method was trained with, and cuts by what data would tell."""

from dataclasses import replace

import numpy as np
import pytest
import toy_images

from unsculpt import axes, search
from unsculpt.errors import InputError
from unsculpt.methods import families
from unsculpt.metrics import to_json
from unsculpt.plots import hunt as drawings

AXIS = axes.mass({"min_gev": 105, "max_gev": 160, "window_gev": None, "bin_width_gev": 1})
FIT = {"functions": None, "max_order": 2, "order_p_value": 0.05}
SETTINGS = {"efficiency": 0.2, "range_gev": None, "widths_gev": [4], "toys": 50}


@pytest.fixture(scope="module")
def table():
    """Rings and blobs, each as one event of data."""
    made = toy_images.table(8000)
    return replace(made, weight=np.full(len(made), 0.5))


def searched(table, share, score, **changes):
    options = {"axis": AXIS, "settings": SETTINGS | changes, "fit": FIT, "rng": np.random.default_rng(1)}
    return search.search(score, table, share, **options)


def test_a_good_score_finds_the_peak_and_a_score_of_nothing_does_not(table):
    rng = np.random.default_rng(3)
    good, nothing = rng.normal(table.label * 2.0), rng.normal(size=len(table))
    found, missed = (searched(table, 0.02, score) for score in (good, nothing))
    assert (found["events"], found["signal"]) == (4000 + 82, 82)
    assert found["passing"] == pytest.approx(0.2 * 4082, abs=2) and found["passing_signal"] > 60
    assert found["hunt"]["window"][0] < 125 < found["hunt"]["window"][1] and found["hunt"]["signal"] > 40
    assert found["hunt"]["local"] > 4 > missed["hunt"]["local"]
    assert np.sum(found["counts"]) == found["passing"]


def test_without_signal_only_background_is_searched(table):
    found = searched(table, 0, np.random.default_rng(1).random(len(table)))
    assert (found["events"], found["signal"], np.sum(found["signal_counts"])) == (4000, 0, 0)


def test_the_hunt_keeps_to_its_range_and_the_cut_does_not(table):
    score = np.random.default_rng(1).normal(table.label * 2.0)
    whole, part = (searched(table, 0.02, score, range_gev=limits) for limits in (None, [115, 150]))
    assert part["threshold"] == whole["threshold"]
    assert part["edges_gev"].tolist() == list(range(115, 151))
    assert part["counts"].tolist() == whole["counts"][10:-10].tolist()


def test_a_range_without_bins_is_one_sentence(table):
    with pytest.raises(InputError, match=r"hunt\.range_gev \[200, 300\] holds 0 of the bins of the mass; give 8 or"):
        searched(table, 0, np.zeros(len(table)), range_gev=[200, 300])


def test_events_of_unequal_weight_are_drawn_with_their_weight(table):
    heavy = (table.event // 2) % 4 == 0
    unequal = replace(table, weight=np.where(heavy, 1.5, 0.5))
    rows, signal = search.sample(unequal, 0.1)
    background = rows & ~signal
    assert (heavy & background).sum() == (heavy & table.where(0)).sum() == 1000
    assert (~heavy & background).sum() == pytest.approx(1000, abs=80)
    assert (rows & signal).sum() / rows.sum() == pytest.approx(0.1, abs=0.012)


def test_points_of_one_family_differ_in_their_share_alone_and_are_drawn_as_one_line(table):
    ae = {"objective": "none", "strengths": [0], "task": "reconstruction"}
    methods = {"nn": ae | {"task": "classification"}, "ae": ae, "dirty": ae | {"contamination": 0.02, "label": "x"}}
    methods |= {name: {"transform": "cdf", "of": of, "strengths": [0]} for name, of in (("a", "ae"), ("b", "dirty"))}
    score, points = np.random.default_rng(1).normal(table.label * 2.0), []
    for name in ("b", "dirty", "a", "ae"):
        share = 0.02 * (name in ("b", "dirty"))
        points.append({"method": name, "tag": "0"} | to_json(searched(table, share, score)))
    points[1]["hunt"] = None
    found = families(points, methods)
    assert [[point["method"] for point in family] for family in found] == [["a", "b"], ["ae", "dirty"]]
    from unsculpt.plots import style

    about = {"samples": {"rings": {"role": "signal"}, "blobs": {"role": "background"}}, "methods": methods}
    mass = {"latex": "m", "min_gev": 105, "max_gev": 160, "bin_width_gev": 1, "window_gev": None}
    study = style.Study(background="blobs", label="", luminosity_fb=1, blind=False, mass=mass, **about)
    figure = drawings.spectra(points, study)
    figure.draw_without_rendering()
    assert "not fitted" in [text.get_text() for axes in figure.axes for text in axes.texts]
    figure = drawings.significances(points, study)
    figure.draw_without_rendering()
    lines = [line for line in figure.axes[0].lines if line.get_label() in ("A", "AE")]
    assert [len(line.get_xdata()) for line in lines] == [2, 1]
    assert lines[0].get_ydata()[1] == pytest.approx(points[0]["hunt"]["local"])
