"""Every table holds the numbers of the summary, and its CSV and LaTeX forms hold them again."""

import csv
import io
import re

import odd_texts
import pytest
import synthetic_anomalies
import synthetic_exact
import synthetic_learning
import synthetic_mixture
import synthetic_ranges
import synthetic_results
import synthetic_threshold
import synthetic_variations

from unsculpt import stages, tables
from unsculpt.tables.categories import combined, data, sensitivity

SUMMARY = synthetic_results.summary()
ALL = {**tables.of_study(SUMMARY), **tables.of_background(SUMMARY, "ttyy", synthetic_results.METHODS)}
MIXED = synthetic_mixture.summary()
OF_MIXED = tables.of_background(MIXED, "continuum", synthetic_results.METHODS)
ODD = tables.of_background(SUMMARY, "ttyy", odd_texts.method_labels(synthetic_results.METHODS))


def read(table):
    return list(csv.DictReader(io.StringIO(tables.to_csv(table))))


def test_the_names_are_those_that_the_rules_promise():
    assert tuple(ALL) == tables.STUDY + tables.BACKGROUND


@pytest.mark.parametrize("name", ALL)
def test_every_row_has_a_cell_for_every_column(name):
    assert all(len(row) == len(ALL[name].columns) for row in ALL[name].rows)
    assert len(read(ALL[name])) == len(ALL[name].rows)


def test_csv_keeps_every_digit_and_gives_errors_and_floors_columns_of_their_own():
    points = SUMMARY["backgrounds"]["ttyy"]["points"]
    for point, selected, sculpted in zip(points, read(ALL["selection"]), read(ALL["sculpting"]), strict=True):
        assert float(selected["Rejection"]) == point["rejection"]["value"]
        assert float(selected["Rejection error"]) == point["rejection"]["error"]
        assert float(sculpted["JSD floor"]) == point["jsd"]["floor"]


def test_the_chosen_point_is_the_working_point():
    point = SUMMARY["backgrounds"]["ttyy"]["working_point"]
    (chosen,) = ALL["selection"].chosen
    assert ALL["selection"].rows[chosen][0] == tables.point_label(point, synthetic_results.METHODS)


def test_what_is_missing_is_an_empty_field_and_a_dash():
    table = tables.Table("toy", "Toy.", ("Name", "Value"), (("a", None), ("b", {"value": None, "error": None})))
    assert [row["Value"] for row in read(table)] == ["", ""]
    assert tables.to_latex(table).count("& --") == 2


@pytest.mark.parametrize("name", ALL)
def test_latex_has_balanced_braces_and_dollars_and_no_bare_sign(name):
    text = tables.to_latex(ALL[name])
    bare = re.sub(r"\\[\\&%$#_{}]", "", text)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    assert text.isascii()
    body = text.split(r"\midrule")[1].split(r"\bottomrule")[0].strip().splitlines()
    assert all(len(re.findall(r"(?<!\\)&", line)) == len(ALL[name].columns) - 1 for line in body)


def test_powers_of_ten_become_exponents():
    table = tables.Table("toy", "Toy.", ("Name", "JSD"), (("a_b & 5 %", {"value": 1.2e-5, "error": 2e-6}),))
    assert r"a\_b \& 5 \% & (1.20 $\pm$ 0.20) $\times$ 10$^{-5}$ \\" in tables.to_latex(table)


def test_a_sideband_fit_that_failed_says_why():
    summary = synthetic_results.summary()
    summary["backgrounds"]["ttyy"]["points"][0]["fit"] = synthetic_results.not_fitted()
    rows = tables.of_background(summary, "ttyy", synthetic_results.METHODS)["sideband_fits"].rows
    assert rows[1][1].startswith("not fitted: ")
    assert all(cell is None for cell in rows[1][2:8])


def test_tables_of_a_point_that_does_not_qualify_say_so_first():
    content = SUMMARY["backgrounds"]["ttyy"]
    wanting = content | {"working_point": content["working_point"] | {"qualified": False}}
    found = tables.of_background({**SUMMARY, "backgrounds": {"ttyy": wanting}}, "ttyy", synthetic_results.METHODS)
    said = {name for name, table in found.items() if table.caption.startswith("No qualified working point: ")}
    assert said == {"composition", "categories", "yields", "data", "combined", "sensitivity", "impacts"}
    assert r"\caption{No qualified working point: " in tables.to_latex(found["combined"])
    assert not any("No qualified" in table.caption for table in ALL.values())


def test_the_first_significance_is_that_of_the_fit_and_counts_are_no_check_of_it():
    content = SUMMARY["backgrounds"]["ttyy"]
    names = [row[0] for row in ALL["combined"].rows]
    assert names[:2] == ["Significance, one fit with all systematic uncertainties", "The same likelihood in pyhf"]
    label = "Counts in the window alone, categories in quadrature"
    assert dict(ALL["combined"].rows)[label] == content["combined"]["significance"]
    known = content["combined"] | {"significance_error": 0.2}
    counted = dict(combined({"combined": known}, blind=True).rows)[label]
    assert counted == {"value": content["combined"]["significance"], "error": 0.2}


def test_expected_significances_have_their_errors_and_equal_points_are_said_to_be():
    known = {"significance_error": 0.05, "significance_optimised": 2.5}
    compared = {"behind": 0.02, "behind_error": 0.03, "equal": True, "significance_error": 0.04}
    content = SUMMARY["backgrounds"]["ttyy"]
    content = content | {
        "combined": content["combined"] | known,
        "categories": [row | known for row in content["categories"]],
        "candidates": [row | compared for row in content["candidates"]],
    }
    found = tables.of_background(SUMMARY | {"backgrounds": {"ttyy": content}}, "ttyy", synthetic_results.METHODS)
    assert tables.part(found["categories"], {"Significance": "Z", "Optimised": "O"}).rows[0] == (
        {"value": 1.1, "error": 0.05},
        2.5,
    )
    counts = dict(found["combined"].rows)
    assert counts["Counts in the window alone, categories in quadrature"] == {"value": 2.46, "error": 0.05}
    assert counts["The same on the events that chose"] == 2.5
    first = tables.part(found["candidates"], {name: name for name in ("Significance", "Behind", "Equal")}).rows[0]
    assert first == ({"value": 2.4, "error": 0.04}, {"value": 0.02, "error": 0.03}, "yes")


def test_both_assumptions_on_the_spurious_signals_are_in_the_table_the_quoted_one_first():
    rows = {row[0]: row[1] for row in ALL["combined"].rows}
    both = [name for name in rows if "spurious signal" in name]
    assert both[0] == "Significance, common spurious signal, quoted above" and len(both) == 6
    assert rows[both[0]] == rows["Significance, one fit with all systematic uncertainties"] == 2.44
    assert rows["Significance, independent spurious signals, not quoted"] == 2.61
    assert rows["95 % CLs upper limit on μ, expected, independent spurious signals, not quoted"] == 0.74
    alone = SUMMARY["backgrounds"]["ttyy"]["combined"] | {"spurious_signal_correlation": None}  # one category
    assert not any("spurious signal" in row[0] for row in combined({"combined": alone}, blind=True).rows)


def test_numbers_from_toys_say_so():
    content = SUMMARY["backgrounds"]["ttyy"]
    mu = content["combined"]["mu"] | {"method": "toys"}
    rows = [row | {"mu": mu} for row in content["combined"]["per_category"]]
    content = {"combined": content["combined"] | {"mu": mu, "per_category": rows}}
    assert "Expected μ, by toys" in dict(combined(content, blind=True).rows)
    assert {row[-1] for row in sensitivity(content, blind=True).rows} == {"toys"}
    assert "Expected μ" in dict(ALL["combined"].rows)


def test_data_show_the_interval_that_is_quoted():
    row = SUMMARY["backgrounds"]["ttyy"]["categories"][0]
    fit = row["fit"] | {"interval": {"low": 36.41, "high": 49.26}}
    for given, shown in ((fit, "36 to 49"), (row["fit"], None), (None, None)):
        table = data({"categories": [row | {"data": row["data"] | {"fit": given}}]}, blind=True)
        assert dict(zip(table.columns, table.rows[0], strict=True))["68 % interval"] == shown


@pytest.mark.parametrize("name", ODD)
def test_odd_labels_are_words_and_formulas_in_latex_and_whole_in_csv(name):
    text = tables.to_latex(ODD[name])
    assert not re.search(r"(?<!\\)[#%<>|~](?!\$)", text)
    assert len(re.findall(r"(?<!\\)\$", text)) % 2 == 0
    body = text.split(r"\midrule")[1].split(r"\bottomrule")[0].strip().splitlines()
    assert all(len(re.findall(r"(?<!\\)&", line)) == len(ODD[name].columns) - 1 for line in body)
    assert len(read(ODD[name])) == len(ODD[name].rows)


def test_a_formula_in_a_label_stays_one_in_latex():
    assert odd_texts.FORMULA in tables.to_latex(ODD["comparison"])
    assert {row["Method"] for row in read(ODD["comparison"])} == {*odd_texts.LABELS.values()}


def test_the_composition_is_that_of_the_working_point():
    content = MIXED["backgrounds"]["continuum"]
    wanted = content["working_point"]["method"], content["working_point"]["tag"]
    point = next(p for p in content["points"] if (p["method"], p["tag"]) == wanted)
    *samples, whole, alone = read(OF_MIXED["composition"])
    for row, part in zip(samples, point["samples"], strict=True):
        assert row["Sample"] == part["name"]
        for head, key in (("Share before", "share_before"), ("Share after", "share_after"), ("JSD", "jsd")):
            assert float(row[head]) == part[key]["value"] and float(row[f"{head} error"]) == part[key]["error"]
        assert float(row["JSD floor"]) == part["jsd"]["floor"]
    assert float(whole["JSD"]) == point["jsd"]["value"] and float(alone["JSD"]) == point["jsd_composition"]["value"]
    assert float(alone["JSD floor"]) == point["jsd_composition"]["floor"]


def test_yields_of_the_categories_are_by_sample():
    rows = read(OF_MIXED["yields"])
    for row, category in zip(rows, MIXED["backgrounds"]["continuum"]["categories"], strict=True):
        for name, sample in category["samples"].items():
            assert (float(row[name]), float(row[f"{name} error"])) == (sample["value"], sample["error"])
            assert float(row[f"Share of {name}"]) == sample["share"]["value"]


@pytest.mark.parametrize("name", OF_MIXED)
def test_the_tables_of_a_mixture_are_whole_in_csv_and_latex(name):
    table = OF_MIXED[name]
    assert table.rows and all(len(row) == len(table.columns) for row in table.rows)
    body = tables.to_latex(table).split(r"\midrule")[1].split(r"\bottomrule")[0].strip().splitlines()
    assert all(len(re.findall(r"(?<!\\)&", line)) == len(table.columns) - 1 for line in body)


def test_one_sample_has_no_table_of_samples_and_no_divergence_of_the_composition():
    assert ALL["composition"].rows == ALL["yields"].rows == ()
    assert "one sample" in ALL["composition"].empty
    assert "JSD of the composition" not in ALL["sculpting"].columns
    assert "JSD of the composition" in OF_MIXED["sculpting"].columns


@pytest.mark.parametrize("names", [("categories",), ("fits", "categories")])
def test_a_study_has_the_tables_of_its_stages_and_no_column_of_others(names):
    summary = synthetic_results.leave_out(synthetic_results.summary(), *names)
    found = tables.of_background(summary, "ttyy", synthetic_results.METHODS)
    assert list(found) == stages.kept(tables.BACKGROUND, "tables", summary["stages"])
    assert all(len(row) == len(table.columns) for table in found.values() for row in table.rows)
    assert "Rejection" in found["candidates"].columns and "Significance" not in found["candidates"].columns
    assert "Verdict" in found["candidates"].columns and "Verdict" in found["comparison"].columns
    assert ("Bias / error of data" in found["candidates"].columns) == ("fits" not in names)
    assert (tables.CRITERION_MET in found["comparison"].columns) == ("fits" not in names)
    rejections = [row[1] for row in found["candidates"].rows]
    assert rejections == sorted(rejections, reverse=True)


def test_no_table_calls_the_plain_classifier_passing_or_a_point_unsculpted():
    """A signal far above the background makes any spurious signal small beside it; that is no word on the point."""
    summary = synthetic_results.summary()
    content = summary["backgrounds"]["ttyy"]
    for row in [*content["points"], *(entry["strongest"] for entry in content["comparison"]["methods"])]:
        row |= {"passes": True, "passes_relaxed": True}
        if row.get("spurious_signal"):
            row["spurious_signal"] = row["spurious_signal"] | {"passes": True}
    found = tables.of_background(summary, "ttyy", synthetic_results.METHODS)
    headings = [name for table in found.values() for name in table.columns]
    assert not {"Passes", "Unsculpted", "At the floor", "Fit passes"} & set(headings)
    verdicts = {row[0]: row[found["candidates"].columns.index("Verdict")] for row in found["candidates"].rows}
    assert verdicts["NN"] == "excluded" and "accepted" in verdicts.values()


def test_without_a_window_no_column_tells_of_it():
    summary = synthetic_results.summary()
    assert "JSD in the window" in ALL["sculpting"].columns
    for point in summary["backgrounds"]["ttyy"]["points"]:
        point["jsd_window"] = None
    found = tables.of_background(summary, "ttyy", synthetic_results.METHODS)["sculpting"]
    assert "JSD in the window" not in found.columns and all(len(row) == len(found.columns) for row in found.rows)


def test_markdown_points_out_rows_and_puts_numbers_to_the_right():
    rows = (("a|b", 1.5, "no"), ("c", {"value": 2.0, "error": 0.1}, None))
    assert tables.to_markdown(tables.Table("toy", "Toy.", ("Name", "Value", "Passes"), rows, chosen=(1,))) == (
        "| Name | Value | Passes |\n| --- | ---: | --- |\n| a\\|b | 1.5 | no |\n| **c** | 2.00 ± 0.10 | – |"
    )
    assert tables.to_markdown(tables.Table("toy", "Toy.", ("Name",), (), empty="None.")) == "None."


def test_the_composition_of_another_point_is_that_of_its_cut():
    content = MIXED["backgrounds"]["continuum"]
    for point in content["points"]:
        first = tables.composition(content, synthetic_results.METHODS, point).rows[0]
        assert first[2] == point["samples"][0]["share_after"]


def test_the_table_and_the_page_say_what_the_template_could_not_decide():
    content = SUMMARY["backgrounds"]["ttyy"]
    cells = {row["Category"]: row["Choice of the function"] for row in read(ALL["categories"])}
    assert cells["Had 1"] == "undecided, needs 12 times the events" and cells["Had 2"] == "passes"
    (sentence,) = tables.choices(content)
    assert sentence.startswith("Had 1: the background template has too few simulated events to tell")
    assert sentence.endswith("12 times as many events would decide.")
    worst = {"function": "exp2", "decided": "none_passes", "more_events": None}
    rows = [row | {"function_choice": worst} for row in content["categories"][-2:]]
    (sentence,) = tables.choices({"categories": rows})
    assert sentence.startswith("Had 2 and Had 3: no function that was tried")
    assert not list(tables.choices({"categories": [{"name": "Had 1"}]}))  # of an earlier run


def test_what_scores_know_and_exact_classifiers_have_tables_where_a_study_asks():
    content, contents = synthetic_results.summary(), synthetic_exact.contents()
    first = content["backgrounds"]["ttyy"]
    assert not {*tables.ASKED} & {*tables.of_background(content, "ttyy", synthetic_results.METHODS)}
    known = synthetic_exact.points()[0]["independence"]
    first["points"][0]["independence"] = known
    first["exact"] = {
        **{key: contents["nn"]["exact"][key] for key in ("anchors", "judged")},
        "points": [{"method": m} | point for m, of in contents.items() for point in of["points"]],
    }
    found = tables.of_background(content, "ttyy", synthetic_exact.METHODS)
    (row,) = read(found["independence"])
    assert row["Variable"] == "z" and float(row["KS/floor"]) == known[0]["ks"]["over_floor"]
    rows = read(found["exact"])
    assert [line["Classifier"] for line in rows[2:4]] == ["NN", "ANN, strength 3"] and len(rows) == 2 + 4
    assert float(rows[3]["KS/floor"]) == contents["ann"]["points"][0]["median"]["ks_over_floor"]["value"]
    assert rows[5]["Cross-entropy [nat]"] == "" and "0.57792" in found["exact"].caption


def test_ranges_have_a_table_with_a_row_for_each_point_and_cut_on_the_mass():
    content = synthetic_ranges.summary()
    table = tables.of_background(content, "ttyy", synthetic_results.METHODS)["ranges_pt"]
    rows, points = read(table), content["backgrounds"]["ttyy"]["points"]
    assert len(rows) == 2 * len(points) and len(table.chosen) == 2
    for i, row in enumerate(rows):
        entries = points[i // 2]["ranges"][i % 2 :: 2]
        assert row["Cut on the mass"] == ("110–140" if i % 2 else "none")
        for entry in entries:
            span = f"{entry['low']:g}–{entry['high']:g}"
            assert float(row[f"Rejection, {span}"]) == entry["rejection"]["value"]
            assert float(row[f"1/JSD, {span} error"]) == entry["inverse_jsd"]["error"]
            assert float(row[f"1/floor, {span}"]) == entry["inverse_jsd"]["limit"]
    assert "$p_T$ [GeV]" in tables.to_latex(table)


def test_ranges_without_a_cut_on_the_mass_have_no_column_of_it():
    content = synthetic_ranges.summary()
    content["ranges"]["pt"] = synthetic_ranges.ABOUT | {"mass_cut_gev": None}
    table = tables.of_background(content, "ttyy", synthetic_results.METHODS)["ranges_pt"]
    assert "Cut on the mass" not in table.columns
    assert len(table.rows) == len(content["backgrounds"]["ttyy"]["points"])


def test_the_significance_with_a_nuisance_has_a_table():
    content = synthetic_threshold.summary()
    table = tables.of_background(content, "ttyy", synthetic_results.METHODS)["threshold"]
    rows, points = read(table), content["backgrounds"]["ttyy"]["threshold"]["points"]
    assert len(rows) == len(points) and table.chosen == (len(points) - 1,)
    for row, point in zip(rows, points, strict=True):
        assert float(row["Highest AMS"]) == point["max"]["value"]
        assert float(row["Highest AMS error"]) == point["max"]["error"]
        assert float(row["Behind the best"]) == point["behind"]["value"]
        assert float(row["AUC, crowded"]) == point["auc"]["crowded"]["value"]
    assert rows[1]["Point"] == "ANN, strength 0.3" and "values of channel" in table.caption
    assert "threshold" not in tables.of_background(synthetic_results.summary(), "ttyy", synthetic_results.METHODS)


def test_scales_of_objects_have_a_table():
    content = synthetic_variations.summary()
    table = tables.of_background(content, "ttyy", synthetic_results.METHODS)["variations"]
    rows, points = read(table), content["backgrounds"]["ttyy"]["variations"]["points"]
    assert len(rows) == 2 * len(points)
    for row, (point, of) in zip(rows, ((p, v) for p in points for v in p["variations"]), strict=True):
        up = of["up"]["signal"]["passing"]
        assert float(row["Signal yield, up [%]"]) == pytest.approx(100 * up["value"])
        assert float(row["Signal yield, up [%] error"]) == pytest.approx(100 * up["error"])
        assert row["Scale"] == of["name"] and float(row["Uncertainty of mu, all scales"]) == point["mu"]["scales"]
    assert "variations" not in tables.of_background(synthetic_results.summary(), "ttyy", synthetic_results.METHODS)


def test_learning_curves_have_a_table_where_there_are_further_trainings():
    content = synthetic_learning.summary()
    table = tables.of_background(content, "ttyy", synthetic_results.METHODS)["learning_curves"]
    rows = read(table)
    curves = [row for point in synthetic_learning.points() for row in point["curve"]]
    assert [row["Point"] for row in rows] == ["NN"] * 3 + ["ANN, strength 0.3"] * 3
    for row, known in zip(rows, curves, strict=True):
        assert int(row["Events"]) == known["events"]["background"] and int(row["Trainings"]) == known["trainings"]
        assert float(row["AUC"]) == known["auc"]["value"] and float(row["AUC error"]) == known["auc"]["error"]
        assert float(row["R30"]) == known["rejections"][0]["value"]
    for point in content["backgrounds"]["ttyy"]["learning"]:
        del point["curve"][:-1]  # the models of the study alone, for the table of taggers
    assert "learning_curves" not in tables.of_background(content, "ttyy", synthetic_results.METHODS)


def test_minutes_are_in_the_table_of_taggers_only_where_they_are_given():
    content = synthetic_learning.summary() | {"published": {"source": "a", "sample": "b", "taggers": {}}}
    known = tables.of_background(content, "ttyy", synthetic_results.METHODS)["published"]
    assert "Minutes" not in known.columns
    rows = read(known)
    of_nn = next(row for row in rows if row["Tagger"] == "NN")
    assert of_nn["Learns from"] == "5000" and sum(row["Learns from"] == "" for row in rows) == len(rows) - 2
    points = content["backgrounds"]["ttyy"]["points"]
    for point in points:
        trained = point["method"] in ("nn", "ann")
        point |= {"folds": {"fold": [0, 1, 2]} if trained else None, "seeds": {"number": 2}}
    timed = tables.of_background(content, "ttyy", synthetic_results.METHODS, {"nn": 720.0})["published"]
    minutes = {row["Tagger"]: row["Minutes"] for row in read(timed)}
    assert float(minutes["NN"]) == 2 and {minutes[name] for name in minutes if name != "NN"} == {""}


def test_taggers_stand_beside_published_ones_where_a_study_gives_them():
    content = synthetic_results.summary()
    theirs = {"auc": 0.98, "accuracy": 0.93, "rejection": 867, "rejection_error": 15, "parameters": 58000}
    content["published"] = {"source": "a paper", "sample": "other jets", "taggers": {"nn": theirs}}
    found = tables.of_background(content, "ttyy", synthetic_results.METHODS)["published"]
    points = content["backgrounds"]["ttyy"]["points"]
    assert len(found.rows) == len(points) and "a paper; another sample: other jets" in found.caption
    first, *others = read(found)
    assert first["Parameters"] == str((23 + 1) * 16 + 17) and first["Parameters, published"] == "58000"
    assert float(first["R30, published"]) == 867
    assert not any(row["AUC, published"] for row in others)
    for row, point in zip([first, *others], points, strict=True):
        for efficiency in point["rejections"]:
            name = f"R{100 * efficiency['signal_efficiency']:g}"
            assert float(row[name]) == pytest.approx(efficiency["value"], rel=1e-6)


@pytest.fixture
def anomalies():
    """Summary and tables of a study of autoencoders."""
    content = synthetic_anomalies.summary()
    return content["backgrounds"]["ttyy"], tables.of_background(content, "ttyy", synthetic_anomalies.METHODS)


def test_each_autoencoder_has_a_row_with_its_loss_and_what_its_map_leaves(anomalies):
    content, known = anomalies
    rows, point = read(known["autoencoders"]), {(p["method"], p["tag"]): p for p in content["points"]}
    names = ["Mass", "AE", "ANN, strength 1", "ANN, strength 3", "AE, 1 %", "ANN, 1 %, strength 3"]
    assert [row["Point"] for row in rows] == names
    mass, ae, ann = rows[:3]
    assert mass["Loss"] == mass["Map"] == ann["AUC after it"] == "" and known["autoencoders"].chosen == (1,)
    before, after = point["ae", "0"], point["ae_cdf", "0"]
    assert (float(ae["Loss"]), float(ae["AUC"])) == (before["loss"]["value"], before["auc"]["value"])
    assert ae["Map"] == "cdf" and float(ae["Rejection after it"]) == after["rejection"]["value"]
    assert float(ae["JSD / floor after it"]) == after["jsd"]["over_floor"]["value"]
    assert not {"autoencoders", "hunts", "probes"} & {*ALL}


def test_a_second_map_of_a_method_is_a_second_row():
    content = synthetic_anomalies.summary()
    points = content["backgrounds"]["ttyy"]["points"]
    methods = synthetic_anomalies.METHODS | {"ae_ddt": {"transform": "ddt", "of": "ae"}}
    points.append(points[4] | {"method": "ae_ddt"})
    rows = read(tables.of_background(content, "ttyy", methods)["autoencoders"])
    assert [row["Map"] for row in rows if row["Point"] == "AE"] == ["cdf", "ddt"]


def test_hunts_with_other_shares_of_signal_stand_together(anomalies):
    rows = read(anomalies[1]["hunts"])
    assert [row["Point"] for row in rows] == [
        *("AE", "AE, 1 %", "ANN, strength 1", "ANN, strength 3", "ANN, 1 %, strength 3", "AE + CDF", "AE, 1 %, + CDF"),
    ]
    ae, dirty, *_, mapped, _ = rows
    assert dirty["Share of signal [%]"] == "1.0" and dirty["Of them signal in the window"] == "10.0"
    assert (ae["Global is a lower limit"], dirty["Global is a lower limit"]) == ("no", "yes")
    assert ae["Window [GeV]"] == "150–180" and float(ae["Background error"]) == 3 and float(ae["Local"]) == 3
    assert mapped["Function"] == "not fitted" and mapped["Global"] == ""


def test_other_signals_stand_beside_that_of_the_study(anomalies):
    content, known = anomalies
    rows = read(known["probes"])
    assert [*rows[0]][:4] == ["Point", "Signal", "Signal error", "dark_3"] and len(rows) == 3
    assert float(rows[1]["w"]) == pytest.approx(0.62) and float(rows[1]["w error"]) == 0.02
    assert float(rows[1]["Signal"]) == content["points"][1]["auc"]["value"]
