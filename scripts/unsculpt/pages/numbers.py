"""What is kept of a finished run for the pages: its summary without details, and what made it."""

import hashlib
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import yaml

from unsculpt import files, ranges, wings
from unsculpt.errors import InputError

PLACE = "docs/numbers"  # one file for each study
CODE = ("Snakefile", "rules", "scripts", "config", "envs")  # what decides which numbers come out
DIGITS = 8  # significant ones that are kept; no page shows as many
_SAMPLE_KEYS = ("role", "events_selected")  # no sums: of blinded data they would tell what is hidden
_ERRORS = ("error_events", "error_training", "error_training_from")  # what the error of a number is made of
_DETAILS = {  # keys of what no page shows, wherever they stand
    *("networks", "search", "correlations_error", "runners_up", "data", "engine", "cross_check", "curve"),
    *("signal_shape", "seeds", "events", "threshold", "rejections", "score_mass", "jsd_other_reference", "range_gev"),
    *("accuracy_signal", "accuracy_background", "n_eff_fail", "observed", "order_choice", "window_yield_interval"),
    *("folds", *_ERRORS),
    *("slope", "slope_own", "slope_prior", "slope_from", "window_gev", "kappa", "p_value_toys", "toys", "failed"),
}


def keep(folder, commit=None):
    """The numbers of a finished run, to be called on the machine that it ran on.

    Parameters
    ----------
    folder : str or Path
        results/<study> of the run.
    commit : str, optional
        The commit that it ran at; by default that of the checkout in which the folder lies.

    Returns
    -------
    dict
        run : processor, cores, finished (day), commit, versions, seed.
        methods : the sub-tree of the configuration; empty for a study of a wing.
        summary : summary.json without what no page shows; that of a wing with all of its numbers.

    Raises
    ------
    InputError
        If the run is not finished, or the commit cannot be told.
    """
    folder = Path(folder)
    for name in ("summary.json", "config.yaml"):
        if not (folder / name).is_file():
            raise InputError(f"{folder}: has no {name}; give the folder of a finished run, results/<study>")
    summary = files.load_json(folder / "summary.json")
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    finished = (folder / "summary.json").stat().st_mtime
    made = summary.get("provenance", {})
    return {
        "run": {
            "processor": processor(),
            "cores": len(os.sched_getaffinity(0)),
            "finished": datetime.fromtimestamp(finished, UTC).strftime("%Y-%m-%d"),
            "commit": commit or _commit(folder, finished),
            "versions": {name: value for name, value in made.items() if name not in ("params_digest", "warnings")},
            "seed": config.get("seed"),
        },
        "methods": config.get("methods", {}),
        "summary": _of_wing(summary) if wings.of(summary) else _short(summary),
    }


def copy_figures(folder, figures):
    """Copy figures of a run to the pages; by copy the digest of its content.

    Parameters
    ----------
    folder : str or Path
        results/<study> of the run.
    figures : list
        (file in that folder, path of the copy, name of the copy in the checkout).
    """
    digests = {}
    for source, target, name in figures:
        path = Path(folder) / source
        if not path.is_file():
            raise InputError(f"{path}: does not exist, and a page shows it; run the study to its end")
        with files.written(target) as part:
            part.write_bytes(path.read_bytes())
        digests[name] = file_digest(target)
    return digests


def file_digest(path):
    """Twelve hexadecimal digits that stand for the bytes of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def save(content, root="."):
    """Write what is kept of a study to its place; returns the path."""
    path = Path(root) / PLACE / f"{content['summary']['study']}.json"
    files.save_json(content, path)
    return path


def load(study, root="."):
    """What is kept of a study; `InputError` where nothing is."""
    path = Path(root) / PLACE / f"{study}.json"
    if not path.is_file():
        raise InputError(
            f"{path}: does not exist; `make docs-numbers STUDY={study}` keeps the numbers of a finished run"
        )
    return files.load_json(path)


def processor(cpuinfo="/proc/cpuinfo"):
    """The model of the processor, as Linux tells it."""
    try:
        lines = Path(cpuinfo).read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    found = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return found or platform.processor() or platform.machine()


def _of_wing(summary):
    """The summary of a study of a wing without provenance and warnings."""
    return _rounded({name: value for name, value in summary.items() if name not in ("provenance", "warnings")})


def _short(summary):
    samples = {
        name: {key: sample.get(key) for key in _SAMPLE_KEYS}
        for name, sample in summary["samples"].items()
        if sample.get("role") != "data"
    }
    rest = {name: value for name, value in summary.items() if name not in ("provenance", "warnings")}
    known = rest.get("ranges", {})
    shown = [name for name in ranges.lines(known) if name in ranges.planes(known)]
    taggers = bool(summary.get("published"))
    backgrounds = {name: _background(content, shown, taggers) for name, content in summary["backgrounds"].items()}
    parts = {"samples": samples, "backgrounds": backgrounds}
    return rest | parts | {"ranges": {name: known[name] | {"mass_cut_gev": None} for name in shown}}


def _background(content, shown, taggers):
    """A background hypothesis without details; its points in the ranges that are shown, without a cut on the mass.

    Taggers keep the details that are in their tables.
    """
    points = [
        point | {"ranges": [r for r in point.get("ranges", ()) if r["name"] in shown and r["mass_cut_gev"] is None]}
        for point in content["points"]
    ]
    short = shortened(content | {"points": points}) | {"correlations": {}, "importance": []}  # tables need them
    if taggers:
        short |= {"learning": _rounded(content["learning"], _ERRORS), "networks": _rounded(content["networks"])}
        rejections = [{"rejections": _rounded(point["rejections"], _ERRORS)} for point in content["points"]]
        short["points"] = [point | own for point, own in zip(short["points"], rejections, strict=True)]
    return short | {"comparison": {**short["comparison"], "points": [], "methods": [], "limit": None}}


def shortened(content):
    """The content without details, its numbers at `DIGITS` significant digits.

    Examples
    --------
    >>> shortened({"a": [1.23456789012, 3, "x", None, True], "threshold": 0.5})
    {'a': [1.2345679, 3, 'x', None, True]}
    """
    return _rounded(content, _DETAILS)


def _rounded(content, without=()):
    """The content without these keys wherever they stand, its numbers at `DIGITS` significant digits."""
    if isinstance(content, dict):
        return {name: _rounded(value, without) for name, value in content.items() if name not in without}
    if isinstance(content, list):
        return [_rounded(value, without) for value in content]
    return float(f"{content:.{DIGITS}g}") if isinstance(content, float) else content


def _commit(folder, finished):
    """The commit of the checkout in which a run lies, if it can be that of the run."""
    try:
        commit = _git(folder, "rev-parse", "--short=12", "HEAD")
        top = _git(folder, "rev-parse", "--show-toplevel")
        changed = _git(top, "status", "--porcelain", "--", *CODE)
        made = int(_git(folder, "log", "-1", "--format=%ct"))
    except (OSError, subprocess.CalledProcessError) as error:
        raise InputError(f"{folder}: lies in no checkout of git; name the commit of the run by --commit") from error
    if changed:
        raise InputError(
            f"{folder}: its checkout differs from commit {commit} in {changed.split()[-1]}, so that no commit stands "
            "for this run; commit and run again, or name the commit of the run by --commit"
        )
    if made > finished:
        raise InputError(
            f"{folder}: the run was finished before commit {commit} of its checkout was made; name the commit of the "
            "run by --commit"
        )
    return commit


def _git(folder, *words):
    done = subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, encoding="utf-8")
    return done.stdout.strip()
