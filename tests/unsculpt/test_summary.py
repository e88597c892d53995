import pytest

from unsculpt.summary import assemble, headline

METHODS = {"nn": {"objective": "none"}, "ann": {"objective": "adversarial", "label": "Adversarial"}}
CONFIG = {
    "study": "toy",
    "title": "Toy photons",
    "luminosity_fb": 36.1,
    "blind": True,
    "mass": {"window_gev": [120, 130]},
    "stages": ["fits", "categories"],
    "ranges": {},
    "threshold": None,
    "variations": {},
    "published": None,
    "hunt": None,
    "probes": {},
    "samples": {"tth": {}, "ttyy": {}, "data": {}},
    "methods": METHODS,
}
FITTED = {
    "background": "ttyy",
    "status": "fitted",
    "reason": "",
    "window_yield": {"value": 120.0, "error": 3.0},
    "window_simulated": {"value": 125.0, "error": 4.0},
    "pull": 1.0,
    "spectrum": [1.0],
    "model": {"expected": [1.0]},
    "provenance": {},
}
FAILED = {"status": "not_fitted", "reason": "the sidebands are empty", "window_yield": None, "pull": None}


def point(method, tag, jsd):
    numbers = {name: {"value": 0.5, "error": 0.1} for name in ("rejection", "signal_efficiency")}
    jsd = {"value": jsd, "floor": 1e-3}
    return {"method": method, "strength": float(tag), "tag": tag, "jsd": jsd, "curves": {"roc": []}} | numbers


def warning(*sentences):
    """Content of a file whose job warned of something."""
    return {"provenance": {"warnings": list(sentences)}}


def parts(**changes):
    """The files of one background with two points, of which the second is the working point."""
    category = {"name": "Had 1", "fit": FITTED, "spectrum": {}, "model": {}, "data": None, "spurious_signal": None}
    point_of = {"method": "ann", "strength": 30.0, "tag": "30"}
    return {
        "events": warning("samples.tth: twice")
        | {"samples": {"ttyy": {"events_read": 10, "scale": 0.1}, "tth": {"events_read": 5}}},
        "comparison": {
            **{"background": "ttyy", "best": {"method": "ann"}, "methods": [{"method": "ann", "points": 1}]},
            "points": [
                {"method": "nn", "tag": "0", "acceptance": {"verdict": "excluded"}, "sculpts": True},
                {"method": "ann", "tag": "30", "acceptance": {"verdict": "accepted"}, "sculpts": False},
            ],
        },
        "features": {"features": [{"name": "jet1_pt", "correlation": {"background": {"value": 0.1, "error": 0.01}}}]},
        "importance": {"importance": [{"feature": "jet1_pt", "drop_auc": 0.1, "error": 0.01}]},
        "scores": {"nn": {}, "ann": {}},
        "metrics": {
            "ann": {"method": "ann", "points": [point("ann", "30", None)]},
            "nn": {"method": "nn", "points": [point("nn", "0", 0.02)]},
        },
        "histories": {
            ("nn", 0): warning("few"),
            ("ann", 0): warning("few", "it is dead"),
            ("ann", 1): warning("few"),
        },
        "initial": FITTED,
        "fits": {("nn", "0"): FITTED, ("ann", "30"): FITTED},
        "working_point": {
            "working_point": point_of | {"criterion": "c", "reason": "None meets it.", "qualified": True},
            "candidates": [],
        },
        "categories": {
            "categories": [category],
            "search": {},
            "skipped": [],
        },
        "combined": {
            "significance": 1.5,
            "significance_fit": 1.55,
            "significance_pyhf": 1.6,
            "cls_upper_limit_mu": {"expected": 0.9},
            "reason": "",
            "provenance": {},
        },
    } | changes


def test_samples_stand_in_the_order_of_the_study():
    summary = assemble(CONFIG, {"ttyy": parts()})
    assert list(summary["samples"]) == ["tth", "ttyy"]
    assert summary["samples"]["ttyy"]["scale"] == 0.1


def measured(value):
    return {"value": value, "error": 0.01}


def test_a_scale_that_differs_between_hypotheses_stands_with_these():
    def about(scale, share):
        return {
            "samples": {"ttyy": {"role": "background", "scale": scale, "share": measured(share)}, "tth": {"scale": 0.5}}
        }

    both = {"continuum": parts(events=about(0.08, 0.3)), "ttyy": parts(events=about(0.1, 1.0))}
    summary = assemble(CONFIG, both)
    assert summary["samples"]["ttyy"]["scale"] is None and summary["samples"]["tth"]["scale"] == 0.5
    found = {name: background["samples"] for name, background in summary["backgrounds"].items()}
    assert found == {
        "continuum": {"ttyy": {"share": measured(0.3), "scale": 0.08}},
        "ttyy": {"ttyy": {"share": measured(1.0), "scale": 0.1}},
    }


def test_the_headline_gives_the_shares_of_a_mixture():
    background, other = ({"role": "background", "scale": 0.1, "share": measured(share)} for share in (0.0288, 0.9712))
    mixed = parts(events={"samples": {"ttyy": background, "ntni": other}})
    first = headline(assemble(CONFIG, {"continuum": mixed, "ttyy": parts()}), METHODS).splitlines()
    assert first[1].startswith("Background continuum (ttyy 2.9%, ntni 97.1%): working point")
    assert any(line.startswith("Background ttyy: ") for line in first)


def test_spectra_and_curves_stay_in_their_own_files():
    background = assemble(CONFIG, {"ttyy": parts()})["backgrounds"]["ttyy"]
    assert "curves" not in background["points"][0]
    for fit in (background["points"][0]["fit"], background["initial"]["fit"], background["categories"][0]["fit"]):
        assert set(fit) == {"status", "reason", "window_yield", "window_simulated", "pull"}


def test_each_point_has_the_verdict_on_it():
    points = assemble(CONFIG, {"ttyy": parts()})["backgrounds"]["ttyy"]["points"]
    found = {point["method"]: (point["acceptance"]["verdict"], point["sculpts"]) for point in points}
    assert found == {"nn": ("excluded", True), "ann": ("accepted", False)}


def test_the_correlation_with_the_mass_is_that_of_the_background():
    background = assemble(CONFIG, {"ttyy": parts()})["backgrounds"]["ttyy"]
    assert background["correlations"] == {"jet1_pt": 0.1}
    assert background["correlations_error"] == {"jet1_pt": 0.01}


SAID = ["samples.tth: twice", "ttyy: nn, ann: few", "ttyy: ann: it is dead"]


def test_the_warnings_of_every_file_stand_in_the_order_of_the_pipeline():
    wrong = parts(fits={("nn", "0"): FITTED, ("ann", "30"): FAILED | warning("not fitted")})
    for kind in ("combined", "features", "importance", "initial", "comparison", "categories"):
        wrong[kind] = wrong[kind] | warning(f"of {kind}")
    wrong["scores"]["ann"] |= warning("a tree fell")
    wrong["metrics"]["nn"] |= warning("strength 0: equal scores")
    assert assemble(CONFIG, {"ttyy": wrong})["warnings"] == [
        "samples.tth: twice",
        "ttyy: features: of features",
        "ttyy: nn, ann: few",
        "ttyy: ann: it is dead",
        "ttyy: ann: a tree fell",
        "ttyy: importance: of importance",
        "ttyy: nn: strength 0: equal scores",
        "ttyy: before any cut on a score: of initial",
        "ttyy: ann at strength 30: not fitted",
        "ttyy: comparison: of comparison",
        "ttyy: categories: of categories",
        "ttyy: combination: of combined",
    ]


def test_what_several_backgrounds_share_is_said_once():
    said = assemble(CONFIG, {"ttyy": parts(), "ntni": parts(histories={("nn", 0): {}, ("ann", 0): {}})})["warnings"]
    assert said == SAID


def test_the_headline_is_a_few_readable_lines():
    assert headline(assemble(CONFIG, {"ttyy": parts()}), METHODS).splitlines() == [
        "Toy photons (toy, 36.1/fb)",
        "Background ttyy: working point Adversarial at strength 30",
        "  1 category, expected significance 1.55 in one fit with all systematic uncertainties "
        "(the same in pyhf: 1.60), expected limit mu < 0.90; counts in the window alone: 1.50",
        "  JSD - (floor 0.001); NN: 0.02 (floor 0.001)",
        "  background rejection 0.5 ± 0.1 at signal efficiency 0.50 ± 0.10",
        "  sideband fit extrapolated into the window: 120.0 ± 3.0 for 125.0 ± 4.0 simulated (pull +1.0)",
        "Warnings:",
        *(f"  - {sentence}" for sentence in SAID),
    ]


def test_formulas_in_the_headline_are_letters():
    methods = METHODS | {"nn": METHODS["nn"] | {"label": "NN of $p_T$"}}
    lines = headline(assemble(CONFIG, {"ttyy": parts()}), methods).splitlines()
    assert "  JSD - (floor 0.001); NN of pT: 0.02 (floor 0.001)" in lines


def test_a_headline_spells_out_ten_warnings_and_says_where_the_others_are():
    many = parts(events=parts()["events"] | warning(*(f"samples.tth: {i}" for i in range(13))), histories={})
    *_, head, first, _, _, _, _, _, _, _, _, tenth, more = headline(
        assemble(CONFIG, {"ttyy": many}), METHODS
    ).splitlines()
    assert (head, first, tenth) == ("Warnings:", "  - samples.tth: 0", "  - samples.tth: 9")
    assert more == "  and 3 more in summary.json and the report"


def test_without_a_qualified_point_every_background_begins_with_that():
    unqualified = parts()
    unqualified["working_point"]["working_point"]["qualified"] = False
    text = headline(assemble(CONFIG, {"ttyy": unqualified, "ntni": unqualified, "other": parts()}), METHODS)
    full, short, qualified = (line for line in text.splitlines() if line.startswith("Background"))
    for line, name in ((full, "ttyy"), (short, "ntni")):
        assert line.startswith(f"Background {name}: No qualified working point: no point of the grid qualifies")
        assert "floor, Adversarial at strength 30" in line
    assert short.endswith("counts in the window alone: 1.50, JSD - (floor 0.001)")
    assert qualified.startswith("Background other: Adversarial at strength 30, 1 category, expected significance 1.55")


def test_the_counts_have_their_error_and_the_fit_comes_first():
    known = parts(combined=parts()["combined"] | {"significance_error": 0.07})
    line = headline(assemble(CONFIG, {"ttyy": known}), METHODS).splitlines()[2]
    assert line.index("1.55") < line.index("1.60") < line.index("1.50 ± 0.07")


@pytest.mark.parametrize(
    "measured, words", [((), "simulated"), (("ttyy", "ntni"), "measured"), (("ntni",), "simulated and measured")]
)
def test_events_of_a_measured_background_are_not_called_simulated(measured, words):
    samples = {name: {"role": "background", "share": {"value": 0.5, "error": 0.1}} for name in ("ttyy", "ntni")}
    config = CONFIG | {"samples": {name: {"measured": name in measured} for name in samples}}
    summary = assemble(config, {"both": parts(events={"samples": samples})})
    assert f"for 125.0 ± 4.0 {words} (pull +1.0)" in headline(summary, METHODS)
    assert [sample["measured"] for sample in summary["samples"].values()] == [n in measured for n in samples]


@pytest.mark.parametrize("combined", [{"significance": 0.0, "significance_pyhf": None, "cls_upper_limit_mu": None}])
def test_a_headline_without_fit_and_categories_says_so(combined):
    empty = parts(fits={("nn", "0"): FITTED, ("ann", "30"): FAILED}, combined=combined | {"reason": "nothing there"})
    empty["categories"]["categories"] = []
    text = headline(assemble(CONFIG, {"ttyy": empty}), METHODS)
    assert "not fitted (the sidebands are empty)" in text
    assert "0 categories, expected significance not fitted; counts in the window alone: 0.00\n" in text


def without(*stages):
    """The files and the configuration of a study that leaves these stages out."""
    files = {"fits": ("initial", "fits"), "categories": ("categories", "combined")}
    missing = {kind for stage in stages for kind in files[stage]}
    config = CONFIG | {"stages": [stage for stage in CONFIG["stages"] if stage not in stages]}
    return config, {kind: content for kind, content in parts().items() if kind not in missing}


def test_what_a_study_leaves_out_is_null_and_its_other_numbers_are_the_same():
    whole = assemble(CONFIG, {"ttyy": parts()})["backgrounds"]["ttyy"]
    for left_out, null in (
        (("categories",), {"threshold", "variations", "categories", "combined", "search", "skipped"}),
        (("fits", "categories"), {"threshold", "variations", "initial", "categories", "combined", "search", "skipped"}),
    ):
        config, files = without(*left_out)
        summary = assemble(config, {"ttyy": files})
        background = summary["backgrounds"]["ttyy"]
        unasked = {"exact", "hunts", "learning", "probes"}
        assert {key for key in whole if background[key] is None} == null | unasked and set(background) == set(whole)
        assert summary["stages"] == config["stages"]
        fitted = [point["fit"] is not None for point in background["points"]]
        assert fitted == [("fits" not in left_out)] * 2
        same = set(whole) - (null - {"threshold", "variations"}) - ({"points"} if "fits" in left_out else set())
        assert all(background[key] == whole[key] for key in same)


def test_a_headline_is_silent_on_what_the_study_leaves_out():
    config, files = without("categories")
    lines = headline(assemble(config, {"ttyy": files, "ntni": files}), METHODS).splitlines()
    assert "sideband fit" in lines[4] and lines[5].startswith("Background ntni") and lines[5].endswith("(floor 0.001)")
    config, files = without("fits", "categories")
    text = headline(assemble(config, {"ttyy": files}), METHODS)
    assert "fit" not in text and "categor" not in text and "rejection" in text


def test_a_working_point_that_its_own_job_chose_brings_its_warnings():
    config, files = without("categories")
    files["working_point"] = files["working_point"] | warning("none meets it")
    assert "ttyy: working point: none meets it" in assemble(config, {"ttyy": files})["warnings"]


def test_nothing_is_blind_where_there_is_no_window():
    assert assemble(CONFIG, {"ttyy": parts()})["blind"] is True
    config, files = without("fits", "categories")
    assert assemble(config | {"mass": {"window_gev": None}}, {"ttyy": files})["blind"] is None


def test_what_scores_know_is_with_the_points_and_exact_classifiers_with_the_background():
    known = {"background": "ttyy", "method": "ann", "points": [{"tag": "30", "independence": [{"name": "z"}]}]}
    point = {"strength": 30.0, "tag": "30", "trainings": [1], "median": {"ks": 2}, "shown": "only figures"}
    limits = {"anchors": {"bayes": 0.4}, "judged": {}, "shown": "only figures"}
    content = known | {"points": [point], "exact": limits} | warning("few events")
    files = parts(independence={"ann": known | warning("slices")}, exact={"ann": content})
    summary = assemble(CONFIG, {"ttyy": files})
    background = summary["backgrounds"]["ttyy"]
    assert [of["independence"] for of in background["points"]] == [[], [{"name": "z"}]]
    assert background["exact"]["anchors"] == {"bayes": 0.4}
    row = {"method": "ann", "strength": 30.0, "tag": "30", "trainings": [1], "median": {"ks": 2}}
    assert background["exact"]["points"] == [row]
    assert {"ttyy: ann: slices", "ttyy: ann: few events"} <= {*summary["warnings"]}


def test_learning_curves_are_in_the_order_of_the_study_with_their_warnings():
    curves = {name: {"points": [{"method": name, "curve": []}]} for name in ("ann", "nn")}
    curves["ann"] |= warning("few events")
    summary = assemble(CONFIG, {"ttyy": parts(learning=curves)})
    assert [point["method"] for point in summary["backgrounds"]["ttyy"]["learning"]] == ["nn", "ann"]
    assert "ttyy: ann: few events" in summary["warnings"]


def test_combinations_are_gathered_by_name_with_the_sample_that_they_learnt_from_and_their_warnings():
    content = {"combination": "top", "examples": {"rows": 3}, "efficiencies": [{"objects": "all"}], "centres": {}}
    config = CONFIG | {"combinations": {"top": {"learn_from": "tops"}}}
    found = assemble(config, {"ttyy": parts()}, [content | warning("a file of tops is empty")])
    expected = {key: value for key, value in content.items() if key != "combination"} | {"learn_from": "tops"}
    assert found["combinations"] == {"top": expected} and found["warnings"][0] == "a file of tops is empty"
    assert assemble(CONFIG, {"ttyy": parts()})["combinations"] == {}


def test_hunts_and_probes_are_with_the_background_in_the_order_of_the_study():
    spectrum = {"edges_gev": [1, 2], "counts": [3], "signal_counts": [0]}
    found = {"function": "exp1", "local": 2.0}
    hunts = {
        "nn": {"points": [{"method": "nn", "tag": "0", "hunt": None} | spectrum]},
        "ann": {"points": [{"method": "ann", "tag": "30", "hunt": found | {"expected": [1]}} | spectrum]},
    }
    probes = {"ann": {"points": [{"method": "ann", "samples": {"w": {"auc": measured(0.7)}}}]} | warning("few probes")}
    files = parts(hunts=dict(reversed(hunts.items())), probes=probes)
    summary = assemble(CONFIG | {"hunt": {"toys": 5}, "probes": {"mass": {}}}, {"ttyy": files})
    background = summary["backgrounds"]["ttyy"]
    expected = [{"method": "nn", "tag": "0", "hunt": None}, {"method": "ann", "tag": "30", "hunt": found}]
    assert background["hunts"] == expected
    assert background["probes"] == probes["ann"]["points"] and "ttyy: ann: few probes" in summary["warnings"]
    assert summary["hunt"] == {"toys": 5} and summary["probes"] == {"mass": {}}
    without = assemble(CONFIG, {"ttyy": parts()})["backgrounds"]["ttyy"]
    assert without["hunts"] is without["probes"] is None


def test_the_loss_of_an_autoencoder_is_that_of_the_kept_epochs_of_its_models():
    def model(tag, losses, best):
        return {"tag": tag, "classifier_validation": losses, "best_epoch": best}

    histories = {
        ("nn", 0): {"models": [model("0", [0.7], 1)]},
        ("ann", 0): {"models": [model("30", [0.5, 0.1, 0.2], 2)]},
        ("ann", 1): {"models": [model("30", [0.5, 0.4, 0.3], 3), model("1", [0.9], 1)]},
    }
    config = CONFIG | {"methods": METHODS | {"ann": METHODS["ann"] | {"task": "reconstruction"}}}
    points = assemble(config, {"ttyy": parts(histories=histories)})["backgrounds"]["ttyy"]["points"]
    losses = {point["method"]: point["loss"] for point in points}
    assert losses == {"nn": None, "ann": {"value": pytest.approx(0.2), "error": pytest.approx(0.1)}}
