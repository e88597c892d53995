"""What a study that fits simulators found, in numbers, sentences, tables and the sections of its page."""

import numpy as np

from unsculpt.inference import tabulated
from unsculpt.inference.tabulated import NAMES
from unsculpt.wings import Section

AROUND = (50, 150)  # steps of which the gain of the control variate is quoted, about the hundredth

OPTIMISATION = (
    "A proposal q is moved down the gradient of its mean loss, which needs values of the loss alone and no derivative "
    "of it. Plain gradients are caught in the first ripple."
)
FITS = (
    "A critic tells data from simulated events, and the proposal of the parameters moves so that it cannot. What data "
    "identify is tested: the expectation of c, of the rate, of a mean under q. Where the density is linear in it, "
    "neither a parameter nor the width of q is identified."
)
MISSPECIFIED = (
    "No rate describes these data. Without the penalty q widens until its mixture does, where one can; with it q stays "
    "narrow and the distributions differ."
)
VARIANCE = (
    "The loss of a critic does not know its offset, which drifts. Without a control variate the offset multiplies "
    "noise; how much is gained is a matter of where it is."
)
CONTENDERS = (
    "The same data, the same prior, as many simulated events for each data set; the classifier is trained once for all "
    "of them."
)
HADRONS = (
    "Pythia is set up anew for each value of its parameter, so events come from a bank on a grid of values, and the "
    "bank has to be large against the data."
)


def content(measured):
    """The numbers of the study: value of `inference` in summary.json.

    Parameters
    ----------
    measured : list of dict
        Contents of the files of the jobs, each with its `kind`.

    Returns
    -------
    dict
        fits: for each simulator and weight `rms_to_best`, `largest_pull`, `largest_jsd_over_floor`, and each fit;
        variance, contenders, dimensions, coverage and optimisation, null or empty where they were not asked for.
    """
    of_kind = {}
    for one in measured:
        of_kind.setdefault(one["kind"], []).append(one)
    fits = {one["simulator"]: one for one in of_kind.get("fits", [])}
    return {
        "fits": [_fits(one) for one in fits.values()],
        "variance": next((_variance(one) for one in fits.values() if one["variances"]), None),
        "contenders": [_contenders(one, fits[one["simulator"]]) for one in of_kind.get("contenders", [])],
        "dimensions": sorted(map(_dimension, of_kind.get("dimension", [])), key=lambda one: one["dimension"]),
        "coverage": next(map(_coverage, of_kind.get("coverage", [])), None),
        "optimisation": next(map(_optimisation, of_kind.get("optimisation", [])), None),
    }


def _rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


def _off(model, key):
    """E_q less the truth or the maximum-likelihood estimate, in errors of the latter, (Q,)."""
    expected, reference, error = (np.array(model[name], float) for name in ("expected", key, "error"))
    return (expected - reference) / error


def _fits(one):
    """The fits of a simulator, by weight and control variate."""
    groups = {}
    for model in one["models"]:
        groups.setdefault((model["gamma"], model["controlled"]), []).append(model)
    rows = []
    for (gamma, controlled), models in groups.items():
        pulls, offsets = (np.array([_off(model, key) for model in models]) for key in ("truth", "best"))
        at_mean = [(np.array(m["at_mean"]) - m["truth"]) / m["error"] for m in models]
        rows.append(
            {
                "gamma": gamma,
                "controlled": controlled,
                "pulls": pulls,
                "offsets": offsets,
                "rms_to_best": _rms(offsets),
                "largest_pull": float(np.max(np.abs(pulls))),
                "largest_pull_at_mean": float(np.max(np.abs(at_mean))),
                "jsd_over_floor": [model["jsd"]["over_floor"] for model in models],
                "width": np.mean([model["width"] for model in models], axis=0),
                "spread": np.mean([model["spread"] for model in models], axis=0),
            }
        )
    keys = ("simulator", "process", "events", "dispersion", "calls", "parameters", "interest")
    mean = float(np.mean([model["best"] for model in one["models"]]))
    return {key: one[key] for key in keys} | {"mean": mean, "groups": rows}


def _variance(one):
    """The gain of the control variate: median over models and steps about the hundredth, and of each step."""
    gains = [
        {
            "iteration": row["iteration"],
            "gain": float(np.median(np.array(row["plain"]) / np.array(row["controlled"]))),
        }
        for row in one["variances"]
    ]
    near = [row["gain"] for row in gains if AROUND[0] <= row["iteration"] <= AROUND[1]]
    around = float(np.median(near)) if near else None
    return {"simulator": one["simulator"], "gains": gains, "around_100": around}


def _contenders(one, fits):
    """Of each contender rms and largest offset to the maximum-likelihood estimate, and its width in errors."""
    gamma = max(model["gamma"] for model in fits["models"])
    models = {m["seed"]: m for m in fits["models"] if m["gamma"] == gamma and m["controlled"]}
    found = {
        "avo": {"offsets": [_off(model, "best") for model in models.values()], "widths": [], "calls": fits["calls"]}
    }
    for row in one["results"]:
        model = models[row["seed"]]
        entry = found.setdefault(row["contender"], {"offsets": [], "widths": [], "calls": row["calls"]})
        entry["offsets"].append(_off(model | {"expected": row["estimate"]}, "best"))
        if row["width"] is not None:
            entry["widths"].append(np.array(row["width"]) / model["error"])
    rows = [
        {
            "contender": name,
            "rms_to_best": _rms(entry["offsets"]),
            "largest": float(np.max(np.abs(entry["offsets"]))),
            "width_in_errors": float(np.mean(entry["widths"])) if entry["widths"] else None,
            "calls": entry["calls"],
        }
        for name, entry in found.items()
    ]
    return {"simulator": one["simulator"], "rows": rows}


def _dimension(one):
    """Of each contender rms of the offsets and, of ABC, the mean width in errors are those of so many parameters."""
    offsets = {}
    for row in one["results"]:
        offsets.setdefault(row["contender"], []).append(row["offset"])
    rows = [{"contender": name, "rms_to_best": _rms(values)} for name, values in offsets.items()]
    return {"dimension": one["dimension"], "rows": rows}


def _coverage(one):
    """Mean, standard deviation and share within one error of the pulls."""
    rows = []
    for name, values in one["pulls"].items():
        pulls = np.array(values, float)
        n = pulls.size
        offsets = pulls - np.array(one["pulls"]["likelihood"])
        rows.append(
            {
                "contender": name,
                "mean": {"value": float(pulls.mean()), "error": float(pulls.std(ddof=1) / np.sqrt(n))},
                "width": {"value": float(pulls.std(ddof=1)), "error": float(pulls.std(ddof=1) / np.sqrt(2 * n - 2))},
                "within_one": float(np.mean(np.abs(pulls) < 1)),
                "within_two": float(np.mean(np.abs(pulls) < 2)),
                "rms_to_best": _rms(offsets),
            }
        )
    keys = ("simulator", "interest", "entropy_weight", "calls")
    return {key: one[key] for key in keys} | {"data_sets": len(next(iter(one["pulls"].values()))), "rows": rows}


def _optimisation(one):
    """Where both descents end."""
    mu, sigma = one["path"][-1]
    return {"descent": one["descent"][-1], "mu": mu, "sigma": sigma, "expectation": one["path_expectation"][-1]}


def headline(found):
    """The most important numbers in sentences."""
    sentences = []
    for one in found["fits"]:
        for group in one["groups"]:
            if group["controlled"] and one["dispersion"] == 1:
                sentences.append(
                    f"{one['simulator']}, gamma {group['gamma']:g}: E_q of {', '.join(one['interest'])} is "
                    f"{group['rms_to_best']:.2f} errors (rms) off the maximum-likelihood estimate, at most "
                    f"{group['largest_pull']:.1f} off the truth; JSD/floor at most {max(group['jsd_over_floor']):.2f}"
                )
    for one in found["contenders"]:
        best = min(one["rows"], key=lambda row: row["rms_to_best"])
        sentences.append(
            f"{one['simulator']}: nearest to maximum likelihood with as many simulated events is "
            f"{NAMES[best['contender']]} ({best['rms_to_best']:.2f} errors rms)"
        )
    if found["coverage"]:
        rows = {row["contender"]: row for row in found["coverage"]["rows"]}
        widths = ", ".join(f"{NAMES[name]} {row['width']['value']:.2f}" for name, row in rows.items())
        sentences.append(f"Widths of the pulls of {found['coverage']['data_sets']} data sets: {widths}")
    return sentences


def sections(found):
    """The sections of the page."""
    groups = [(one, group) for one in found["fits"] for group in one["groups"]]
    good = [(one, group) for one, group in groups if one["dispersion"] == 1 and group["controlled"]]
    bad = [(one, group) for one, group in groups if one["dispersion"] != 1]
    fits = Section("Fits of simulators", (FITS,), (tabulated.of_fits(good),), ("proposals", "fitted", "traces"))
    listed = [Section("Variational optimisation", (OPTIMISATION,), (), ("optimisation",)), fits]
    if not found["optimisation"]:
        listed.remove(listed[0])
    if bad:
        tables = (tabulated.of_misspecified(bad),)
        listed.append(Section("Misspecified simulators", (MISSPECIFIED,), tables, ("misspecified",)))
    if found["variance"]:
        near = found["variance"]["around_100"]
        said = "" if near is None else f" About the hundredth step the median is {near:.3g}."
        tables = (tabulated.of_variance(found["variance"]),)
        listed.append(Section("Variance of the gradient", (VARIANCE + said,), tables, ("variance",)))
    tables = [tabulated.of_contenders(found["contenders"])] if found["contenders"] else []
    tables += [tabulated.of_dimensions(found["dimensions"])] if found["dimensions"] else []
    if tables:
        listed.append(Section("Contenders", (CONTENDERS,), tuple(tables), ("contenders", "dimensions")))
    if any(one["process"] == "hadrons" for one in found["fits"]):
        listed.append(Section("A full simulator", (HADRONS,), (), ("hadrons",)))
    if found["coverage"]:
        listed.append(Section("Coverage", (), (tabulated.of_coverage(found["coverage"]),), ("coverage",)))
    return listed
