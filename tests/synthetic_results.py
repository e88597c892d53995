"""Results of a made-up study in the formats of the pipeline: every stage's JSON, without running any stage.

The plain classifier peaks in the window, the others less the stronger they are; numbers are invented but consistent
in kind (errors positive, floors below values, spectra falling).
"""

import numpy as np

from unsculpt import stages
from unsculpt.metrics.comparison import compare
from unsculpt.metrics.divergence import over_floor
from unsculpt.metrics.points import to_json
from unsculpt.naming import strength_tag

MASS = {
    "latex": r"m_{\gamma\gamma}",
    "min_gev": 105,
    "max_gev": 160,
    "window_gev": [120, 130],
    "bin_width_gev": 1,
}
METHODS = {
    "nn": {"objective": "none", "strengths": [0]},
    "ann": {"objective": "adversarial", "strengths": [0.3, 1, 3, 10, 30, 100]},
    "disco": {"objective": "disco", "strengths": [1, 10], "label": "DisCo"},
}
SAMPLES = {
    "tth": {"role": "signal", "latex": r"$t\bar{t}H(\gamma\gamma)$"},
    "ttyy": {"role": "background", "latex": r"$t\bar{t}\gamma\gamma$"},
    "data": {"role": "data", "latex": "Pseudo-data"},
}
WORKING_POINT = {
    **{"bias_tolerance": 1, "deviation_tolerance": 0.2, "fit_p_value_min": 0.01},
    "spurious_signal": "relaxed",
}
SETTINGS = {
    "label": "Simulation",
    "luminosity_fb": 140,
    "blind": True,
    "mass": MASS,
    "samples": SAMPLES,
    "methods": METHODS,
    "backgrounds": {"ttyy": ["ttyy"]},
}
FEATURES = ("photon1_pt", "photon2_pt", "photons_deta", "photons_dr", "jet1_pt", "jet1_eta", "jet2_pt")
ENTROPY = float(np.log(32))
EDGES = np.linspace(105, 160, 56)
_CENTRES = (EDGES[1:] + EDGES[:-1]) / 2
_WINDOW = (_CENTRES > 120) & (_CENTRES < 130)
_FALL = np.exp(-(_CENTRES - 105) / 28)
_PEAK = np.exp(-0.5 * ((_CENTRES - 125) / 1.7) ** 2)


def _weighted(rng, expected, weight=0.05):
    counts = rng.poisson(np.asarray(expected) / weight)
    return {"sumw": (counts * weight).tolist(), "sumw2": (counts * weight**2).tolist()}


def _number(value, error):
    return {"value": float(value), "error": float(error)}


def _spectrum(rng):
    expected = 40 * _FALL
    data = rng.poisson(np.where(_WINDOW, 0, expected)).astype(float).tolist()
    return {
        "edges_gev": EDGES.tolist(),
        "signal": _weighted(rng, 6 * _PEAK, 0.002),
        "background": _weighted(rng, expected),
        "data": {"sumw": data, "sumw2": data},
    }


def features(seed=1):
    """Content of metrics/{bkg}/features.json."""
    rng = np.random.default_rng(seed)
    entries = []
    for name in FEATURES:
        edges = np.linspace(0, 300, 31)
        x = (edges[1:] + edges[:-1]) / 60
        data = rng.poisson(60 * x * np.exp(-x)).astype(float).tolist()
        entries.append(
            {
                "name": name,
                "correlation": {role: _number(rng.normal(0, 0.2), 0.02) for role in ("signal", "background")},
                "distance": {role: _dependence(abs(rng.normal(0, 0.2))) for role in ("signal", "background")},
                "sidebands": {role: _number(rng.normal(0, 0.2), 0.05) for role in ("background", "data")},
                "histogram": {
                    "edges": edges.tolist(),
                    "signal": _weighted(rng, 3 * x**2 * np.exp(-x), 0.01),
                    "background": _weighted(rng, 60 * x * np.exp(-x)),
                    "data": {"sumw": data, "sumw2": data},
                },
            }
        )
    return {"features": entries, "mass": _spectrum(rng), "provenance": {}}


def importance():
    """Content of metrics/{bkg}/importance.json."""
    entries = [{"feature": n, "drop_auc": 0.08 / (i + 1), "error": 0.002} for i, n in enumerate(FEATURES)]
    control = {
        name: [entry | {"drop_auc": share * entry["drop_auc"], "error": 0.01} for entry in entries]
        for name, share in (("simulation", 1.1), ("data", 0.9))
    }
    return {"importance": entries, "control": control, "provenance": {}}


def training(method, folds=3, epochs=25, seed=2):
    """Content of training/{bkg}/{method}/0.json."""
    rng = np.random.default_rng(seed)
    x = np.arange(1, epochs + 1)
    models = []
    for strength in METHODS[method]["strengths"]:
        for fold in range(folds):
            classifier = 0.45 + 0.2 * np.exp(-x / 5) + 0.08 * strength / (strength + 3) + rng.normal(0, 0.002, epochs)
            learnt = 0.15 * np.exp(-x / 4) / (1 + strength) + rng.uniform(0, 0.002, epochs)
            other, sign = (ENTROPY - learnt, -1) if method == "ann" else (learnt, 1)
            total = classifier + sign * strength * other * (method != "nn")
            models.append(
                {
                    "strength": strength,
                    "tag": strength_tag(strength),
                    "fold": fold,
                    "channel": "all",
                    "epochs": x.tolist(),
                    "classifier_train": (classifier - 0.003).tolist(),
                    "classifier_validation": classifier.tolist(),
                    "adversary_train": [] if method == "nn" else other.tolist(),
                    "adversary_validation": [] if method == "nn" else other.tolist(),
                    "total_train": (total - 0.003).tolist(),
                    "total_validation": total.tolist(),
                    "warnings": ["the adversary did not beat the entropy"] if strength == 100 and fold == 0 else [],
                }
            )
    return {"models": models, "reference": {"entropy": ENTROPY if method == "ann" else None}, "provenance": {}}


def _sculpting(method, strength):
    """How much of the plain classifier's bump is left."""
    return 1.0 if method == "nn" else 1 / (1 + strength)


def _dependence(value):
    return {**_number(np.hypot(value, 0.02), 0.01), "floor": 0.02, "p_value": 0.3}


def _jsd(value):
    return {
        **_number(value, 0.1 * value),
        "floor": 4e-4,
        "over_floor": to_json(over_floor(value, 0.1 * value, 4e-4)),
        "p_value": 0.4,
        "base": 2,
        "reference": "inclusive",
        "bins": 55,
        "range_gev": [105, 160],
        "n_eff": 9000.0,
    }


def metrics(method, bkg="ttyy", seed=3):
    """Content of metrics/{bkg}/{method}.json."""
    points = [_point(method, strength, seed + i) for i, strength in enumerate(METHODS[method]["strengths"])]
    return {"background": bkg, "method": method, "points": points, "provenance": {}}


def _point(method, strength, seed):
    rng = np.random.default_rng(seed)
    bump = _sculpting(method, strength)
    rejection = 3.5 + 4 * bump**0.3
    jsd = 4e-4 + 0.05 * bump**1.2
    return {
        "method": method,
        "strength": strength,
        "tag": strength_tag(strength),
        **{key: _number(0.7 + 0.15 * bump, 0.003) for key in ("auc", "accuracy", "accuracy_signal")},
        "accuracy_background": _number(0.72, 0.003),
        "signal_efficiency": _number(0.5, 0.004),
        "background_efficiency": _number(1 / rejection, 0.003),
        "rejection": _number(rejection, 0.12),
        "rejections": [{"signal_efficiency": 0.3, **_number(rejection**1.7, 0.4)}],
        "threshold": 0.61,
        "jsd": _jsd(jsd),
        "jsd_window": _jsd(jsd / 2),
        "jsd_beyond_slope": _jsd(0.8 * jsd),
        "score_mass": {
            role: {"linear": _number(0.1 * bump, 0.01), "distance": _dependence(0.3 * bump)}
            for role in ("signal", "background")
        },
        "events": {
            role: {"number": 9000, "n_eff": 8000.0, "negative_weight_share": 0.0} for role in ("signal", "background")
        },
        "seeds": {
            "number": 1,
            **{"auc": [0.7], "rejection": [rejection], "jsd": [jsd], "floor": [4e-4]},
            "total": {
                "auc": _number(0.7, 0.003),
                "rejection": _number(rejection, 0.12),
                "jsd": _number(jsd, 0.1 * jsd),
            },
        },
        "curves": _curves(rng, bump, rejection, jsd),
    }


def _curves(rng, bump, rejection, jsd):
    signal_efficiency = np.linspace(0, 1, 101)
    power = np.log(rejection) / np.log(2)
    background_efficiency = signal_efficiency**power
    spectra_edges = np.linspace(105, 160, 12)
    slices = (spectra_edges[1:] + spectra_edges[:-1]) / 2
    inclusive = [0.05, 0.1, 0.2, 0.4, 0.8]
    profile = [
        [e * (1 + (1 - e) * bump * (1.6 * np.exp(-((m - 125) ** 2) / 60) - 0.4)) for m in slices] for e in inclusive
    ]
    mean = {"signal": 0.6 + 0 * slices, "background": 0.3 + 0.2 * bump * np.exp(-((slices - 125) ** 2) / 60)}
    scan = np.arange(0.05, 0.96, 0.05)
    scores = np.linspace(0, 1, 51)
    x = (scores[1:] + scores[:-1]) / 2
    data = rng.poisson(8 * (1 - x)).astype(float).tolist()
    kept = 40 * _FALL / rejection * (1 + 2 * bump * np.exp(-((_CENTRES - 125) ** 2) / 50))
    return {
        "roc": {
            "signal_efficiency": signal_efficiency.tolist(),
            "background_efficiency": background_efficiency.tolist(),
            "background_efficiency_error": (0.01 * np.sqrt(background_efficiency)).tolist(),
        },
        "efficiency_profile": {
            "edges_gev": spectra_edges.tolist(),
            "inclusive": inclusive,
            "value": profile,
            "error": [[0.03 * v**0.5 for v in row] for row in profile],
        },
        "score_profile": {
            "edges_gev": spectra_edges.tolist(),
            **{role: {"value": v.tolist(), "error": (0.01 + 0 * v).tolist()} for role, v in mean.items()},
        },
        "spectra": {
            "edges_gev": EDGES.tolist(),
            "pass": _weighted(rng, kept, 0.01),
            "fail": _weighted(rng, np.maximum(40 * _FALL - kept, 0), 0.01),
            "inclusive": _weighted(rng, 40 * _FALL, 0.01),
            "signal_pass": _weighted(rng, 3 * _PEAK, 0.002),
            "signal": _weighted(rng, 6 * _PEAK, 0.002),
        },
        "divergence": _divergence(rng, jsd),
        "slices": _slices(rng, x),
        "jsd": {
            "background_efficiency": scan.tolist(),
            "value": (4e-4 / scan + jsd * (1 - scan)).tolist(),
            "error": (2e-4 / scan).tolist(),
            "floor": (2e-4 / scan).tolist(),
        },
        "scores": {
            "edges": scores.tolist(),
            "signal": _weighted(rng, x**1.5, 0.002),
            "background": _weighted(rng, 8 * (1 - x)),
            "data": {"sumw": data, "sumw2": data},
        },
    }


def _divergence(rng, jsd):
    """How a JSD adds up over the bins."""
    terms = rng.uniform(0, 2, len(_CENTRES))
    terms *= jsd / terms.sum()
    numbers = {"jsd": terms, "cumulative": np.cumsum(terms)}
    return {
        "edges_gev": EDGES.tolist(),
        "passed": (1.5 * terms).tolist(),
        "reference": (0.5 * terms).tolist(),
        **{key: {"value": v.tolist(), "error": (0.1 * v).tolist()} for key, v in numbers.items()},
    }


def _slices(rng, x):
    """Scores in five slices of the mass; the signal is in the second."""
    empty = {"sumw": [0.0] * len(x), "sumw2": [0.0] * len(x)}
    rows = {
        "background": [_weighted(rng, 8 * (1 - x)) for _ in range(5)],
        "signal": [_weighted(rng, x**1.5, 0.002) if i == 1 else empty for i in range(5)],
    }
    lists = {role: {key: [row[key] for row in own] for key in ("sumw", "sumw2")} for role, own in rows.items()}
    return {"edges_gev": np.linspace(105, 160, 6).tolist(), "edges": np.linspace(0, 1, 51).tolist(), **lists}


def spurious_signal(strength):
    """Key "spurious_signal" of a file of fits/: a bump that a larger strength takes away."""
    ratio = 3 / (1 + strength)
    return {
        **{"n_sp": 2 * ratio, "n_sp_over_error": ratio, "n_sp_over_expected": ratio, "template_error": 0.3},
        **{"mass_gev": 125, "zeta": 0.0, "passes": ratio < 0.2, "passes_relaxed": ratio < 0.4, "functions": []},
    }


def injection(strength):
    """Key "injection" of a file of fits/: a bump hunt that is fooled the less, the larger the strength."""
    bump = 3 / (1 + strength)
    return {
        **{"limit_expected": 0.8, "limit_band": [0.4, 0.6, 0.8, 1.1, 1.5], "expected_signal": 60.0},
        "injected": [
            {
                "strength": injected,
                "fitted": _number(bump + injected, 0.4) | {"error_low": 0.4, "error_high": 0.4},
                **{"error_template": 0.1, "significance": bump + injected, "limit": 0.8 + bump + injected},
            }
            for injected in (0.0, 1.0)
        ],
    }


def comparison(bkg="ttyy", methods=None):
    """Content of metrics/{bkg}/comparison.json."""
    points = [point for method in METHODS for point in metrics(method, bkg)["points"]]
    fits = {(p["method"], p["tag"]): fit() | {"spurious_signal": spurious_signal(p["strength"])} for p in points}
    return {
        "background": bkg,
        **compare(points, fits, methods=methods or METHODS, of_expected=0.1, of_error=0.2, settings=WORKING_POINT),
        "provenance": {},
    }


def fit(scale=1.0, bump=0.0, seed=4):
    """Content of a file of fits/: a spectrum that falls, with a bump in the window that the fit does not know."""
    rng = np.random.default_rng(seed)
    expected = 40 * scale * _FALL
    simulated = float((expected * (1 + bump * _PEAK))[_WINDOW].sum())
    result = {
        "function": "exp1",
        "chi2": 43.2,
        "ndf": 43,
        "p_value": 0.46,
        "slope": _number(1 / 28, 0.0007),
        "window_yield": _number(expected[_WINDOW].sum(), 4.1 * scale**0.5),
    }
    return {
        **result,
        "order": 1,
        "status": "fitted",
        "reason": "",
        "parameters": [{"name": "slope", "value": 1 / 28, "error": 0.0007}],
        "window_simulated": _number(simulated, 5.0 * scale**0.5),
        "pull": -0.4,
        "kappa": 0.05,
        "orders": {"1": {**result, "aic": 1.0, "bic": 2.0}},
        "order_choice": {"p_value": 0.7, "chosen": 1},
        "spectrum": {"edges_gev": EDGES.tolist(), **_weighted(rng, expected * (1 + bump * _PEAK))},
        "model": {"expected": expected.tolist(), "error": (0.03 * expected).tolist()},
        "provenance": {},
    }


def not_fitted():
    """The same with too few events."""
    empty = dict.fromkeys(("chi2", "ndf", "p_value", "pull"))
    return {
        **fit(0.02),
        **empty,
        "status": "not_fitted",
        "reason": "3.1 effective events in the sidebands",
        "model": None,
    }


def category(name, channel, scale, fitted=True, seed=5):
    """One entry of "categories" of categories/{bkg}.json."""
    rng = np.random.default_rng(seed)
    spectrum = _spectrum(rng)
    for part in ("background", "signal"):
        spectrum[part] = {k: (np.array(v) * scale ** (1 + (k == "sumw2"))).tolist() for k, v in spectrum[part].items()}
    counts = rng.poisson(np.where(_WINDOW, 0, 40 * scale * _FALL)).astype(float).tolist()
    spectrum["data"] = {"sumw": counts}
    full = fit(scale) if fitted else not_fitted()
    return {
        "name": name,
        "channel": channel,
        "score_low": 0.8,
        "score_high": 1.0,
        "signal": 12.0 * scale**0.3,
        "background": 190 * scale,
        "background_error": 8 * scale**0.5,
        "significance": 1.1,
        "jsd": _jsd(9e-4),
        "fit": {key: value for key, value in full.items() if key not in ("spectrum", "model", "provenance")},
        "spurious_signal": None,
        "function_choice": {
            "function": "exp1",
            "decided": "undecided" if name == "Had 1" else "passes",
            "more_events": 11.8 if name == "Had 1" else None,
            "uncertainty": 0.4,
            "tried": [{"function": "exp1", "n_sp": 0.3, "error": 4.0, "template_error": 0.4}],
        },
        "spectrum": spectrum,
        "model": full["model"],
        "data": {"sideband_events": sum(counts), "window_events": None, "fit": None},
    }


def categories():
    """Content of categories/{bkg}.json."""
    rows = [
        ("Lep 1", "leptonic", 0.03, False),
        ("Lep 2", "leptonic", 0.1, True),
        ("Had 1", "hadronic", 0.08, True),
        ("Had 2", "hadronic", 0.3, True),
        ("Had 3", "hadronic", 0.6, True),
    ]
    judged = {(row["method"], row["tag"]): row for row in comparison()["points"]}
    candidates = [
        {
            "method": method,
            "strength": strength,
            "tag": strength_tag(strength),
            "rejection": 5.0 + i,
            "significance": 2.4 - 0.01 * i,
            "jsd_over_floor": 1.2 + i,
            "compatible": strength > 3,
            "passes": strength > 3,
            "acceptance": judged[method, strength_tag(strength)]["acceptance"],
        }
        for method, settings in METHODS.items()
        for i, strength in enumerate(settings["strengths"])
    ]
    return {
        "working_point": {
            "method": "ann",
            "strength": 30,
            "tag": "30",
            "criterion": "significance",
            "reason": "best significance among the accepted points",
        },
        "candidates": candidates,
        "categories": [category(*row, seed=i) for i, row in enumerate(rows)],
        "combined": {
            "significance": 2.46,
            "significance_pyhf": 2.44,
            "cls_upper_limit_mu": {"expected": 0.81, "band": [0.43, 0.58, 0.81, 1.14, 1.55], "observed": None},
        },
        "provenance": {},
    }


def _combined(chosen):
    """The sensitivity of the categories, as the summary has it."""
    mu = {"expected": {"value": 1.0, "error_low": 0.41, "error_high": 0.46}, "observed": None}
    alone = {"mu": mu, "cls_upper_limit_mu": {"expected": 1.9, "band": None, "observed": None}}
    names = [row["name"] for row in chosen["categories"]]
    impacts = [("all", 2.38, 0.0, 0.0), ("luminosity", 2.44, 0.01, 0.02)]
    quoted = {"significance_fit": 2.44, "mu": mu, "cls_upper_limit_mu": chosen["combined"]["cls_upper_limit_mu"]}
    other = {"significance_fit": 2.61, "mu": mu, "cls_upper_limit_mu": {"expected": 0.74, "observed": None}}
    return chosen["combined"] | {
        "spurious_signal_correlation": {"quoted": "common", "common": quoted, "independent": other},
        "significance_fit": 2.44,
        "mu": mu,
        "significance_toys": {"significance": 2.4, "error": 0.02},
        "per_category": [{"name": name, "significance": 1.1, "significance_toys": None, **alone} for name in names],
        "impacts": [
            {"name": name, "significance": z, "mu": mu["expected"], "impact_low": low, "impact_high": high}
            for name, z, low, high in impacts
        ],
    }


def _bare(content, *keys):
    return {key: value for key, value in content.items() if key not in keys}


def curves(bkg="ttyy"):
    """Contents of the metrics JSON of all methods, and of the fits JSON of all points."""
    measured = [metrics(method, bkg) for method in METHODS]
    points = [point for table in measured for point in table["points"]]
    names = [{"background": bkg, "method": point["method"], "tag": point["tag"]} for point in points]
    return measured, [{**name, **fit(seed=i)} for i, name in enumerate(names)]


def summary(backgrounds=("ttyy",)):
    """Content of summary.json."""
    cutflow = [["generated", 10000, 161.2], ["two photons", 4000, 63.1], ["channel", 2500, 39.8]]
    chosen = categories()
    return {
        "study": "toy",
        "title": "Toy photons",
        "blind": True,
        "stages": ["fits", "categories"],
        "warnings": ["ttyy: ann: the adversary did not beat the entropy"],
        "provenance": {"unsculpt": "0.1.0", "python": "3.11"},
        "unsculpt": "0.1.0",
        "config_digest": "0123456789ab",
        "luminosity_fb": 140,
        "samples": {
            name: {
                "events_read": 10000,
                "events_selected": 2500,
                "sum_weights": 39.8,
                "cutflow": cutflow,
                "role": sample["role"],
                "generator": "Pythia 8.317",
            }
            for name, sample in SAMPLES.items()
        },
        "backgrounds": {bkg: _summary_of_background(bkg, chosen) for bkg in backgrounds},
    }


def _layer(network, inputs, outputs):
    about = {"activation": "relu", "batch_normalisation": False, "dropout": 0}
    return {"network": network, "layer": 1, "shape": [inputs, outputs], "parameters": (inputs + 1) * outputs, **about}


def _summary_of_background(bkg, chosen):
    correlations = {entry["name"]: entry["correlation"]["background"]["value"] for entry in features()["features"]}
    points = [point for method in METHODS for point in metrics(method, bkg)["points"]]
    rows = {(row["method"], row["tag"]): row for row in comparison(bkg)["points"]}
    bare_fit = _bare(fit(), "spectrum", "model", "provenance")
    return {
        "correlations": correlations,
        "importance": importance()["importance"],
        "networks": {"nn": [_layer("classifier", 23, 16), _layer("classifier", 16, 1)], "ann": []},
        "points": [
            {
                **_bare(p, "curves"),
                "fit": bare_fit,
                "spurious_signal": _bare(spurious_signal(p["strength"]), "functions"),
                "injection": injection(p["strength"]),
                **{key: rows[p["method"], p["tag"]][key] for key in ("acceptance", "sculpts")},
            }
            for p in points
        ],
        "initial": {"fit": bare_fit, "spurious_signal": None, "injection": None},
        "working_point": chosen["working_point"],
        "candidates": chosen["candidates"],
        "categories": [_bare(c, "spectrum", "model") for c in chosen["categories"]],
        "combined": _combined(chosen),
        "comparison": _bare(comparison(bkg), "background", "provenance"),
    }


def leave_out(content, *names):
    """A summary as it is without these stages."""
    gone = [stage for stage in stages.STAGES if stage.name in names]
    points = {"fit": None, "spurious_signal": None, "injection": None} if "fits" in names else {}
    candidates = {"significance": None, "significance_optimised": None} | ({"passes": None} if points else {})
    backgrounds = {
        bkg: background
        | {key: None for stage in gone for key in stage.keys}
        | {"points": [point | points for point in background["points"]]}
        | {"candidates": [row | candidates for row in background["candidates"]]}
        for bkg, background in content["backgrounds"].items()
    }
    kept = [name for name in content["stages"] if name not in names]
    return content | {"stages": kept, "backgrounds": backgrounds}
