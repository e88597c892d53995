"""How fast and how right the final fit is: `python benchmarks/combination.py [--quick]`.

Times the combined fit of seven categories, its limit with band, toys, and the exact search for boundaries; counts pulls
and coverage of the signal strength, coverage of CLs limits, and compares significances from toys with the asymptotic
ones in categories of few events, everything with systematic uncertainties. `--injections` counts other pulls instead:
where the background of all categories has a shape that the fit does not know, two exponentials or a bump below the
signal. The last line is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy starts its threads: the times are those of one core
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import numpy as np  # noqa: E402

from unsculpt import axes, fits, shapes  # noqa: E402
from unsculpt.categories import correlation  # noqa: E402
from unsculpt.categories.boundaries import best_boundaries  # noqa: E402
from unsculpt.likelihood import Channel, Nuisances, combined, toys  # noqa: E402
from unsculpt.likelihood.combination import cls, discovery  # noqa: E402
from unsculpt.likelihood.crosscheck import by_pyhf  # noqa: E402
from unsculpt.likelihood.descent import fit  # noqa: E402
from unsculpt.likelihood.simultaneous import COMMON, SPURIOUS, build, constraint_centres  # noqa: E402

AXIS = axes.spectrum(np.linspace(105, 160, 56), (120, 130))
EDGES = AXIS.edges
FALL = np.exp(-shapes.centres(EDGES) / 28)
FALL = FALL / FALL[AXIS.in_window].sum()
SIGNAL = shapes.CrystalBall(1.0, 125.0, 1.7, 1.6, 6.0, 1.5, 15.0)
PEAK = SIGNAL.bins(EDGES)
SIGNALS, BACKGROUNDS = (2, 3.5, 5, 7, 8, 3, 4), (4, 6, 20, 80, 200, 3, 10)


def categories(scale=1.0):
    """Seven categories and their uncertainties, with signal and background `scale` times larger."""
    numbers = enumerate(zip(SIGNALS, BACKGROUNDS, (1, 1, 1, 2, 1, 1, 2), strict=True))
    channels = [Channel(f"c{i}", AXIS, scale * b * FALL, order, scale * s * PEAK) for i, (s, b, order) in numbers]
    spurious = {c.name: 0.1 * float(c.signal.sum()) for c in channels}
    return channels, Nuisances(0.017, spurious, {c.name: 0.03 for c in channels})


def truths():
    """Backgrounds by name, (B,), for one event of smooth background in the window."""
    m = shapes.centres(EDGES)
    two = 0.7 * np.exp(-0.005 * (m - 105)) + 0.3 * np.exp(-0.15 * (m - 105))
    bump = np.exp(-0.5 * ((m - 125) / 4) ** 2)
    return {
        "one exponential": FALL,
        "two exponentials": two / two[AXIS.in_window].sum(),
        "bump of 30 %": FALL + 0.3 * bump / bump[AXIS.in_window].sum(),
    }


def injected(shape, scale, statistics=10):
    """The categories with background of another shape: function (by likelihood ratio) and spurious signal are those of
    a template (without fluctuations) of `statistics` times the data. Returns channels, uncertainties and the truth."""
    channels, uncertain = categories(scale)
    made, spurious, truth = [], {}, np.empty((len(channels), len(PEAK)))
    for row, channel in zip(truth, channels, strict=True):
        row[:] = channel.background[AXIS.in_window].sum() * shape
        fit = fits.fit_spectrum(row, row / statistics, AXIS, settings=fits.Settings(toys=0), engine="glm")
        events, template = float(channel.signal.sum()), (row, row / statistics, EDGES)
        found = fits.spurious_signal(
            *template, lambda m: SIGNAL.moved(m).bins(EDGES), function=fit.function, expected_signal=events
        )
        made.append(replace(channel, background=fit.expected, function=fit.function))
        spurious[channel.name] = abs(found.n_sp)
    return made, replace(uncertain, spurious_signal=spurious), truth


def injections(number, rng):
    """Pulls of mu = 1 for each truth, size of the spurious signal, and assumption on its correlation.

    The bias is in the counts, so the centres of its constraints stay at zero; those of the others vary from toy to toy.
    """
    for name, shape in truths().items():
        for events, scale in (("few", 1.0), ("many", 20.0)):
            channels, measured, truth = injected(shape, scale)
            tenth = replace(measured, spurious_signal={c.name: 0.1 * float(c.signal.sum()) for c in channels})
            for size, uncertain in (("10 %", tenth), ("measured", measured)):
                quoted = correlation.quoted(channels, uncertain).common_spurious_signal
                for common in (False, True):
                    model = build(channels, replace(uncertain, common_spurious_signal=common))
                    counts = rng.poisson(truth + model.signal, size=(number, *truth.shape)).astype(float)
                    centres = constraint_centres(model, number, rng)
                    centres.shared[:, COMMON], centres.local[..., SPURIOUS] = 0.0, 0.0
                    row = {"truth": name, "events": events, "spurious_signal": size, "common": common}
                    row["quoted"] = common == quoted
                    row["functions"] = sorted({c.function.name for c in channels})
                    row["share"] = sum(uncertain.spurious_signal.values()) / float(model.signal.sum())
                    yield row | pulls(model, 1.0, counts, centres)


def inject(number, rng):
    """Print the table of `injections`, as Markdown."""
    print("| background | events | functions | spurious signal | correlation | pulls of mu | covers | error |")
    print("|---|---|---|---|---|---|---|---|")
    rows = []
    for row in injections(number, rng):
        rows.append(row)
        correlated = ("common" if row["common"] else "independent") + (", quoted" if row["quoted"] else "")
        functions = " ".join(row["functions"])
        print(
            f"| {row['truth']} | {row['events']} | {functions} | {row['spurious_signal']} ({row['share']:.2f}) "
            f"| {correlated} | {row['mean']:+.2f} ± {row['width']:.2f} | {row['coverage']:.3f} | {row['error']:.2f} |",
            flush=True,
        )
    print(json.dumps({"rows": rows}))


def seconds(work, repetitions):
    """Best processor time of a function without arguments."""
    times = []
    for _ in range(repetitions):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def throw(model, mu, number, rng):
    """Toys of a signal strength with the centres of their constraints."""
    return rng.poisson(model.expected(mu), size=(number, *model.signal.shape)).astype(float), constraint_centres(
        model, number, rng
    )


def pulls(model, mu, data, centres):
    """Of toys: mean and width of the pulls of mu, coverage of its 68 % interval by the likelihood, failed fits."""
    best = fit(model, data, lower=-5.0, centres=centres)
    there = fit(model, data, mu=mu, start=best, centres=centres)
    pull = (best.mu - mu) / best.mu_error
    sound = best.converged & there.converged & np.isfinite(pull)
    inside = 2 * (there.nll - best.nll)[sound] < 1
    return {
        "mean": float(pull[sound].mean()),
        "width": float(pull[sound].std()),
        "coverage": float(inside.mean()),
        "error": float(np.median(best.mu_error[sound])),
        "failed": int((~sound).sum()),
    }


def limit_coverage(model, mu, number, rng):
    """Fraction of toys of this signal strength whose 95 % CLs limit lies above it."""
    data, centres = throw(model, mu, number, rng)
    return float(np.mean(cls(model, data, mu, centres=centres) > 0.05))


def calibration(background, number, rng):
    """Significance from toys where the asymptotic one is 1 to 5, for one category."""
    channel = Channel("c", AXIS, background * FALL, 1, 6 * PEAK)
    uncertain = Nuisances(0.017, {"c": 0.6}, {"c": 0.03})
    thrown = toys.calibrate(build([channel], uncertain), toys=number, rng=rng, largest=2.0)
    asimov = float(discovery(build([channel], uncertain), build([channel], uncertain).expected(1.0))[0])
    median = toys.calibrate(build([channel], uncertain), toys=number, rng=rng)
    return [(p.asymptotic, p.significance, p.error) for p in toys.curve(thrown)], asimov, toys.expected(median)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer toys; under a minute")
    parser.add_argument("--injections", action="store_true", help="pulls for backgrounds of another shape")
    options = parser.parse_args()
    quick, rng = options.quick, np.random.default_rng(1)
    if options.injections:
        inject(200 if quick else 2000, rng)
        return
    number = 1000 if quick else 10000
    channels, uncertain = categories()
    model = build(channels, uncertain)
    result = {"combined_fit_s": seconds(lambda: fit(model, model.expected(1.0)), 5)}
    result["limit_with_band_s"] = seconds(lambda: combined(channels, uncertain), 1)
    data, centres = throw(model, 0.0, number, rng)
    result["toys_per_s"] = number / seconds(lambda: discovery(model, data, centres=centres), 1)
    merit = np.where(np.triu(np.ones((101, 101)), 1) > 0, rng.exponential(size=(101, 101)), -np.inf)
    result["best_boundaries_s"] = seconds(lambda: best_boundaries(merit, 8), 3)
    ours = combined(channels, uncertain).significance
    result["pyhf_difference"] = abs(by_pyhf(channels, uncertain)[0] - ours)
    print("combined fit {combined_fit_s:.4f} s, limits {limit_with_band_s:.2f} s".format(**result))
    for name, scale in (("few", 1.0), ("many", 20.0)):
        scaled = build(*categories(scale))
        for mu in (0.0, 1.0):
            found = pulls(scaled, mu, *throw(scaled, mu, number, rng))
            print(f"{name} events, mu = {mu:g}: pulls {found['mean']:+.3f} +- {found['width']:.3f}, ", end="")
            print(f"68 % interval covers {found['coverage']:.3f}, {found['failed']} of {number} failed")
            result |= {f"mu_{name}_{mu:g}_{key}": value for key, value in found.items()}
        limit = combined(*categories(scale)).limit_expected
        covered = limit_coverage(scaled, limit, number, rng)
        print(f"{name} events: the 95 % CLs limit covers mu = {limit:.2f} in {covered:.3f}")
        result[f"cls_coverage_{name}"] = covered
    for background in (1.0, 2.0, 5.0, 50.0):
        points, asimov, median = calibration(background, number, rng)
        words = ", ".join(f"{a:g}: {'-' if z is None else f'{z:.2f} +- {e:.2f}'}" for a, z, e in points)
        print(f"background {background:g}: asymptotic: toys = {words}")
        print(f"    expected {asimov:.2f} asymptotic, {median.significance:.2f} +- {median.error:.2f} from toys")
        result[f"toy_shift_at_3_background_{background:g}"] = points[2][1] - 3.0
    print(json.dumps(result))


if __name__ == "__main__":
    main()
