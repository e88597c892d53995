"""How much the choice of the background function scatters: `python benchmarks/function_choice.py [--quick]`.

The significance of seven categories is measured on many simulated templates of the same background, each the weighted
events of half a sample. **likelihood ratio**: the function is what a likelihood-ratio test asks for on the template,
and the error is that of its fit to data. **spurious signal**: the function of fewest parameters whose spurious signal
is small for the data, which enters as an uncertainty (`fits.choice`). For backgrounds that are one exponential, that
are bent a little, and that are a sum of two exponentials; for templates of ever fewer events. The last line is one JSON
object.
"""

import argparse
import json
import os
import sys
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import numpy as np  # noqa: E402
from scipy.stats import chi2  # noqa: E402

from unsculpt import axes, fits, likelihood, shapes  # noqa: E402
from unsculpt.categories.boundaries import excess, uncertainty  # noqa: E402

AXIS = axes.spectrum(np.linspace(105, 160, 56), (120, 130))
PEAK = shapes.CrystalBall(1.0, 125.0, 1.7, 1.6, 6.0, 1.5, 15.0)
SIGNALS, BACKGROUNDS = (2, 3.5, 5, 7, 8, 3, 4), (4, 6, 20, 80, 200, 3, 10)
STATISTICS = (2, 4, 8, 16, 50, 150, 500, 1500)  # simulated events over those of data
SETTINGS = fits.Settings()


def truths():
    """Backgrounds by name, (B,), for one event in the window."""
    m = shapes.centres(AXIS.edges)
    found = {
        "one exponential": np.exp(-(m - 105) / 28),
        "a little bent": np.exp(-(m - 105) / 28 - 2e-5 * (m - 132.5) ** 2),
        "two exponentials": 0.7 * np.exp(-0.005 * (m - 105)) + 0.3 * np.exp(-0.15 * (m - 105)),
    }
    return {name: shape / shape[AXIS.in_window].sum() for name, shape in found.items()}


def by_likelihood_ratio(sumw, sumw2):
    """Index among `SETTINGS.family` of the function of each template, (T,): the last whose p-value is small."""
    side, edges = ~AXIS.in_window, AXIS.edges
    counts, widths = sumw * (sumw.sum(1) / sumw2.sum(1))[:, None], shapes.relative_widths(edges)
    nll = [
        likelihood.poisson_glm(counts[:, side], shapes.basis(edges, f)[side], exposure=widths[side]).nll
        for f in SETTINGS.family
    ]
    return (chi2.sf(2 * (nll[0] - nll[1]), 1) < SETTINGS.order_p_value).astype(int)


def significances(sumw, sumw2, signal, function, spurious):
    """Significance of categories with these templates and signals, (T, B), for functions and spurious signals, (T,)."""
    window = AXIS.in_window
    expected, error, template = np.full((3, len(sumw)), np.nan)
    for index, name in enumerate(SETTINGS.family):
        rows = function == index
        if rows.any():
            found = fits.template_yields(sumw[rows], sumw2[rows], AXIS, function=name)
            expected[rows], error[rows], template[rows] = found[:-1]
    simulated, inside = sumw[:, window].sum(1), signal[:, window].sum(1)
    missed = excess(simulated - expected, np.hypot(template, np.sqrt(sumw2[:, window].sum(1))))
    uncertain = uncertainty(error, spurious, inside, signal.sum(1))
    return likelihood.asimov_significance(inside, expected + missed, uncertain)


def measure(truth, statistics, number, rng):
    """Significance of all categories in each of a number of templates, by rule; shares of templates by category."""
    total = {"likelihood ratio": 0.0, "spurious signal": 0.0, "one function": 0.0}
    shares = {name: [] for name in ("further, likelihood ratio", "further, spurious signal", "undecided")}
    for s, b in zip(SIGNALS, BACKGROUNDS, strict=True):
        sumw = rng.poisson(statistics * b * truth, (number, len(truth))) / statistics
        sumw2, signal = sumw / statistics, np.tile(s * PEAK.bins(AXIS.edges), (number, 1))
        ratio = by_likelihood_ratio(sumw, sumw2)
        choice = fits.of_templates(sumw, sumw2, signal, PEAK, AXIS, settings=SETTINGS)
        rules = {
            "likelihood ratio": (ratio, 0.0),
            "spurious signal": (choice.function, choice.uncertainty),
            "one function": (np.zeros(number, int), 0.0),
        }
        for name, (function, spurious) in rules.items():
            total[name] = total[name] + significances(sumw, sumw2, signal, function, spurious) ** 2
        found = ratio > 0, choice.function > 0, choice.decided == "undecided"
        for share, rows in zip(shares.values(), found, strict=True):
            share.append(float(np.mean(rows)))
    return {name: np.sqrt(squares) for name, squares in total.items()}, shares


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer templates and sizes")
    quick = parser.parse_args().quick
    rng, number, rows = np.random.default_rng(1), 60 if quick else 400, []
    print("| background | simulated / data | rule | mean Z | scatter | further function | undecided |")
    print("|---|---|---|---|---|---|---|")
    for truth, shape in truths().items():
        for statistics in STATISTICS[1::2] if quick else STATISTICS:
            found, shares = measure(shape, statistics, number, rng)
            further = {name.split(", ")[-1]: values for name, values in shares.items()}
            for rule, z in found.items():
                row = {"truth": truth, "statistics": statistics, "rule": rule}
                row |= {"mean": float(z.mean()), "scatter": float(z.std())}
                row["further"] = float(np.mean(further.get(rule, [0.0])))
                row["undecided"] = float(np.mean(shares["undecided"])) if rule == "spurious signal" else None
                rows.append(row)
                undecided = "" if row["undecided"] is None else f"{row['undecided']:.2f}"
                print(
                    f"| {truth} | {statistics} | {rule} | {row['mean']:.2f} | {row['scatter']:.3f} "
                    f"| {row['further']:.2f} | {undecided} |"
                )
    print(json.dumps({"templates": number, "rows": rows}))


if __name__ == "__main__":
    main()
