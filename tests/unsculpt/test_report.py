"""The report is one well-formed page that tells every point and invents no number."""

import re
from html.parser import HTMLParser

import odd_texts
import pytest
import synthetic_anomalies
import synthetic_learning
import synthetic_mixture
import synthetic_ranges
import synthetic_results
import synthetic_threshold
import synthetic_variations
from report_page import FIGURES, page_of

from unsculpt import formulas, report, stages, wings, wording
from unsculpt.naming import method_label

VOID = {"meta", "img", "br", "hr", "link", "input"}
HIDDEN = (["style"], ["script"])


class Checker(HTMLParser):
    """Keeps the stack of open tags, the text, the anchors and the images."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.images, self.text, self.headers = [], [], [], [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids += [attributes["id"]] if "id" in attributes else []
        if tag == "a":
            self.links.append(attributes["href"])
        if tag == "img":
            self.images.append(attributes)
        if tag == "th":
            self.headers.append(attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] not in HIDDEN:
            self.text.append(data)


@pytest.fixture
def figures(tmp_path):
    names = [*FIGURES]
    names += [f"{kind}_{method}" for kind in ("training", "weighting", "map") for method in synthetic_results.METHODS]
    for name in names:
        (tmp_path / f"{name}.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    return {"ttyy": {name: tmp_path / f"{name}.svg" for name in names}}


def parsed(page):
    checker = Checker()
    checker.feed(page)
    checker.close()
    return checker


def test_the_page_is_well_formed_and_every_link_leads_into_it(figures):
    checker = parsed(page_of(synthetic_results.summary(), figures))
    assert checker.open == []
    assert len(set(checker.ids)) == len(checker.ids)
    assert {link.removeprefix("#") for link in checker.links} <= set(checker.ids)
    assert all("scope" in header for header in checker.headers)


def test_the_page_needs_no_network(figures):
    page = page_of(synthetic_results.summary(), figures)
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)
    assert not any(word in page for word in ("@import", "url(", "fetch(", "XMLHttpRequest"))


def test_every_figure_is_there_with_a_text_for_who_cannot_see_it(figures):
    images = parsed(page_of(synthetic_results.summary(), figures)).images
    assert len(images) == len(figures["ttyy"]) + 1  # the workflow
    assert all(len(image["alt"]) > 20 for image in images)


def test_every_point_is_there_and_no_number_is_nan(figures):
    text = " ".join(parsed(page_of(synthetic_results.summary(), figures)).text)
    for method, settings in synthetic_results.METHODS.items():
        for strength in settings["strengths"]:
            name = method_label(method, settings)
            assert (name if method == "nn" else f"{name}, strength {strength}") in text
    assert not re.search(r"\b(nan|inf|None)\b", text)


def test_what_is_null_is_said_to_be_missing(figures):
    summary = synthetic_results.summary()
    background = summary["backgrounds"]["ttyy"]
    background["combined"] = {"significance": None, "significance_pyhf": None, "cls_upper_limit_mu": None}
    background["points"][2]["jsd"] |= dict.fromkeys(("value", "error", "floor", "p_value"))
    background["points"][2]["jsd"]["over_floor"] = {"value": None, "error": None, "reason": "no value"}
    background["points"][2]["rejection"] = {"value": None, "error": None}
    background["points"][3]["fit"] = {**synthetic_results.not_fitted(), "spectrum": None}
    background["categories"] = []
    text = " ".join(parsed(page_of(summary, figures)).text)
    assert wording.NOTHING in text and "effective events" in text and "No category" in text
    assert not re.search(r"\b(nan|inf|None)\b", text)


def test_the_first_number_is_what_an_analysis_would_quote(figures):
    summary = synthetic_results.summary()
    combined = summary["backgrounds"]["ttyy"]["combined"]
    combined |= {"significance": 9.51, "significance_fit": 10.92, "significance_pyhf": 10.88, "significance_error": 0.2}
    cards = re.findall(r"<dt>(.*?)</dt><dd>(.*?)<small>(.*?)</small>", page_of(summary, figures))[:2]
    assert [(title, value) for title, value, _ in cards] == [
        ("Expected significance", "10.9"),
        ("Counts in the window", "9.51 ± 0.20"),
    ]
    about_fit, about_counts = (words for _, _, words in cards)
    assert "all systematic uncertainties" in about_fit and "in pyhf: 10.9" in about_fit
    assert "pyhf" not in about_counts and "the spurious signal alone" in about_counts


def test_a_fallback_generator_is_said_aloud(figures):
    summary = synthetic_results.summary()
    summary["samples"]["ttyy"]["generator"] = "Pythia 8 (instead of Sherpa: not installed)"
    assert "Fallback generator" in page_of(summary, figures)


def test_warnings_and_a_point_that_does_not_qualify_come_before_the_numbers(figures):
    summary = synthetic_results.summary()
    page = page_of(summary, figures)
    assert summary["warnings"][0] in page and page.index(summary["warnings"][0]) < page.index('class="cards"')
    assert "qualified working point" not in page
    summary["backgrounds"]["ttyy"]["working_point"] |= {"qualified": False, "reason": "None of them does."}
    page = page_of(summary, figures)
    first = page.index("<b>No qualified working point.</b> None of them does.")
    assert first < page.index('class="cards"') < page.index("Expected significance")
    assert len(re.findall("<caption>No qualified working point", page)) == 5


def test_the_provenance_on_the_page_leaves_warnings_to_their_place(figures):
    summary = synthetic_results.summary()
    summary["provenance"]["warnings"] = ["of the summary itself"]
    assert "of the summary itself" not in page_of(summary, figures)


@pytest.mark.parametrize(("blind", "words"), [(True, "withheld (blind)"), (False, "used (unblinded)")])
def test_the_page_says_whether_the_study_is_blind(blind, words, figures):
    assert words in page_of({**synthetic_results.summary(), "blind": blind}, figures)


def test_text_from_the_study_is_escaped(figures):
    page = page_of({**synthetic_results.summary(), "title": "<script>alert(1)</script>"}, figures)
    assert "<script>alert" not in page


def test_a_large_svg_is_replaced_by_a_smaller_png(tmp_path):
    (tmp_path / "large.svg").write_text(" " * (report.MAX_SVG_BYTES + 1), encoding="utf-8")
    for size, kind in ((3, "png"), (2 * report.MAX_SVG_BYTES, "svg+xml")):
        (tmp_path / "large.png").write_bytes(b"." * size)
        assert report.embedded(tmp_path / "large.svg").startswith(f"data:image/{kind};base64,")


@pytest.mark.parametrize("wing", ["", *wings.WINGS])
def test_captions_are_a_title_and_a_sentence(wing):
    for title, caption in report.captions(wing).values():
        assert title and caption.endswith(".")


def test_timings_add_up_the_jobs_of_a_rule(tmp_path):
    for path, seconds, memory in (("train/a/0.tsv", 3, 100), ("train/b.tsv", 5, 200), ("summarise.tsv", 1, "-")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0\t{memory}\n", encoding="utf-8")
    assert report.timings(tmp_path) == [("train", 2, 8, 5, 200), ("summarise", 1, 1, 1, 0)]


def test_the_seconds_of_a_training_are_those_of_its_jobs(tmp_path):
    for path, seconds in (
        *(("train_models/qcd/cnn/0.tsv", 3), ("train_models/qcd/cnn/1.tsv", 4), ("train_trees/qcd/bdt.tsv", 5)),
        *(("train_models/other/cnn/0.tsv", 7), ("score_events/qcd/cnn.tsv", 100)),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"s\th:m:s\n{seconds}\t0\n", encoding="utf-8")
    assert report.training_seconds(tmp_path) == {"qcd": {"cnn": 7, "bdt": 5}, "other": {"cnn": 7}}


def test_learning_curves_have_a_section(figures):
    page = parsed(page_of(synthetic_learning.summary(), figures))
    assert page.open == [] and "background-ttyy-learning" in page.ids
    assert "background-ttyy-learning" not in parsed(page_of(synthetic_results.summary(), figures)).ids


def test_odd_texts_stand_on_the_page_as_they_are_and_formulas_as_such(figures, monkeypatch):
    methods = odd_texts.method_labels(synthetic_results.METHODS)
    monkeypatch.setattr(synthetic_results, "METHODS", methods)
    summary = synthetic_results.summary() | {"title": odd_texts.TITLE}
    summary["samples"]["tth"]["description"] = "Two lines,\n" + odd_texts.SIGNS
    html = page_of(summary, figures)
    page = parsed(html)
    text = "".join(page.text)
    assert page.open == []
    assert all(words in text for words in (odd_texts.TITLE, odd_texts.SIGNS))
    assert all(formulas.plain(label) in text for label in odd_texts.LABELS.values())
    assert "<mfrac>" in html and r"\frac" not in html


@pytest.mark.parametrize("name", ["headline", "samples", "provenance", "timings"])
def test_a_background_may_be_called_like_a_section(name, figures):
    page = parsed(page_of(synthetic_results.summary((name,)), {**figures, name: figures["ttyy"]}))
    assert len(set(page.ids)) == len(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_the_samples_of_a_mixture_stand_at_the_beginning_of_its_section_with_their_shares(figures):
    summary = synthetic_mixture.summary()
    checker = parsed(page_of(summary, figures))
    assert not checker.open
    said = " ".join(" ".join(checker.text).split())
    section = said.split("The background is the sum of 2 samples")[1].split("The problem")[0]
    for part in summary["backgrounds"]["continuum"]["points"][0]["samples"]:
        assert f"{part['name']}: {wording.measurement(part['share_before'])}" in section
    assert "Photons that are not tight." in section and "composition alone" in said
    one = " ".join(parsed(page_of(synthetic_results.summary(), figures)).text)
    assert "The background is the sum" not in one and "composition alone" not in one


@pytest.mark.parametrize("names", [("categories",), ("fits", "categories")])
def test_the_page_has_the_sections_of_the_stages_of_the_study(names, figures):
    page = page_of(synthetic_results.leave_out(synthetic_results.summary(), *names), figures)
    missing = {section for stage in stages.STAGES if stage.name in names for section in stage.sections}
    missing |= {"ranges", "threshold", "variations"}
    ids = set(parsed(page).ids)
    assert {name for name in report.SECTIONS if f"background-ttyy-{name}" not in ids} == missing
    assert {link.removeprefix("#") for link in parsed(page).links} <= ids
    text = " ".join(parsed(page).text)
    assert "Expected significance" not in text and "most sensitive?" not in text
    assert not re.search(r"\b(nan|inf|None)\b", text)


def test_without_a_window_the_page_says_that_nothing_is_blinded(figures):
    page = page_of({**synthetic_results.summary(), "blind": None}, figures)
    assert "no signal window, so nothing is blinded" in page and "withheld" not in page


def test_ranges_have_a_section_with_their_figures_and_table(figures, tmp_path):
    names = ("robustness_pt", "planes_pt")
    for name in names:
        (tmp_path / f"{name}.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    figures["ttyy"] |= {name: tmp_path / f"{name}.svg" for name in names}
    checker = parsed(page_of(synthetic_ranges.summary(), figures))
    assert checker.open == [] and "background-ttyy-ranges" in checker.ids
    alternatives = [image["alt"] for image in checker.images]
    assert (
        sum(text.startswith(("Robustness of pt (ttyy)", "Trade-off in ranges of pt (ttyy)")) for text in alternatives)
        == 2
    )
    assert any("Rejection, 0–50" in text for text in checker.text)


def test_a_nuisance_has_a_section_with_figure_table_and_choice(figures, tmp_path):
    (tmp_path / "threshold.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    figures["ttyy"] |= dict.fromkeys(("threshold", "nuisance"), tmp_path / "threshold.svg")
    checker = parsed(page_of(synthetic_threshold.summary(), figures))
    assert checker.open == [] and "background-ttyy-threshold" in checker.ids
    alternatives = [image["alt"] for image in checker.images]
    for title in ("Significance against the threshold (ttyy)", "Features and scores by the nuisance (ttyy)"):
        assert sum(text.startswith(title) for text in alternatives) == 1
    text = " ".join(checker.text)
    assert "difference between clean and crowded" in text and "DisCo has the highest AMS in both halves." in text
    assert not re.search(r"\b(nan|inf|None)\b", text)


def test_scales_of_objects_have_a_section_with_figure_and_table(figures, tmp_path):
    (tmp_path / "variations.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    figures["ttyy"] |= {"variations": tmp_path / "variations.svg"}
    checker = parsed(page_of(synthetic_variations.summary(), figures))
    assert checker.open == [] and "background-ttyy-variations" in checker.ids
    assert sum(image["alt"].startswith("Scales of objects (ttyy)") for image in checker.images) == 1
    text = " ".join(" ".join(checker.text).split())
    assert "photon (photon_scale: ±0.5" in text and "jet (jet_scale: ±3" in text


def test_combinations_have_a_section_of_the_study_with_figure_and_table(figures, tmp_path):
    (tmp_path / "combinations_top.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    figures[""] = {"combinations_top": tmp_path / "combinations_top.svg"}
    line = {"objects": "6", "rows": 1397, "trees": {"value": 0.623, "error": 0.013}}
    line |= {"chi-squared": {"value": 0.326, "error": 0.013}, "gain": {"value": 0.297, "error": 0.013}}
    about = {"learn_from": "tops", "examples": {"rows": 14849, "combinations": 477948, "true": 6169}}
    about |= {"efficiencies": [line, line | {"objects": "all"}], "centres": {}}
    summary = synthetic_results.summary() | {"combinations": {"top": about}}
    checker = parsed(page_of(summary, figures))
    assert checker.open == [] and {"combinations", "combinations-top"} <= set(checker.ids)
    assert sum(image["alt"].startswith("Combinations of objects of top.") for image in checker.images) == 1
    text = " ".join(" ".join(checker.text).split())
    assert re.search(r"477.948 combinations of 14.849 selected rows of the sample tops, 6.169 of them true", text)
    assert "0.623 ± 0.013" in text and "χ²" in text
    assert "combinations" not in parsed(page_of(synthetic_results.summary(), figures)).ids


def test_autoencoders_hunts_and_other_signals_have_tables_beside_their_figures(figures, tmp_path):
    (tmp_path / "hunt.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    names = ("hunt_significance", "hunt_spectra", "probes_scale")
    figures["ttyy"] |= dict.fromkeys(names, tmp_path / "hunt.svg")
    checker = parsed(page_of(synthetic_anomalies.summary(), figures, synthetic_anomalies.METHODS))
    assert checker.open == [] and {"background-ttyy-probes", "background-ttyy-hunt"} <= {*checker.ids}
    for cell in ("Loss", "AUC after it", "Global is a lower limit", "150–180", "dark_3"):
        assert cell in checker.text
    assert not re.search(r"\b(nan|inf|None)\b", " ".join(checker.text))
