"""What is refused of ranges, in sentences, and which figures they have."""

import pytest

from unsculpt import ranges
from unsculpt.errors import InputError

MASS = {"min_gev": 50, "max_gev": 300, "bin_width_gev": 5}
GOOD = {"column": "pt", "edges": [200, 500, 2000], "mass_cut_gev": [50, 100]}


def check(**changes):
    ranges.check({"ranges": {"pt": GOOD | changes}, "features": ["pt"], "mass": MASS}, "study toy")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"column": "n_pv"}, "ranges.pt.column names 'n_pv', which no row has; name a feature of the study"),
        ({"edges": [200, 500, 500]}, r"ranges.pt.edges \[200, 500, 500\] do not rise, 500 follows 500"),
        ({"edges": [500, 200]}, "do not rise, 200 follows 500; give them from low to high"),
        ({"mass_cut_gev": [100, 60]}, r"mass_cut_gev \[100, 60\] is no part of 50-300 GeV"),
        ({"mass_cut_gev": [40, 60]}, "is no part of 50-300 GeV; give its lower and its upper edge"),
        ({"mass_cut_gev": [60, 98]}, "98 is not a whole number of bins of 5 GeV above 50"),
    ],
)
def test_what_cannot_be_measured_is_refused(changes, words):
    with pytest.raises(InputError, match=f"study toy: .*{words}"):
        check(**changes)


def test_good_ranges_are_not_refused():
    check()
    check(mass_cut_gev=None)


def test_one_range_has_no_line_and_many_have_no_planes():
    edges = {"one": [0, 1], "four": [0, 1, 2, 3, 4], "five": [0, 1, 2, 3, 4, 5]}
    about = {name: {"edges": values} for name, values in edges.items()}
    assert (ranges.lines(about), ranges.planes(about)) == (["four", "five"], ["one", "four"])
