import pytest

from unsculpt.categories.working_point import candidate, choose

METHODS = {"nn": {"objective": "none"}, "ann": {"objective": "adversarial", "label": "Adversarial"}}


def point(method, tag, ratio, significance, *, p_value=0.5, pull=0.2, status="fitted"):
    jsd = {"value": None, "floor": None} if ratio is None else {"value": ratio * 1e-3, "floor": 1e-3}
    return candidate(
        {"method": method, "strength": float(tag), "tag": tag, "jsd": jsd},
        {"status": status, "p_value": p_value, "pull": pull},
        significance=significance,
        significance_optimised=significance + 0.1,
        jsd_over_floor_max=3,
    )


def chosen(*candidates):
    return choose(list(candidates), methods=METHODS, jsd_over_floor_max=3)


def test_the_most_sensitive_point_without_sculpting_is_chosen():
    found = chosen(point("nn", "0", 50, 3.0), point("ann", "3", 2.5, 2.4), point("ann", "30", 1.0, 2.0))
    assert (found["method"], found["tag"], found["qualified"]) == ("ann", "3", True)
    assert "Adversarial at strength 3" in found["reason"]
    assert "2 of 3 points" in found["reason"]
    assert "3 times its floor" in found["criterion"]


@pytest.mark.parametrize("flaw", [{"p_value": 0.005}, {"pull": -3.5}, {"status": "not_fitted"}, {"pull": None}])
def test_a_point_whose_sidebands_mislead_is_not_chosen(flaw):
    found = chosen(point("ann", "3", 1.0, 2.4, **flaw), point("ann", "30", 1.0, 2.0))
    assert found["tag"] == "30"


def test_without_a_good_point_the_least_sculpted_is_taken_and_the_reason_says_so():
    found = chosen(point("nn", "0", 50, 3.0), point("ann", "3", 7.0, 2.4), point("ann", "30", None, 2.0))
    assert (found["tag"], found["qualified"]) == ("3", False)
    assert found["reason"].startswith("None of the 3 points meets the criterion (0 by the JSD, 3 by the fit)")
    assert "7.0 times" in found["reason"]


def test_a_point_without_categories_is_not_chosen():
    assert chosen(point("ann", "3", 1.0, 0.0), point("ann", "30", 1.5, 0.4))["tag"] == "30"


def test_a_divergence_without_floor_is_not_compatible():
    found = point("ann", "3", None, 1.0)
    assert found.jsd_over_floor is None
    assert not found.compatible
    assert not chosen(found)["qualified"]
