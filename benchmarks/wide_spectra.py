"""Signals on backgrounds of unknown shape, in narrow and wide ranges: `python benchmarks/wide_spectra.py [--quick]`.

Toys of a power law or of two exponentials with a signal are fitted by signal plus background over the whole range. The
order rises while the likelihood ratio of the next has p < 0.05, as in `fits` and in `real_spectra.py`: of the
exponential of a polynomial, of the power law, and, for fewer toys, in the envelope of both (`fits.envelope`). Counts
pulls of the signal, coverage of its 68 % interval, and how often the goodness of fit rejects what was fitted. The last
line is one JSON object.
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

from unsculpt import fits, shapes  # noqa: E402
from unsculpt.likelihood import poisson_glm  # noqa: E402

RANGES = ((105, 160), (100, 220), (80, 300))  # GeV, bins of 1 GeV
FAMILIES = {"exponential": ("exp1", "exp2", "exp3"), "power law": ("pow1", "pow2")}
TRUTHS = {
    "m^-4": lambda m: m**-4.0,
    "m^-8": lambda m: m**-8.0,
    "two exponentials": lambda m: 0.7 * np.exp(-0.005 * (m - 105)) + 0.3 * np.exp(-0.15 * (m - 105)),
}
SIGNAL = shapes.CrystalBall(1.0, 125.0, 1.7, 1.6, 6.0, 1.5, 15.0)
THRESHOLD = 0.05  # p-value of the likelihood ratio below which the order rises
REJECTED = 0.01  # p-value of the fit below which a study does not accept it


def spectrum(truth, edges, events):
    """Background of so many events from 105 to 160 GeV, and a signal of twice the root of that within 120-130."""
    m = shapes.centres(edges)
    shape = TRUTHS[truth](m)
    background = events * shape / shape[(m > 105) & (m < 160)].sum()
    return background, 2 * np.sqrt(background[(m > 120) & (m < 130)].sum()) * SIGNAL.bins(edges)


def by_likelihood_ratio(counts, edges, signal, functions):
    """Of the function that the likelihood ratio chooses: strength of the signal, error, order, p-value, each (T,)."""
    strength, error, order, p_value, below = (np.zeros(len(counts)) for _ in range(5))
    rising = np.ones(len(counts), bool)
    for i, name in enumerate(functions):
        function = shapes.function(name)
        fit = poisson_glm(counts, function.basis(edges), signal, exposure=shapes.relative_widths(edges))
        gain = 2 * (below - fit.nll)
        rising &= fit.converged & ((chi2.sf(np.maximum(gain, 0.0), 1) < THRESHOLD) if i else True)
        strength[rising], order[rising] = fit.mu[rising], function.order
        error[rising], below = np.sqrt(fit.covariance[rising, 0, 0]), fit.nll
        p_value[rising] = pearson(counts, fit.expected, function.parameters + 1)[rising]
    return strength, error, order, p_value


def pearson(counts, expected, parameters, merged=5):
    """p-values of Pearson's chi2, (T,), in bins of 5 GeV that expect five events or more."""
    last = counts.shape[1] // merged * merged
    n, e = (part[:, :last].reshape(len(part), -1, merged).sum(2) for part in (counts, expected))
    full = e >= 5
    return chi2.sf((np.where(full, (n - e) ** 2, 0.0) / e).sum(1), full.sum(1) - parameters)


def by_envelope(counts, edges, signal, functions):
    """Strength and error of the envelope; NaN where it has no interval."""
    rows = [fits.envelope(spectrum, edges, signal, functions) for spectrum in counts]
    known = [(r["n_signal"], (r["high"] - r["low"]) / 2) if r else (np.nan, np.nan) for r in rows]
    return np.array(known).T


def summary(strength, error, order=None, p_value=None):
    """Pulls and coverage of toys with signal strength one."""
    sound = np.isfinite(strength) & (error > 0)
    pull = (strength[sound] - 1) / error[sound]
    row = {"mean": float(pull.mean()), "width": float(pull.std()), "coverage": float(np.mean(np.abs(pull) < 1))}
    row |= {"failed": int((~sound).sum()), "error": float(np.median(error[sound]))}
    if order is None:
        return row | {"order": None, "rejected": None}
    return row | {"order": float(order[sound].mean()), "rejected": float(np.mean(p_value[sound] < REJECTED))}


def measure(number, rng):
    """All rows: truth, range, events, method, and what `summary` says."""
    for truth in TRUTHS:
        for low, high in RANGES:
            edges = np.arange(low, high + 1.0)
            for events in (1000, 10000, 100000):
                background, signal = spectrum(truth, edges, events)
                counts = rng.poisson(background + signal, size=(number, len(signal))).astype(float)
                row = {"truth": truth, "range": f"{low}-{high}", "events": events}
                for family, functions in FAMILIES.items():
                    found = by_likelihood_ratio(counts, edges, signal, functions)
                    yield row | {"method": family} | summary(*found)
                every = sum(FAMILIES.values(), ())
                found = by_envelope(counts[: number // 10], edges, signal, every)
                yield row | {"method": "envelope"} | summary(*found)


def table(measured, rows):
    """The measured rows as Markdown, three to a line; they are appended to `rows`."""
    yield "| truth | range (GeV) | events | exponential | power law | envelope |"
    yield "|---|---|---|---|---|---|"
    for row in measured:
        rows.append(row)
        if row["method"] == "envelope":
            yield "| {truth} | {range} | {events:,} | ".format(**row) + " | ".join(map(cell, rows[-3:])) + " |"


def cell(row):
    """Pulls, coverage, and for one family the mean order and how often its fit is rejected."""
    text = f"{row['mean']:+.2f} ± {row['width']:.2f}, {row['coverage']:.2f}"
    return text if row["order"] is None else f"{text}; {row['order']:.1f}, {row['rejected']:.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer toys")
    number = 200 if parser.parse_args().quick else 1000
    rows = []
    print("\n".join(table(measure(number, np.random.default_rng(1)), rows)), flush=True)
    print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()
