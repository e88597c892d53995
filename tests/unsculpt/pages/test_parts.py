"""The pages are what `make docs` writes from the kept run, and what they show are its numbers."""

import copy
import math
import re
import shutil
from pathlib import Path

import pytest
import synthetic_anomalies
import synthetic_learning
import synthetic_results

from unsculpt import files
from unsculpt.errors import InputError
from unsculpt.pages import __main__ as command
from unsculpt.pages import numbers, parts

ROOT = Path(__file__).parents[3]
KEPT = numbers.load("tthyy", ROOT)
BACKGROUNDS = KEPT["summary"]["backgrounds"]


def test_the_pages_are_what_make_docs_writes():
    for path, text in parts.pages(ROOT).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} drifted: run `make docs`"


@pytest.mark.parametrize(
    ("study", "number"),
    [("tthyy", 2), ("wjets", 7), ("pivot", 3), ("showers", 3), ("toptagging", 3), ("qcd", 3)],
)
def test_the_figures_are_those_of_the_kept_run(study, number):
    shown = {name: numbers.file_digest(path) for _, path, name in parts.figures(ROOT, study)}
    assert len(shown) == number and shown == numbers.load(study, ROOT)["figures"], "run `make docs-numbers`"


@pytest.fixture
def checkout(tmp_path):
    """The pages and what is kept, to be changed."""
    for path in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", *(ROOT / numbers.PLACE).glob("*.json")]:
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return tmp_path


def generated(text):
    return re.findall(r"<!-- docs/numbers/\w+\.json: .*? -->\n(.*?)<!-- end -->", text, re.DOTALL)


@pytest.mark.parametrize(
    "page", ["README.md", *(f"docs/{name}.md" for name in ("physics", "categories", "fits", "wjets"))]
)
def test_a_typed_number_does_not_survive(checkout, page):
    path = checkout / page
    right = path.read_text(encoding="utf-8")
    for part in generated(right):
        digit = re.search(r"\d", part)
        typed = part[: digit.start()] + str((int(digit[0]) + 1) % 10) + part[digit.end() :]
        path.write_text(right.replace(part, typed, 1), encoding="utf-8")
        assert parts.pages(checkout)[path] == right
    assert command.main(["--root", str(checkout)]) == 0
    assert path.read_text(encoding="utf-8") == right


def number(text):
    """A number of a table and half a unit of its last digit."""
    text = text.replace("−", "-").replace("\u2009", "")
    return float(text), 0.5 * 10 ** -len(text.partition(".")[2])


def rows(name, background):
    """The cells of a generated table as they stand on the page, read by hand."""
    page = (ROOT / "docs/physics.md").read_text(encoding="utf-8")
    part = page.split(f"<!-- docs/numbers/tthyy.json: {name} {background} -->\n")[1].split("<!-- end -->")[0]
    return [[cell.strip(" *") for cell in line.strip("|").split(" | ")] for line in part.strip().splitlines()[2:]]


def shows(cell, value, error=None):
    shown = cell.partition(" (floor")[0].split(" ± ")
    found = [number(text) for text in shown]
    for (read, precision), kept in zip(found, (value, error), strict=False):
        assert math.isclose(read, kept, abs_tol=precision * 1.001)
    assert len(shown) == (1 if error is None else 2)


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_the_tables_of_a_page_show_the_kept_numbers(background):
    content = BACKGROUNDS[background]
    shown, fits = rows("selection", background), rows("fits", background)
    assert len(shown) == len(content["points"]) == len(fits) - 1 == 13
    for point, cells, fitted in zip(content["points"], shown, fits[1:], strict=True):
        assert cells[0] == fitted[0]
        shows(cells[1], **point["auc"])
        shows(cells[2], **point["rejection"])
        over_floor = point["jsd"]["over_floor"]
        shows(cells[4], over_floor["value"], over_floor["error"])
        shows(fitted[3], **point["fit"]["window_yield"])
        shows(fitted[4], **point["fit"]["window_simulated"])
    for row, cells in zip(content["categories"], rows("categories", background), strict=True):
        assert cells[0] == row["name"]
        shows(cells[1], row["signal"])
        shows(cells[2], row["background"], row["background_error"])


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_the_sentence_of_the_working_point_has_the_kept_significances(background):
    combined = BACKGROUNDS[background]["combined"]
    sentence = parts.part(KEPT, "working_point", background)
    fitted, counted = f"{combined['significance_fit']:.2f} in one fit", " from counts in the window"
    assert fitted in sentence and sentence.index(fitted) < sentence.index(counted)
    assert f"significance of {combined['significance_fit']:.2f} (one fit, all systematic" in parts.part(KEPT, "story")
    assert not re.search(r"\b(nn|ann|disco)\b", sentence)  # names of methods; the pages have their labels


def test_the_origin_names_processor_commit_and_day():
    kept = copy.deepcopy(KEPT)
    kept["run"] |= {"processor": "Fast CPU", "cores": 1, "commit": "abc", "finished": "2031-02-03"}
    sentence = parts.part(kept, "origin")
    for word in ("1 core of the processor “Fast CPU”", "3 February 2031", "commit `abc`", "On another processor"):
        assert word in sentence


def test_another_run_is_kept_and_shown_by_one_command(checkout, run, in_git):
    """The command that puts another run in: numbers, figures and pages."""
    summary = files.load_json(run / "summary.json") | {"study": "tthyy"}
    for name in BACKGROUNDS:
        content = copy.deepcopy(summary["backgrounds"]["continuum"])
        content["points"][0]["rejection"] = {"value": 98.76, "error": 5.4321}
        summary["backgrounds"][name] = content
    files.save_json(summary, run / "summary.json")
    for source, _, _ in parts.figures(checkout, "tthyy"):
        (run / source).parent.mkdir(parents=True, exist_ok=True)
        (run / source).write_bytes(b"figure of the run")
    assert command.main(["--keep", str(run), "--root", str(checkout)]) == 0
    page = (checkout / "docs/physics.md").read_text(encoding="utf-8")
    assert page.count("98.8 ± 5.4") == 3
    assert in_git(run, "rev-parse", "--short=12", "HEAD") in page
    assert (checkout / "docs/figures/sculpting.png").read_bytes() == b"figure of the run"
    assert "rejects 99 times" in (checkout / "README.md").read_text(encoding="utf-8")


def kept_of(summary):
    made = {"processor": "x", "cores": 2, "finished": "2030-01-01", "commit": "a", "versions": {}, "seed": 1}
    return {"run": made, "methods": synthetic_results.METHODS, "summary": summary}


def test_a_working_point_that_does_not_qualify_says_so(summary):
    point = summary["backgrounds"]["ttyy"]["working_point"]
    point |= {"qualified": False, "reason": "None of the points meets the criterion; ann at strength 30 is taken."}
    kept = kept_of(summary)
    assert "meets the criterion; ANN at strength 30 is taken." in parts.part(kept, "working_point", "ttyy")
    summary["backgrounds"] = {"ttyy": summary["backgrounds"]["ttyy"]}
    assert "No point qualifies; the nearest to its floor (" in parts.part(kept, "story")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nothing",), "there is no part nothing; there are origin"),
        (("selection",), "the part selection has no background, where it takes continuum or ttyy"),
        (("selection", "ntni"), "has the background ntni, where it takes continuum or ttyy"),
        (("origin", "ttyy"), "has the background ttyy, where it takes none"),
    ],
)
def test_a_part_that_is_not_there(summary, words, sentence):
    with pytest.raises(InputError, match=sentence):
        parts.part(kept_of(summary), *words)


def test_parts_of_a_study_without_stages(summary):
    kept = kept_of(synthetic_results.leave_out(summary, "categories", "fits"))
    with pytest.raises(InputError, match="the part impacts is of the stage categories, which toy leaves out"):
        parts.part(kept, "impacts", "ttyy")
    assert "| Point | Rejection | JSD / floor | Verdict | Why not |" in parts.part(kept, "candidates", "ttyy")
    assert "sidebands" not in parts.part(kept, "story")


def test_autoencoders_hunts_and_other_signals_have_parts():
    kept = kept_of(synthetic_anomalies.summary()) | {"methods": synthetic_anomalies.METHODS}
    kept["summary"] = numbers.shortened(kept["summary"])
    lines = parts.part(kept, "autoencoders", "ttyy").splitlines()
    assert len(lines) == 2 + 6 and lines[3].startswith("| **AE** | 0.0400 ± 0.0010 |")
    lines = parts.part(kept, "hunts", "ttyy").splitlines()
    assert [line.split(" | ")[0] for line in lines[2:4]] == ["| AE", "| AE, 1 %"]
    assert len(lines) == 2 + 6  # a strength that was trained without signal alone is left out
    assert "| 0.600 ± 0.020 | 0.610 ± 0.020 | 0.620 ± 0.020 |" in parts.part(kept, "probes", "ttyy")


def test_taggers_and_their_learning_curves_have_parts(run):
    about = {"source": "a", "sample": "b", "taggers": {"nn": {"auc": 0.98}}}
    files.save_json(synthetic_learning.summary() | {"published": about}, run / "summary.json")
    kept = numbers.keep(run)
    head, _, first, *_ = parts.part(kept, "published", "ttyy").splitlines()
    assert head.endswith("| Learns from | AUC, published | R30, published |") and "| 5\u2009000 | 0.98 |" in first
    lines = parts.part(kept, "learning_curves", "ttyy").splitlines()
    assert [line.split(" | ")[1] for line in lines[2:]] == ["100", "1\u2009000", "5\u2009000"] * 2
    assert " 0.900 ± 0.010 " in lines[4]


def test_a_kept_run_of_older_code_that_lacks_a_number(summary):
    del summary["backgrounds"]["ttyy"]["points"][0]["auc"]
    with pytest.raises(InputError, match="has no 'auc', which the part selection shows; keep a run of today's code"):
        parts.part(kept_of(summary), "selection", "ttyy")


# What the prose of the pages says in words: held as ranges against the kept run, and not as digits


def point(background, method, tag="0"):
    return next(p for p in BACKGROUNDS[background]["points"] if (p["method"], p["tag"]) == (method, tag))


def over_floor(background, *name):
    return point(background, *name)["jsd"]["over_floor"]["value"]


def rejection(background, *name):
    return point(background, *name)["rejection"]["value"]


def in_window(background, *name):
    """What the sidebands predict, over what is there."""
    fit = point(background, *name)["fit"]
    return fit["window_yield"]["value"] / fit["window_simulated"]["value"]


def significance(background, method, tag="0"):
    rows = BACKGROUNDS[background]["candidates"]
    return next(row["significance"] for row in rows if (row["method"], row["tag"]) == (method, tag))


def share(background, *name):
    passing = {part["name"]: part["background_efficiency"]["value"] for part in point(background, *name)["samples"]}
    return passing["ttyy"] / passing["ntni"]


def share_before(sample):
    parts = point("continuum", "nn")["samples"]
    return next(part["share_before"]["value"] for part in parts if part["name"] == sample)


def composition_below_floor():
    chosen = BACKGROUNDS["continuum"]["working_point"]
    found = point("continuum", chosen["method"], chosen["tag"])
    return found["jsd"]["floor"] / found["jsd_composition"]["value"]


def qualified(background):
    text = BACKGROUNDS[background]["working_point"]["reason"]
    return int(re.search(r"of the (\d+) of 13 points that (?:meet|qualify)", text)[1])


CLAIMS = [
    ("ttyy is a few per cent of it", lambda: share_before("ttyy"), (0.02, 0.06)),
    ("sculpts by tens of floors", lambda: over_floor("continuum", "nn"), (10, 99)),
    ("predict less than half of the events", lambda: in_window("continuum", "nn"), (0, 0.5)),
    ("passes more than twice as much of ttyy as of NTNI", lambda: share("continuum", "nn"), (2, 4)),
    ("hundreds of times below the floor", composition_below_floor, (100, 1000)),
    ("Against the continuum and NTNI few points are accepted", lambda: qualified("continuum"), (1, 6)),
    ("continuum and NTNI few points are accepted", lambda: qualified("ntni"), (1, 6)),
    ("sculpts** by about 60 floors", lambda: over_floor("ttyy", "nn"), (45, 80)),
    ("predict about a third of the events", lambda: in_window("ttyy", "nn"), (0.25, 0.45)),
    ("within about 1.5 floors", lambda: max(over_floor("ttyy", "ann", t) for t in ("10", "30", "100")), (0.6, 1.8)),
    (
        "the rejection is less than a third",
        lambda: rejection("ttyy", "ann", "10") / rejection("ttyy", "nn"),
        (0.2, 0.34),
    ),
    (
        "within about 0.05 standard",
        lambda: significance("ttyy", "disco", "3") - significance("ttyy", "window"),
        (-0.1, 0.1),
    ),
    (
        "within about 0.05 standard",
        lambda: significance("ttyy", "disco", "3") - significance("ttyy", "ann", "10"),
        (-0.1, 0.1),
    ),
    ("it sculpts less** (about 9 floors)", lambda: over_floor("ntni", "nn"), (5, 14)),
    ("quarters of the rejection are kept", lambda: rejection("ntni", "ann", "3") / rejection("ntni", "nn"), (0.6, 0.9)),
    ("two errors above the fit", lambda: BACKGROUNDS["ntni"]["initial"]["fit"]["pull"], (1, 3)),
    (
        "(about 5 % lower, against both",
        lambda: rejection("ttyy", "window_cdf") / rejection("ttyy", "ann", "10"),
        (0.9, 1),
    ),
    (
        "(about 5 % lower, against both",
        lambda: rejection("ntni", "window_cdf") / rejection("ntni", "ann", "10"),
        (0.9, 1),
    ),
]


@pytest.mark.parametrize(("words", "value", "within"), CLAIMS)
def test_the_prose_holds_in_the_kept_run(words, value, within):
    text = " ".join((ROOT / "docs/physics.md").read_text(encoding="utf-8").split())
    assert words in text, "the sentence is gone: take its claim out"
    assert within[0] <= value() <= within[1], f"“{words}” is not what the kept run says: {value():.3g}"
