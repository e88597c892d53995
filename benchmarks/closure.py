"""How right the fits are: `python benchmarks/closure.py [--quick] [--figure docs/figures/closure.png]`.

Toys of falling spectra (exponential of slope 0.025/GeV, for order 2 with curvature 1e-4/GeV^2; 105-160 GeV, window
120-130) are fitted by the code of the pipeline:

- pulls and coverage of the yield extrapolated into the window, and of a signal strength mu;
- how often a second order is taken where the truth has one;
- whether an injected signal comes back;
- coverage and p-values of unequal weights, and the share of spectra that are refused;
- how many sideband fits a second one core makes.

A pull is the signed root of the profile likelihood ratio at the truth; "Gaussian" pulls are (fitted - true) / error.
The last line is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy starts its threads: the rates are those of one core
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import numpy as np  # noqa: E402
from scipy.stats import chi2  # noqa: E402

from unsculpt import axes, fits, shapes  # noqa: E402
from unsculpt.fits.goodness import f_test  # noqa: E402
from unsculpt.likelihood import poisson_glm  # noqa: E402

AXIS = axes.spectrum(np.linspace(105, 160, 56), (120, 130))
EDGES = AXIS.edges
CENTRES, INSIDE = shapes.centres(EDGES), AXIS.in_window
SIGNAL = shapes.CrystalBall(1.0, 125.0, 1.7, 1.6, 6.0, 1.5, 15.0).bins(EDGES)
EVENTS = (20, 50, 100, 300, 1000, 10_000, 100_000)
CURVATURE = {1: 0.0, 2: 1e-4}  # 1/GeV^2, of the truth for each order of the fit
STRENGTHS = (0.0, 0.5, 1.0, 2.0, 4.0)
WEIGHTS = (  # name, parameter, events
    *(("lognormal", sigma, events) for sigma, events in ((1.0, 1000), (1.5, 500), (1.5, 5000), (1.5, 20_000))),
    *(("lognormal", 2.0, events) for events in (500, 2000, 5000, 20_000)),
    *(("ten times larger above", edge, events) for edge, events in ((130, 500), (130, 5000), (145, 5000))),
    ("mixture of one and ten", 0, 5000),
)
ROOT = Path(__file__).resolve().parents[1]


def truth(events, order):
    """Expected events in each bin."""
    shape = np.exp(-0.025 * CENTRES - CURVATURE[order] * (CENTRES - 132.5) ** 2)
    return events * shape / shape.sum()


def expected_signal(events, order):
    """Signal of twice the square root of the background in the window."""
    return 2 * np.sqrt(truth(events, order)[INSIDE].sum()) * SIGNAL


def moments(pulls):
    """Mean, width and share within one of pulls."""
    return {"mean": float(pulls.mean()), "width": float(pulls.std()), "coverage": float((np.abs(pulls) < 1).mean())}


def window_closure(events, order, toys, rng):
    """Pulls of the extrapolated yield; toys that the guards refuse are counted apart."""
    expected = truth(events, order)
    counts = rng.poisson(expected, size=(toys, len(expected))).astype(float)
    sides = [counts[:, half & ~INSIDE].sum(1) for half in (CENTRES < 125, CENTRES > 125)]
    usable = (sides[0] + sides[1] >= 10) & (np.minimum(*sides) >= 1)
    counts = counts[usable]
    value, error, converged = fits.sideband_yields(counts, AXIS, function=order)
    true = expected[INSIDE].sum()
    pulls = fits.profile_distance(counts, AXIS, true, function=order)
    failed = int((~(converged & np.isfinite(error) & (error > 0) & np.isfinite(pulls))).sum())
    return {
        "events": events,
        "order": order,
        "relative_error": float(np.median(error) / true),
        "refused": float(1 - usable.mean()),
        "failed": failed,
        **moments(pulls),
        "gaussian": moments((value - true) / error),
    }


def strength_closure(events, order, mu, toys, rng):
    """Pulls of the signal strength of fits of signal plus background to the full range."""
    signal, basis = expected_signal(events, order), shapes.basis(EDGES, order)
    counts = rng.poisson(truth(events, order) + mu * signal, size=(toys, len(signal))).astype(float)
    best = poisson_glm(counts, basis, signal)
    fixed = poisson_glm(counts, basis, signal, mu_start=mu, fit_mu=False)
    pulls = np.sign(best.mu - mu) * np.sqrt(np.maximum(2 * (fixed.nll - best.nll), 0.0))
    sound = best.converged & fixed.converged & np.isfinite(pulls)
    failed = int((~sound).sum())
    return {"events": events, "order": order, "mu": mu, "failed": failed, **moments(pulls[sound])}


def false_orders(events, toys, rng):
    """Share of toys with one exponential in which each criterion takes two."""
    counts = rng.poisson(truth(events, 1), size=(toys, len(CENTRES))).astype(float)
    side = ~INSIDE
    one, two = (poisson_glm(counts[:, side], shapes.basis(EDGES, order)[side]) for order in (1, 2))
    gain = 2 * (one.nll - two.nll)
    curves = [np.exp(fit.beta @ shapes.basis(EDGES, order).T) for order, fit in ((1, one), (2, two))]
    tests = [f_test(c, low, high, side, 3) for c, low, high in zip(counts[:2000], *curves, strict=False)]
    return {
        "events": events,
        "likelihood_ratio": float((chi2.sf(np.maximum(gain, 0), 1) < 0.05).mean()),
        "f_test": float(np.mean([p is not None and p < 0.05 for p in tests])),
        "aic": float((gain > 2).mean()),
        "bic": float((gain > np.log(counts[:, side].sum(1))).mean()),
    }


def linearity(events, order, toys, rng):
    """Mean fitted strength for injected strengths, and the straight line through them."""
    signal, basis = expected_signal(events, order), shapes.basis(EDGES, order)
    found, errors = [], []
    for mu in STRENGTHS:
        counts = rng.poisson(truth(events, order) + mu * signal, size=(toys, len(signal))).astype(float)
        fitted = poisson_glm(counts, basis, signal).mu
        found.append(float(fitted.mean()))
        errors.append(float(fitted.std() / np.sqrt(toys)))
    (slope, offset), covariance = np.polyfit(STRENGTHS, found, 1, w=1 / np.array(errors), cov="unscaled")
    line = {"slope": slope, "slope_error": covariance[0, 0] ** 0.5, "offset": offset}
    line["offset_error"] = covariance[1, 1] ** 0.5
    numbers = {name: float(value) for name, value in line.items()}
    return {"events": events, "order": order, "fitted": found, "errors": errors, **numbers}


def weighted(kind, parameter, events, rng):
    """One spectrum of an exponential whose sums of weights are expected to be `truth(events, 1)`: sumw, sumw2."""
    expected = truth(events, 1)
    heavy = {  # share of the sum of weights of a bin that events of weight ten have
        "lognormal": np.zeros(len(CENTRES)),
        "ten times larger above": np.where(parameter < CENTRES, 1.0, 0.0),
        "mixture of one and ten": (CENTRES - EDGES[0]) / (EDGES[-1] - EDGES[0]),
    }[kind]
    tens, ones = rng.poisson(heavy * expected / 10), rng.poisson((1 - heavy) * expected)
    if kind != "lognormal":
        return 10.0 * tens + ones, 100.0 * tens + ones
    cell = np.repeat(np.arange(len(CENTRES)), ones)
    weight = np.exp(parameter * rng.standard_normal(len(cell)) - parameter**2 / 2)
    return (np.bincount(cell, w, len(CENTRES)) for w in (weight, weight**2))


def weights_closure(kind, parameter, events, toys, rng):
    """Coverage of the interval of the window yield and p-values of one exponential, of the spectra that are fitted."""
    settings, true = fits.Settings(max_order=1, toys=0), truth(events, 1)[INSIDE].sum()
    spectra = (weighted(kind, parameter, events, rng) for _ in range(toys))
    every = [fits.fit_spectrum(*spectrum, AXIS, settings=settings, engine="glm") for spectrum in spectra]
    found = [fit for fit in every if fit.fitted]
    ends = np.array([[fit.window_yield_interval[key] for key in ("low", "high")] for fit in found])
    return {
        "weights": f"{kind} {parameter:g}" if parameter else kind,
        "events": events,
        "effective": float(np.median([fit.sideband_events for fit in found])),
        "error_events": float(np.median([np.inf if fit.error_events is None else fit.error_events for fit in found])),
        "refused": 1 - len(found) / toys,
        "coverage": float(((ends[:, 0] < true) & (true < ends[:, 1])).mean()),
        "p_below_5_percent": float(np.mean([(1.0 if f.p_value is None else f.p_value) < 0.05 for f in found])),
    }


def rate(order, toys, rng):
    """Sideband fits a second on one core, with the yield in the window and its error: best of three."""
    counts, best = rng.poisson(truth(10_000, order), size=(toys, len(CENTRES))).astype(float), 0.0
    for _ in range(3):
        start = time.process_time()
        fits.sideband_yields(counts, AXIS, function=order)
        best = max(best, toys / (time.process_time() - start))
    return best


def measure(quick, rng):
    """All numbers."""
    toys = 2000 if quick else 20_000
    some = (20, 100, 1000, 10_000) if quick else EVENTS
    grid = [(events, order) for events in some for order in (1, 2)]
    return {
        "window": [window_closure(*point, toys, rng) for point in grid],
        "strength": [strength_closure(*point, mu, toys // 4, rng) for point in grid for mu in (0.0, 1.0)],
        "orders": [false_orders(events, toys // 2, rng) for events in some if events >= 100],
        "linearity": [linearity(events, order, toys // 4, rng) for events in some if events >= 100 for order in (1, 2)],
        "weights": [weights_closure(*case, 50 if quick else 600, rng) for case in WEIGHTS],
        "rate": {f"order_{order}": rate(order, 2000 if quick else 10_000, rng) for order in (1, 2)},
    }


def tables(found):
    """The numbers as Markdown."""
    yield "| events | order | rel. error | pull mean, width | 68 % coverage | Gaussian pull | its coverage | refused |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in found["window"]:
        gauss = row["gaussian"]
        yield (
            f"| {row['events']:,} | {row['order']} | {row['relative_error']:.3f} "
            f"| {row['mean']:+.2f}, {row['width']:.2f} | {row['coverage']:.3f} "
            f"| {gauss['mean']:+.2f}, {gauss['width']:.2f} | {gauss['coverage']:.3f} | {row['refused']:.3f} |"
        )
    yield "\n| events | order | mu | pull mean, width | 68 % coverage | failed |\n|---|---|---|---|---|---|"
    for row in found["strength"]:
        yield (
            f"| {row['events']:,} | {row['order']} | {row['mu']:g} | {row['mean']:+.2f}, {row['width']:.2f} "
            f"| {row['coverage']:.3f} | {row['failed']} |"
        )
    yield "\n| events | likelihood ratio | F-test | AIC | BIC |\n|---|---|---|---|---|"
    for row in found["orders"]:
        rates = " | ".join(f"{row[key]:.3f}" for key in ("likelihood_ratio", "f_test", "aic", "bic"))
        yield f"| {row['events']:,} | {rates} |"
    yield "\n| events | order | slope | offset |\n|---|---|---|---|"
    for row in found["linearity"]:
        numbers = [f"{row[key]:.3f} ± {row[key + '_error']:.3f}" for key in ("slope", "offset")]
        yield f"| {row['events']:,} | {row['order']} | {numbers[0]} | {numbers[1]} |"
    yield from weights_table(found["weights"])


def weights_table(rows):
    """Those of unequal weights as Markdown."""
    yield "\n| weights | events | effective | errors rest on | refused | 68 % coverage | p < .05 |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        yield (
            f"| {row['weights']} | {row['events']:,} | {row['effective']:.0f} | {row['error_events']:.0f} "
            f"| {row['refused']:.2f} | {row['coverage']:.3f} | {row['p_below_5_percent']:.3f} |"
        )


def draw(found, path):
    """Pulls, coverage, false orders and linearity in four panels."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(fname=ROOT / "styles/unsculpt.mplstyle"):
        figure = Figure(figsize=(11, 8), layout="constrained")
        (pulls, coverage), (orders, line) = figure.subplots(2, 2)
        for order, marker in ((1, "o"), (2, "s")):
            window = [row for row in found["window"] if row["order"] == order]
            strength = [row for row in found["strength"] if row["order"] == order and row["mu"] == 1]
            for rows, colour, what in ((window, "#3f90da", "window yield"), (strength, "#bd1f01", r"$\mu$ = 1")):
                events = [row["events"] for row in rows]
                look = {"color": colour, "marker": marker, "linewidth": 1}
                pulls.plot(events, [row["width"] for row in rows], label=f"{what}, order {order}", **look)
                pulls.plot(events, [row["mean"] for row in rows], markerfacecolor="white", **look)
                coverage.plot(events, [row["coverage"] for row in rows], label=f"{what}, order {order}", **look)
            for row in found["linearity"]:
                if row["order"] == order and row["events"] in (100, 10_000):
                    colour = "#717581" if row["events"] == 100 else "#e76300"
                    residual = np.array(row["fitted"]) - STRENGTHS
                    name = f"{row['events']:,} events, order {order}"
                    line.errorbar(STRENGTHS, residual, row["errors"], color=colour, marker=marker, label=name)
        pulls.axhspan(0.95, 1.05, color="0.9")
        pulls.axhspan(-0.1, 0.1, color="0.9")
        pulls.set(xscale="log", xlabel="Events", ylabel="Pull: width (filled), mean (open)", ylim=(-0.4, 1.9))
        coverage.axhspan(0.65, 0.71, color="0.9")
        coverage.set(xscale="log", xlabel="Events", ylabel="Coverage of 68 % intervals", ylim=(0.6, 0.8))
        events = [row["events"] for row in found["orders"]]
        for key, name in (
            ("likelihood_ratio", "likelihood ratio"),
            ("f_test", "F-test"),
            ("aic", "AIC"),
            ("bic", "BIC"),
        ):
            orders.plot(events, [row[key] for row in found["orders"]], marker="o", label=name)
        orders.axhline(0.05, color="0.5", linewidth=1, linestyle="--")
        orders.set(xscale="log", xlabel="Events", ylabel="Share that takes order 2, truth order 1", ylim=(0, 0.3))
        line.axhline(0, color="0.5", linewidth=1, linestyle="--")
        line.set(xlabel=r"Injected $\mu$", ylabel=r"Mean fitted $\mu$ minus injected")
        for panel in (pulls, coverage, orders, line):
            panel.legend(fontsize=9)
        figure.savefig(path, dpi=110)


def summary(found):
    """The figures that are compared with their targets."""
    enough = [row for row in found["window"] if row["events"] >= 100]
    strength = [row for row in found["strength"] if row["events"] >= 100 and row["mu"] == 1]
    intervals = [row["coverage"] for row in found["window"]]
    return {
        "pull_widths": [min(r["width"] for r in enough), max(r["width"] for r in enough)],
        "pull_mean_largest": max((r["mean"] for r in enough), key=abs),
        "coverage": [min(intervals), max(intervals)],
        "failed_window_fits": sum(row["failed"] for row in found["window"]),
        "mu_pull_widths": [min(r["width"] for r in strength), max(r["width"] for r in strength)],
        "mu_pull_mean_largest": max((r["mean"] for r in strength), key=abs),
        "mu_coverage": [min(r["coverage"] for r in strength), max(r["coverage"] for r in strength)],
        "failed_mu_fits": sum(row["failed"] for row in found["strength"]),
        "false_second_order": {str(r["events"]): r["likelihood_ratio"] for r in found["orders"]},
        "linearity_slopes": [min(r["slope"] for r in found["linearity"]), max(r["slope"] for r in found["linearity"])],
        "sideband_fits_per_second": found["rate"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer toys; under a minute")
    parser.add_argument("--figure", type=Path, help="draw the figure into this file")
    options = parser.parse_args()
    with np.errstate(all="ignore"):
        found = measure(options.quick, np.random.default_rng(1))
    print("\n".join(tables(found)))
    if options.figure:
        draw(found, options.figure)
    print(json.dumps(summary(found)))


if __name__ == "__main__":
    main()
