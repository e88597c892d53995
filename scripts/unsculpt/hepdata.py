"""The folder that a submission to HEPData (https://www.hepdata.net) needs, made with hepdata_lib and validated."""

import contextlib
import shutil
import tempfile
from itertools import pairwise
from pathlib import Path

import yaml
from hepdata_lib import Submission, Table, Uncertainty, Variable

from unsculpt import files, tables, wording

_SYMBOLS = {"χ²": r"$\chi^2$", "μ": r"$\mu$", "−": "-", "±": "+-"}  # HEPData takes LaTeX in names
LOCATION = "The study's report.html"  # of every table, as HEPData wants it
LONGEST = 64  # characters of the name of a table
SHOWN = ("selection", "sculpting", "composition", "sideband_fits", "categories", "yields", "combined")


def write(folder, summary, metrics, fits, *, methods, unit="GeV"):
    """Write submission.yaml and one YAML file a table.

    Parameters
    ----------
    folder : path
        Replaced if it exists.
    summary : dict
        Content of summary.json.
    metrics, fits : list of dict
        Contents of the metrics JSON of every method and of the fits JSON of every point, if the study has fits.
    methods : dict
        The sub-tree `methods` of the configuration, for labels.
    unit : str
        Of the mass; empty where it has none.
    """
    folder, submission = Path(folder).absolute(), Submission()
    submission.comment = f"{summary['title']}. Made by unsculpt {summary['unsculpt']}, {summary['config_digest']}."
    for name in summary["backgrounds"]:
        for table in _tables(summary, name, metrics, fits, methods, unit):
            submission.add_table(table)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".part-") as made, contextlib.chdir(made):
        submission.create_files("folder", validate=True)  # leaves an archive where it runs
        shutil.rmtree(folder, ignore_errors=True)
        Path("folder").replace(folder)


def _tables(summary, background, metrics, fits, methods, unit):
    """All tables of one background hypothesis."""
    content = summary["backgrounds"][background]
    known = tables.of_background(summary, background, methods)
    for name in (*SHOWN, *map(tables.of_ranges, summary.get("ranges", {}))):
        if name in known and known[name].rows:
            yield _from_table(known[name], background)
    measured = {(t["method"], p["tag"]): p for t in metrics if t["background"] == background for p in t["points"]}
    fitted = {(fit["method"], fit["tag"]): fit for fit in fits if fit["background"] == background}
    # the name of a table becomes that of its file, which no label can be trusted with
    unlabelled = {name: {k: v for k, v in method.items() if k != "label"} for name, method in methods.items()}
    for point in content["points"]:
        key, label = (point["method"], point["tag"]), tables.point_label(point, methods)
        name = tables.point_label(point, unlabelled)
        yield _roc(measured[key]["curves"]["roc"], f"{background} ROC {name}", background, label)
        yield _spectrum(measured[key], fitted.get(key), f"{background} mass {name}", background, label, unit)


def _from_table(table, background):
    """A table of the report: its first column names the rows, with a cut on the mass; numbers are the values."""
    result = _table(f"{background} {table.name}", table.caption)
    columns = list(zip(*table.rows, strict=True))
    names = 1 + (table.columns[1] == tables.CUT)
    for name, column in zip(table.columns[:names], columns[:names], strict=True):
        result.add_variable(_variable(name, list(map(tables.text, column)), independent=True))
    for name, column in zip(table.columns[names:], columns[names:], strict=True):
        measured = [cell if isinstance(cell, dict) else {"value": cell} for cell in column]
        variable = _variable(name, [cell.get("value") for cell in measured])
        for label, key in _errors(measured).items():
            variable.add_uncertainty(_uncertainty(label, [cell.get(key) for cell in measured]))
        result.add_variable(variable)
        if any("floor" in cell for cell in measured):
            result.add_variable(_variable(f"{name}, floor", [cell.get("floor") for cell in measured]))
    return result


def _errors(cells):
    """The errors of a column by their labels: apart where that of training is known, which is not statistical."""
    if any(cell.get("error_training") is not None for cell in cells):
        return {"stat": "error_events", "training": "error_training"}
    return {"stat": "error"} if any("error" in cell for cell in cells) else {}


def _roc(roc, name, background, label):
    result = _table(name, f"ROC curve of {label}, background {background}.")
    result.add_variable(_variable("Signal efficiency", roc["signal_efficiency"], independent=True))
    efficiency = _variable("Background efficiency", roc["background_efficiency"])
    efficiency.add_uncertainty(_uncertainty("stat", roc["background_efficiency_error"]))
    result.add_variable(efficiency)
    return result


def _spectrum(point, fit, name, background, label, unit):
    spectra = point["curves"]["spectra"]
    spectrum, edges = spectra["pass"], spectra["edges_gev"]
    about = f"Background {background} after the cut on {label}{', and the fit of its sidebands' if fit else ''}."
    result = _table(name, about)
    bins = Variable("Mass", is_independent=True, is_binned=True, units=unit)
    bins.values = list(pairwise(edges))
    result.add_variable(bins)
    events = _variable("Simulated events", spectrum["sumw"])
    events.add_uncertainty(_uncertainty("stat", [value and max(value, 0) ** 0.5 for value in spectrum["sumw2"]]))
    result.add_variable(events)
    if (fit or {}).get("model"):
        model = _variable("Sideband fit", fit["model"]["expected"])
        model.add_uncertainty(_uncertainty("fit", fit["model"]["error"]))
        result.add_variable(model)
    return result


def _table(name, description):
    name = name.replace(",", "")
    table = Table(name if len(name) <= LONGEST else f"{name[: LONGEST - 13]} {files.digest(name)}")
    table.description, table.location = _latin(description), LOCATION
    return table


def _variable(name, values, independent=False):
    variable = Variable(_latin(name), is_independent=independent, is_binned=False, zero_uncertainties_warning=False)
    variable.values = [
        _latin(value) if isinstance(value, str) else value if wording.exists(value) else "-" for value in values
    ]
    return variable


def _uncertainty(label, values):
    uncertainty = Uncertainty(label, is_symmetric=True)
    uncertainty.values = [value if wording.exists(value) else 0.0 for value in values]
    return uncertainty


def _latin(text):
    for sign, word in _SYMBOLS.items():
        text = text.replace(sign, word)
    return text


def load(folder):
    """The documents of a folder by file name, to read it back."""
    return {
        path.name: list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        for path in sorted(Path(folder).glob("*.yaml"))
    }
