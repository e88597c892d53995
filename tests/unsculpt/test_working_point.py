import numpy as np
import pytest

from unsculpt.working_point import candidate, choose, content, errors_allowed

SETTINGS = {
    **{"bias_tolerance": 1, "deviation_tolerance": 0.1, "fit_p_value_min": 0.01},
    "spurious_signal": "relaxed",
}


def category(name, errors, n_sp=5.0):
    """A category whose spurious signal is so many errors of its template, of 20 signal events known to 10."""
    found = {"n_sp": n_sp, "template_error": abs(n_sp) / errors, "expected_signal": 20.0, "error": 10.0}
    return {"name": name, "spurious_signal": found}


def numbers(method, tag, ratio, rejection):
    """What the metrics say of a point: so many floors of 0.001 bits, and its rejection."""
    names = {"method": method, "strength": float(tag), "tag": tag}
    value = ratio and 1e-3 * ratio
    jsd = {"value": value, "error": 1e-4, "floor": 1e-3, "base": 2, "over_floor": {"value": ratio}}
    return names | {"rejection": {"value": rejection, "error": 0.1}, "jsd": jsd}


def sidebands(p_value=0.5, pull=0.2, status="fitted"):
    """A sideband fit that predicts 100 events in the window, of a template of 20 times the statistics of data."""
    found = None if pull is None else {"value": 100 + pull * 2.5, "error": 5**0.5}
    rest = {"kappa": 0.05, "reason": "", "window_yield": {"value": 100.0, "error": 1.25**0.5}}
    return {"status": status, "p_value": p_value, "window_simulated": found} | rest


def point(
    method, tag, ratio, significance, *, p_value=0.5, pull=0.2, status="fitted", error=0.0, categories=(), **settings
):
    return candidate(
        numbers(method, tag, ratio, 5.0),
        sidebands(p_value, pull, status) | {"function": "exp1"},
        significance=significance,
        significance_error=error,
        significance_optimised=significance + 0.1,
        settings=SETTINGS | settings,
        categories=categories,
    )


def chosen(*candidates, replicas=None):
    return choose(list(candidates), settings=SETTINGS, replicas=replicas)


def test_the_most_sensitive_point_without_sculpting_is_chosen():
    found = chosen(point("nn", "0", 50, 3.0), point("ann", "3", 2.5, 2.4), point("ann", "30", 1.0, 2.0))
    assert (found["method"], found["tag"], found["qualified"]) == ("ann", "3", True)
    assert "ann at strength 3" in found["reason"]
    assert "2 of 3 points" in found["reason"]
    assert found["criterion"] == (
        "Highest expected significance of the best categories among the accepted points: the spectrum that passes "
        "deviates by less than 10%, the sideband fit misses the window by less than 1 of the statistical error of the "
        "background of data there (both at 95 % CL) and has p > 0.01; all their categories meet the relaxed "
        "spurious-signal criterion."
    )


@pytest.mark.parametrize(
    "flaw", [{"p_value": 0.005}, {"pull": -9}, {"pull": 3}, {"status": "not_fitted"}, {"pull": None}]
)
def test_a_point_whose_sidebands_mislead_is_not_chosen(flaw):
    found = chosen(point("ann", "3", 1.0, 2.4, **flaw), point("ann", "30", 1.0, 2.0))
    assert found["tag"] == "30"


def test_without_a_good_point_the_least_sculpted_is_taken_and_the_reason_says_so():
    found = chosen(point("nn", "0", 50, 3.0), point("ann", "3", 7.0, 2.4), point("ann", "30", None, 2.0))
    assert (found["tag"], found["qualified"]) == ("3", False)
    assert found["reason"].startswith(
        "None of the 3 points qualifies (0 accepted, 1 undecided, 2 excluded, 3 free of spurious signal); "
    )
    assert "7.0 times" in found["reason"]


def test_a_point_without_categories_is_not_chosen():
    assert chosen(point("ann", "3", 1.0, 0.0), point("ann", "30", 1.5, 0.4))["tag"] == "30"


def test_a_divergence_without_floor_is_not_accepted():
    found = point("ann", "3", None, 1.0)
    assert found.jsd_over_floor is None
    assert not found.compatible and not found.accepted
    assert not chosen(found)["qualified"]


def test_a_point_with_a_spurious_signal_is_not_chosen():
    bad = point("ann", "3", 1.0, 2.4, categories=[category("Had 1", 1), category("Had 2", 9)])
    found = chosen(bad, point("ann", "30", 1.0, 2.0, categories=[category("Had 1", 2.5)]))
    assert found["tag"] == "30"
    assert found["runners_up"][0]["why_not"] == "spurious signal too large in Had 2"
    assert "relaxed spurious-signal criterion" in found["criterion"]


@pytest.mark.parametrize(
    ("criterion", "failed"),
    [("required", ("Had 1", "Had 2", "Had 3")), ("relaxed", ("Had 2", "Had 3")), ("ignored", ())],
)
def test_the_criterion_is_that_of_the_study(criterion, failed):
    rows = [
        category("Had 1", 2.5, n_sp=-5.0),
        category("Had 2", 9),
        {"name": "Had 3", "spurious_signal": None},
        category("Had 4", 9, n_sp=1.9),
    ]
    assert point("ann", "3", 1.0, 2.4, categories=rows, spurious_signal=criterion).spurious_failed == failed


def test_every_other_point_has_a_reason_the_most_sensitive_first():
    found = chosen(
        point("nn", "0", 50, 3.0, pull=9),
        point("ann", "3", 2.5, 2.4),
        point("ann", "30", 1.0, 2.1),
        point("ann", "9", 1, 0.0),
    )
    assert [(row["tag"], row["why_not"]) for row in found["runners_up"]] == [
        (
            "0",
            "excluded: the spectrum that passes deviates by 52%, more than 10%; the bias in the window is +2.25 ± 0.26 "
            "errors of data, beyond 1",
        ),
        ("30", "less sensitive by 0.30"),
        ("9", "no category with a significance"),
    ]


def paired(rng, values, own, common=0.3):
    """Replicas of significances that mostly rise and fall together; each has so much spread of its own."""
    shared = rng.normal(0, common, (4000, 1))
    return np.array(values) + shared + rng.standard_normal((4000, len(values))) * np.array(own)


def test_points_that_the_paired_error_cannot_tell_apart_are_equal_and_the_first_is_taken(rng):
    values, own = [2.38, 2.40, 2.20], [0.02, 0.02, 0.02]
    replicas = paired(rng, values, own)
    points = [point("ann", tag, 1.0, value, error=0.3) for tag, value in zip(("30", "10", "3"), values, strict=True)]
    found = chosen(*points, replicas=replicas)
    assert found["tag"] == "30" and found["equal"] == ["ann at strength 30", "ann at strength 10"]
    assert found["reason"].startswith(
        "ann at strength 30 is one of the most sensitive (2.38 ± 0.30) of the 3 of 3 points that qualify, "
        "2 of which cannot be told apart within their errors, and it comes first in the study; its JSD"
    )
    first, second = found["runners_up"]
    assert first["equal"] and first["why_not"].startswith("equal within the error (0.00 behind the best), but it comes")
    assert not second["equal"] and second["why_not"] == "less sensitive by 0.20 ± 0.03"  # the common spread has gone
    assert second["behind_error"] == pytest.approx(0.02 * 2**0.5, rel=0.05)
    apart = chosen(*points, replicas=paired(rng, values, [0.001] * 3))
    assert apart["tag"] == "10" and apart["equal"] == ["ann at strength 10"]


def test_of_equal_points_the_one_with_the_simplest_functions_is_taken(rng):
    second, first = ([category("Had 1", 1) | {"function": name}] for name in ("exp2", "exp1"))
    points = [point("ann", "3", 1.0, 2.41, categories=second), point("ann", "30", 1.0, 2.4, categories=first)]
    found = chosen(*points, replicas=paired(rng, [2.41, 2.4], [0.02, 0.02]))
    assert found["tag"] == "30" and "and its background functions have fewest parameters" in found["reason"]
    assert found["runners_up"][0]["why_not"].endswith("but its background functions have more parameters")
    assert found["runners_up"][0]["function_parameters"] == 3
    far = chosen(*points, replicas=paired(rng, [2.41, 2.4], [0.002, 0.002]))
    assert far["tag"] == "3"  # simplicity is no reason to be worse


def test_a_point_that_may_not_be_taken_is_equal_to_none(rng):
    points = [point("nn", "0", 50, 2.4), point("ann", "3", 1.0, 2.4)]
    found = chosen(*points, replicas=paired(rng, [2.4, 2.4], [0.02, 0.02]))
    assert found["equal"] == ["ann at strength 3"] and not found["runners_up"][0]["equal"]
    none = chosen(points[0], replicas=paired(rng, [2.4], [0.02]))
    assert none["equal"] == [] and not none["qualified"]


def test_the_chance_that_any_category_fails_does_not_grow_with_their_number(rng):
    for number in (1, 7):
        pulls = rng.standard_normal((20000, number))
        assert np.mean((np.abs(pulls) > errors_allowed(number)).any(1)) == pytest.approx(0.0455, abs=0.006)


def rejecting(tag, rejection, ratio=1.0, fit=None):
    """A point of a study without categories, and perhaps without fits."""
    return candidate(numbers("ann", tag, ratio, rejection), fit, settings=SETTINGS)


def test_without_categories_the_accepted_point_that_rejects_most_is_chosen():
    found = chosen(rejecting("1", 9.0, ratio=4.0), rejecting("3", 7.0, ratio=2.5), rejecting("30", 5.0))
    assert (found["tag"], found["qualified"]) == ("3", True)
    assert "the highest background rejection (7.00 ± 0.10; the study has no categories to compare)" in found["reason"]
    assert found["criterion"] == (
        "Highest background rejection at the working signal efficiency among the accepted points: the spectrum that "
        "passes deviates by less than 10% (95 % CL)."
    )
    assert [row["why_not"] for row in found["runners_up"]] == [
        "excluded: the spectrum that passes deviates by 13%, more than 10%",
        "rejects less by 2.00 ± 0.10",
    ]


def test_without_categories_points_within_the_error_of_the_rejection_are_equal():
    found = chosen(rejecting("3", 6.95), rejecting("10", 7.0), rejecting("30", 6.8))
    assert found["tag"] == "3" and found["equal"] == ["ann at strength 3", "ann at strength 10"]
    assert "ann at strength 3 has one of the highest background rejections (6.95 ± 0.10; the study" in found["reason"]
    assert [row["why_not"] for row in found["runners_up"]] == [
        "equal within the error (0.00 behind the best), but it comes later in the study",
        "rejects less by 0.20 ± 0.10",
    ]


def test_without_categories_the_fits_judge_as_well_if_there_are_any():
    good, bad = (sidebands(p_value) for p_value in (0.5, 0.001))
    found = chosen(rejecting("3", 7.0, fit=bad), rejecting("30", 5.0, fit=good))
    assert found["tag"] == "30" and "and has p > 0.01" in found["criterion"]
    assert found["runners_up"][0]["why_not"] == "excluded: the sideband fit has p = 0.001, not above 0.01"


def test_without_categories_and_a_good_point_the_counts_are_of_what_was_judged():
    assert not chosen(rejecting("100", None))["qualified"]
    none = chosen(rejecting("3", 7.0, ratio=9.0), rejecting("30", 5.0, ratio=4.0))
    assert none["tag"] == "30"
    assert "None of the 2 points qualifies (0 accepted, 0 undecided, 2 excluded); ann" in none["reason"]


def test_the_file_holds_every_candidate_with_its_reason():
    made = content([rejecting("3", 7.0), rejecting("30", 5.0)], settings=SETTINGS)
    assert made["working_point"]["tag"] == "3"
    assert [row["why_not"] for row in made["candidates"]] == ["", "rejects less by 2.00 ± 0.10"]
    assert [row["acceptance"]["verdict"] for row in made["candidates"]] == ["accepted", "accepted"]


def test_other_points_do_not_change_what_is_accepted():
    points = [point("ann", str(n), 1.0 + n / 4, 2.0, pull=n / 2) for n in range(1, 9)]
    alone = [chosen(p)["qualified"] for p in points]
    together = content(points, settings=SETTINGS)["candidates"]
    assert [row["acceptance"]["verdict"] == "accepted" for row in together] == alone
    assert set(alone) == {True, False}
