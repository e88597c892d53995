"""How optimistic the quoted significance is: `python benchmarks/optimism.py [--quick] [--run results/tthyy]`.

Without a run: a grid of equal points whose truth is known in closed form (scores of signal and background with
densities 2x and 2(1 - x), an exponential background, a Gaussian signal), simulated again and again. Compared with the
truth of what was chosen are the quoted significance (mean over the parts of what each chose without itself), and the
former one: the best point on the half that measures.

With a finished run: random pairs of disjoint halves, and of disjoint quarters, of its events. One of a pair makes the
whole choice among the points that qualify in the run and are near its best, the other measures the same boundaries on
parts of the same size. The difference that fixed boundaries have between the two, none in the mean, is subtracted.
"published" are the boundaries and the point that all events of the first give.

The last line is one JSON object: optimism in standard deviations of significance, with its error.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy starts its threads
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import numpy as np
import yaml
from scipy.stats import norm

from unsculpt import acceptance, axes, events, files, fits, likelihood, scores, working_point
from unsculpt.categories import Settings, bootstrap, crossfit
from unsculpt.categories import table as categories_table
from unsculpt.categories.boundaries import search
from unsculpt.categories.parts import divide, everything

SIGNAL, BACKGROUND = 40.0, 1000.0  # expected events
SIMULATED = {1: 10_000, 0: 40_000}
MASS, WIDTH, SLOPE = 125.0, 1.7, 28.0  # GeV
CHANNEL = "all events"
NEAR = 0.2  # standard deviations; points of a run that are further behind are never chosen


def toy_settings(**changes):
    """Settings of the toy grid, whose fits are exponentials as its truth is, with changes to `categories`."""
    categories = {"max_per_channel": 3, "score_bins": 20, "min_sideband_events": 10, "min_window_background": 0.8}
    return Settings(
        axis=axes.spectrum(np.linspace(105, 160, 56), (120, 130)),
        channels={CHANNEL: {}},
        categories=categories | {"significance_tolerance": 0.01} | changes,
        fit=fits.Settings(max_order=1, toys=0, borrow_slope_below=0),
        working_point={"spurious_signal": "relaxed"},  # that the points qualify is given
        blind=True,
        metrics={"jsd_base": 2, "bootstrap_replicas": 100},
        seed=1,
    )


def simulate(points, rng, simulated=None):
    """A simulated sample, and the scores of several points that know equally much and nothing of each other."""
    numbers = {label: rng.poisson(number) for label, number in (simulated or SIMULATED).items()}
    label = np.repeat(list(numbers), list(numbers.values())).astype(np.int8)
    n, signal = len(label), label == 1
    fall = 105 - SLOPE * np.log(1 - rng.random(n) * (1 - np.exp(-55 / SLOPE)))
    text = np.full(n, CHANNEL)
    weight = {1: SIGNAL / (simulated or SIMULATED)[1], 0: BACKGROUND / (simulated or SIMULATED)[0]}
    table = events.Events(
        run=np.ones(n, np.int64),
        event=rng.integers(0, 2**60, n),
        sample=np.where(signal, "signal", "background"),
        channel=text,
        region=text,
        label=label,
        fold=np.zeros(n, np.int8),
        mass=np.where(signal, rng.normal(MASS, WIDTH, n), fall),
        weight=np.where(signal, weight[1], weight[0]),
        features=np.zeros((n, 0), np.float32),
        feature_names=(),
    )
    pairs = rng.random((points, 2, n))
    return table, [np.where(signal, pair.max(0), pair.min(0)) for pair in pairs]


def truth(found, settings):
    """The significance that boundaries have with infinitely many simulated events."""
    edges, squares = np.array(settings.axis.edges), 0.0
    shape = np.exp(-edges[:-1] / SLOPE) - np.exp(-edges[1:] / SLOPE)
    inside = np.diff([_below(edge) for edge in settings.axis.window])[0]
    for boundaries in found.values():
        cuts = np.array(boundaries.cuts)
        for signal, background in zip(np.diff(cuts**2), np.diff(1 - (1 - cuts) ** 2), strict=True):
            fit = fits.fit_asimov(BACKGROUND * background * shape / shape.sum(), settings.axis, function="exp1")
            squares += likelihood.asimov_significance(SIGNAL * signal * inside, fit.value, fit.error) ** 2
    return float(np.sqrt(squares))


def _below(mass):
    """Share of the signal below a mass."""
    return norm.cdf(mass, MASS, WIDTH)


def candidates(number):
    """Points of a toy grid, all of which qualify."""
    accepted = {"verdict": acceptance.ACCEPTED}
    judged = {"compatible": True, "passes": True, "acceptance": accepted}
    return [working_point.Candidate("toy", float(i), str(i), 1.0, 0.0, 0.0, 1.0, **judged) for i in range(number)]


def cross(table, some, settings, draws, known_of=None):
    """Each point found without each part, and measured on it with the functions that all events choose."""
    parts, result = divide(table, crossfit.PARTS), []
    for index, score in enumerate(some):
        found = all_boundaries((table, some), index, settings)
        known = (known_of or functions)((table, some), index, found, settings)
        result.append(crossfit.cross(table, score, known, parts=parts, settings=settings, draws=draws))
    return result


def functions(sample, index, found, settings):
    """By channel the background functions that all events of a sample choose for the categories of a point."""
    table, some = sample
    result = {}
    for channel, boundaries in found.items():
        counted = categories_table.count(table, some[index], boundaries, settings, everything(table))
        each = categories_table.expected(boundaries, counted, settings)
        result[channel] = [category and category.function for category in each]
    return result


def exponentials(sample, index, found, settings):
    """The functions of the toys: their truth, with nothing uncertain about it, as in `truth`."""
    exact = categories_table.Function("exp1", 0.0)
    return {channel: [exact] * (len(boundaries.cuts) - 1) for channel, boundaries in found.items()}


def toy(points, settings, rng):
    """One experiment: the quote with its error and truth, and the former quote with its truth."""
    table, some = simulate(points, rng)
    draws = bootstrap.draw(table, replicas=settings.metrics["bootstrap_replicas"], rng=rng)
    crossed = cross(table, some, settings, draws, exponentials)
    quoted, chosen = crossfit.quote(candidates(points), crossed)
    best = max(crossed, key=lambda point: point[0].measured.value)[0]
    return {
        "quote": quoted.value,
        "error": quoted.error,
        "truth": float(np.mean([truth(crossed[i][part].found, settings) for part, i in enumerate(chosen)])),
        "former": best.measured.value,
        "former_truth": truth(best.found, settings),
    }


def closed(points, experiments, rng, settings=None):
    """The figures of repeated experiments with a grid of equal points."""
    settings = settings or toy_settings()
    found = [toy(points, settings, rng) for _ in range(experiments)]
    column = {key: np.array([row[key] for row in found]) for key in found[0]}
    bias, former = column["quote"] - column["truth"], column["former"] - column["former_truth"]
    return {
        "points": points,
        "experiments": experiments,
        "significance": float(column["truth"].mean()),
        "quoted_error": float(column["error"].mean()),
        "spread": float(bias.std(ddof=1)),
        "optimism": float(bias.mean()),
        "optimism_error": float(bias.std(ddof=1) / np.sqrt(experiments)),
        "former_optimism": float(former.mean()),
        "former_optimism_error": float(former.std(ddof=1) / np.sqrt(experiments)),
    }


class Run:
    """The events, scores and points of one background hypothesis of a finished run."""

    def __init__(self, folder, background):
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        names = ("mass", "channels", "categories", "fit", "working_point", "blind", "metrics", "seed")
        self.settings = Settings.from_config(**{name: config[name] for name in names})
        self.table = events.load(folder / f"events/{background}.parquet", columns=())
        content = files.load_json(folder / f"metrics/{background}/working_point.json")
        known = [field.name for field in fields(working_point.Candidate)]
        all_points = [
            working_point.Candidate(**{key: row[key] for key in known if key in row}) for row in content["candidates"]
        ]
        chosen = content["working_point"]
        best = next(c for c in all_points if (c.method, c.tag) == (chosen["method"], chosen["tag"]))
        near = [c for c in all_points if c.qualified and c.significance >= best.significance - NEAR]
        self.points = near or [best]
        stored = {c.method: scores.load(folder / f"scores/{background}/{c.method}.parquet") for c in self.points}
        self.scores = [np.asarray(stored[c.method][c.tag]) for c in self.points]

    def sample(self, rows, share):
        """Some of the events as a sample of their own, and their scores."""
        table, simulated = self.table[rows], self.table.label[rows] >= 0
        weight = np.where(simulated, table.weight / share, table.weight)
        return replace(table, weight=weight), [score[rows] for score in self.scores]


def measured(sample, number, found, settings):
    """The significance of boundaries on the parts of a sample, those of each part in `found`, as `cross` measures."""
    table, some = sample
    draws = bootstrap.draw(table, replicas=2, rng=np.random.default_rng(0))
    values = []
    for (_, part), boundaries, index in zip(divide(table, crossfit.PARTS), found, number, strict=True):
        names = functions(sample, index, boundaries, settings)
        options = {"part": part, "settings": settings, "draws": draws}
        each = crossfit.by_category(table, some[index], boundaries, names, **options)
        values.append(crossfit.together(each.values(), draws).value)
    return float(np.mean(values))


def all_boundaries(sample, index, settings):
    """The boundaries of a point that all events of a sample find."""
    table, some = sample
    found = {
        channel: search(table, some[index], channel, settings, part=everything(table)) for channel in settings.channels
    }
    return {channel: boundaries for channel, boundaries in found.items() if boundaries is not None}


def compare(run, first, second, fixed, rng):
    """What the first sample quotes, minus what its choices give on the second: its own ones and the published one."""
    settings, (table, some) = run.settings, first
    draws = bootstrap.draw(table, replicas=100, rng=rng)
    crossed = cross(table, some, settings, draws)
    quoted, chosen = crossfit.quote(run.points, crossed)
    honest = [crossfit.mean([part.measured for part in point]) for point in crossed]
    points = [replace(c, significance=e.value) for c, e in zip(run.points, honest, strict=True)]
    taken = working_point.rank(points, np.stack([e.replicas for e in honest], 1)).taken
    own = measured(second, chosen, [crossed[i][part].found for part, i in enumerate(chosen)], settings)
    published = measured(second, [taken] * 2, [all_boundaries(first, taken, settings)] * 2, settings)
    same = [measured(sample, [0, 0], [fixed] * 2, settings) for sample in (first, second)]
    return {
        "quote": quoted.value,
        "error": quoted.error,
        "optimism": quoted.value - own - (same[0] - same[1]),
        "published": quoted.value - published - (same[0] - same[1]),
    }


def of_run(folder, background, pairs, rng):
    """Optimism on random halves and quarters of one background hypothesis."""
    run, result = Run(folder, background), {}
    for name, share in (("halves", 1 / 2), ("quarters", 1 / 4)):
        fixed, rows = all_boundaries((run.table, run.scores), 0, run.settings), []
        for _ in range(pairs):
            place = rng.random(len(run.table))
            one, two = (
                run.sample((place >= low) & (place < low + share) | (run.table.label < 0), share) for low in (0, share)
            )
            rows += [compare(run, one, two, fixed, rng), compare(run, two, one, fixed, rng)]
        result[name] = {"points": len(run.points), "pairs": pairs} | _means(rows)
    return result


def _means(rows):
    """Means over both orders of all pairs, with errors; the two orders of a pair count as one."""
    column = {key: np.array([row[key] for row in rows]).reshape(-1, 2).mean(1) for key in rows[0]}
    found = {"significance": float(column["quote"].mean()), "quoted_error": float(column["error"].mean())}
    for key in ("optimism", "published"):
        found[key] = float(column[key].mean())
        found[f"{key}_error"] = float(column[key].std(ddof=1) / np.sqrt(len(column[key])))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few experiments; under a minute")
    parser.add_argument("--run", type=Path, help="folder of a finished run, results/<study>")
    parser.add_argument("--backgrounds", nargs="*", help="of the run, all by default")
    parser.add_argument("--pairs", type=int, default=20, help="of samples of a run (20)")
    options = parser.parse_args()
    rng, start = np.random.default_rng(1), time.process_time()
    if options.run:
        names = options.backgrounds or sorted(path.stem for path in (options.run / "categories").glob("*.json"))
        found = {name: of_run(options.run, name, 2 if options.quick else options.pairs, rng) for name in names}
        lines = [(f"{name}, {key}", row) for name, both in found.items() for key, row in both.items()]
    else:
        found = closed(8, 6, rng) if options.quick else closed(10, 100, rng)
        lines = [(f"{found['points']} equal points", found)]
    for name, row in lines:
        print(
            f"{name}: significance {row['significance']:.3f} ± {row['quoted_error']:.3f}, optimism "
            f"{row['optimism']:+.4f} ± {row['optimism_error']:.4f}",
            *(
                f"{key} {row[key]:+.4f} ± {row[f'{key}_error']:.4f}"
                for key in ("published", "former_optimism")
                if key in row
            ),
            sep=", ",
        )
    print(json.dumps({"cpu_seconds": time.process_time() - start, **found}))


if __name__ == "__main__":
    main()
