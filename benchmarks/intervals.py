"""Do intervals cover when nobody knows the function? `python benchmarks/intervals.py [--quick] [--strength]`.

Toys of spectra from 105 to 160 GeV, window 120 to 130, whose background is none of the functions of the fits but an
exponential and two powers, come with a template of 8 or 300 times their events, with its own fluctuations. Both are
treated as a category of a study treats them: below 50 events in the sidebands the shape is that of the template, the
function of the data is a discrete nuisance parameter, and what the template still misses is added. Beside it stand
intervals of one function: of the one that a likelihood ratio chooses, and of one exponential.

`--strength` counts the coverage of intervals of mu in categories of few events instead, by the asymptotic formula and
by toys. The last line is one JSON object.
"""

import argparse
import json
import os
import sys
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy starts its threads
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import numpy as np  # noqa: E402
from scipy.stats import chi2  # noqa: E402

from unsculpt import axes, fits, shapes  # noqa: E402
from unsculpt.fits import discrete  # noqa: E402
from unsculpt.fits.intervals import Extrapolation, ends  # noqa: E402
from unsculpt.likelihood import Channel, Nuisances, construction  # noqa: E402
from unsculpt.likelihood.combination import discovery, lowest_mu  # noqa: E402
from unsculpt.likelihood.descent import fit  # noqa: E402
from unsculpt.likelihood.simultaneous import build, constraint_centres  # noqa: E402

AXIS = axes.spectrum(np.linspace(105, 160, 56), (120, 130))
CENTRES, INSIDE = shapes.centres(AXIS.edges), AXIS.in_window
EVENTS, TEMPLATES = (30, 100, 1000, 3000), (8, 300)
SETTINGS = fits.Settings()
PER_TEMPLATE = 25  # data sets that share a template
FEW = ((1,), (3,), (1, 2), (1, 2, 3), (1, 2, 3, 1))  # background in the windows of categories
MORE = ((5,), (5,) * 4, (10,), (10,) * 4, (20,) * 4)  # by the asymptotic formula alone
THROWN = 150  # toys of the construction for each data set


def truths():
    """Backgrounds by name, shape (B,), of one event."""
    t = CENTRES - 105
    two = [share * np.exp(-slope * t) / np.exp(-slope * t).sum() for share, slope in ((0.7, 0.005), (0.3, 0.15))]
    shapes_ = {
        "exponential .025": np.exp(-0.025 * t),
        "curvature 1e-4": np.exp(-0.025 * t - 1e-4 * t**2),
        "curvature 3e-4": np.exp(-0.025 * t - 3e-4 * t**2),
        "m^-4": (CENTRES / 105) ** -4.0,
        "m^-8": (CENTRES / 105) ** -8.0,
        "two exponentials": sum(two),
        "dijet": (1 - CENTRES / 250) ** 6 * (CENTRES / 250) ** -(1 + 1.5 * np.log(CENTRES / 250)),
        "turn-on": np.exp(-0.025 * t) / (1 + np.exp(-(CENTRES - 107) / 4)),
    }
    return {name: shape / shape.sum() for name, shape in shapes_.items()}


def toys(expected, number, rng):
    """Data sets that a fit takes."""
    counts = rng.poisson(expected, size=(number, len(expected))).astype(float)
    low, high = (counts[:, side].sum(1) for side in AXIS.sidebands)
    return counts[(low + high >= SETTINGS.min_sideband_events) & (np.minimum(low, high) >= 1)]


def of_one_function(counts):
    """Intervals of one exponential, and of the first or second order by likelihood ratio: pairs of arrays (T,)."""
    one, two = (Extrapolation.of(AXIS, order) for order in (1, 2))
    fitted, length = [known.fit(counts) for known in (one, two)], np.ones(len(counts))
    single, double = (ends(known, counts, fit, length) for known, fit in zip((one, two), fitted, strict=True))
    second = chi2.sf(2 * (fitted[0].nll - fitted[1].nll), 1) < SETTINGS.order_p_value
    return single, tuple(np.where(second, b, a) for a, b in zip(single, double, strict=True))


def of_data(counts, expected, times, rng):
    """Intervals as a category quotes them, each with a template of so many times the events: low and high, (T,)."""
    low, high = np.empty((2, len(counts)))
    for rows in np.array_split(np.arange(len(counts)), max(1, len(counts) // PER_TEMPLATE)):
        content = rng.poisson(times * expected)
        template = content / times, content / times**2
        few = SETTINGS.borrow_slope_below > counts[rows][:, ~INSIDE].sum(1)
        for borrowed in (False, True):
            part = rows[few == borrowed]
            if len(part):
                options = {"template": template, "borrowed": borrowed}
                found, added, _ = discrete.intervals(counts[part], AXIS, SETTINGS.interval, **options)
                low[part], high[part] = found.low - added[0], found.high + added[1]
    return low, high


def coverage(name, shape, events, number, rng):
    """Coverage of each interval of one truth, and median widths over that of one exponential."""
    expected = events * shape
    counts, true = toys(expected, number, rng), expected[INSIDE].sum()

    def covers(interval):
        return float(((interval[0] <= true) & (true <= interval[1])).mean())

    single, chosen = of_one_function(counts)
    row = {"truth": name, "events": events, "toys": len(counts), "exp1": covers(single), "chosen": covers(chosen)}
    width = np.median(single[1] - single[0])
    alone, _, _ = discrete.intervals(counts, AXIS, SETTINGS.interval)
    row |= {"envelope": covers((alone.low, alone.high)), "width": float(np.median(alone.high - alone.low) / width)}
    for times in TEMPLATES:
        low, high = of_data(counts, expected, times, rng)
        row |= {f"quoted_{times}": covers((low, high)), f"width_{times}": float(np.median(high - low) / width)}
    return row


def yields(number, rng):
    """Print the table of the window yields, as Markdown; return what the last line says."""
    print("| truth | events | `exp1` | chosen | envelope (width) | quoted, template 8 times | 300 times |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for name, shape in truths().items():
        for events in EVENTS:
            with np.errstate(all="ignore"):
                row = coverage(name, shape, events, number, rng)
            rows.append(row)
            cells = [f"{row['envelope']:.3f} ({row['width']:.2f})"]
            cells += [f"{row[f'quoted_{times}']:.3f} ({row[f'width_{times}']:.2f})" for times in TEMPLATES]
            print(
                f"| {name} | {events:,} | {row['exp1']:.3f} | {row['chosen']:.3f} | " + " | ".join(cells) + " |",
                flush=True,
            )
    quoted = [row[f"quoted_{times}"] for row in rows for times in TEMPLATES]
    return {"quoted": [min(quoted), max(quoted)], "rows": rows}


def categories(backgrounds):
    """The likelihood of categories with these backgrounds in the window, borrowed slopes, signals of twice the root."""
    fall = np.exp(-CENTRES / 28)
    fall, peak = fall / fall[INSIDE].sum(), shapes.CrystalBall(1.0, 125.0, 1.7, 1.6, 6.0, 1.5, 15.0).bins(AXIS.edges)
    channels = [
        Channel(f"c{i}", AXIS, b * fall, 1, 2 * np.sqrt(b) * peak, slope_prior=(1 / 28, 0.007))
        for i, b in enumerate(backgrounds)
    ]
    spurious = {c.name: 0.1 * float(c.signal.sum()) for c in channels}
    return build(channels, Nuisances(0.017, spurious, {c.name: 0.03 for c in channels}))


def strength(backgrounds, mu, number, rng):
    """Coverage of both kinds of intervals of a signal strength; without signal also how often sqrt(q0) exceeds two."""
    model = categories(backgrounds)
    data = rng.poisson(model.expected(mu), size=(number, *model.signal.shape)).astype(float)
    centres = constraint_centres(model, number, rng)
    best = fit(model, data, lower=lowest_mu(model), centres=centres)
    there = fit(model, data, mu=mu, start=best, centres=centres)
    sound = best.converged & there.converged
    row = {"backgrounds": backgrounds, "mu": mu, "asymptotic": float((2 * (there.nll - best.nll) < 1)[sound].mean())}
    if backgrounds in FEW:
        found = construction.p_values(model, data, mu, toys=THROWN, rng=rng, centres=centres)
        sound &= np.isfinite(found)
        row["toys"] = float((found[sound] >= 1 - construction.LEVEL).mean())
    row["failed"] = int((~sound).sum())
    if mu == 0:
        row["beyond_two"] = float(np.mean(discovery(model, data, centres=centres) > 2))
    return row


def strengths(number, rng):
    """Print the table of the signal strengths, as Markdown; return what the last line says."""
    print("| background in the windows | mu | asymptotic | toys | sqrt(q0) > 2 | failed |\n|---|---|---|---|---|---|")
    rows = []
    for backgrounds in FEW + MORE:
        for mu in (0.0, 1.0, 2.0):
            row = strength(backgrounds, mu, number if backgrounds in FEW else 4 * number, rng)
            rows.append(row)
            cells = [f"{row[key]:.3f}" if key in row else "" for key in ("asymptotic", "toys", "beyond_two")]
            print(
                f"| {', '.join(map(str, backgrounds))} | {mu:g} | {' | '.join(cells)} | {row['failed']} |", flush=True
            )
    toys = [row["toys"] for row in rows if "toys" in row]
    return {"toys": [min(toys), max(toys)], "rows": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer toys")
    parser.add_argument("--strength", action="store_true", help="signal strengths of categories of few events")
    parser.add_argument("--toys", type=int, help="toys a row")
    options = parser.parse_args()
    number = options.toys or (100 if options.quick else 500)
    work = strengths if options.strength else yields
    print(json.dumps(work(number, np.random.default_rng(5))))


if __name__ == "__main__":
    main()
