"""What inputs gain: `python benchmarks/gains.py results/a [results/b] --background continuum --over disco`.

Takes all points of finished runs whose events are the same, and finds the significance of their categories on events
that chose nothing (docs/categories.md), for each seed of the training: mean over the seeds, its standard error from
their scatter, and the error of the simulation from a bootstrap that is paired over all points and seeds. Points are
compared with that of the same strength of the method `--over`, by the mean over the seeds. `--divide top1_score` finds
each once more with channels divided by that feature, `--only` takes the methods that it names.

The last line is one JSON object: significances, errors and gains by method and strength.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy starts its threads
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import numpy as np
import yaml

from unsculpt import events, scores
from unsculpt.categories import Settings, bootstrap, crossfit, products, table
from unsculpt.categories.parts import divide, everything

KEYS = ("mass", "channels", "categories", "fit", "working_point", "blind", "metrics", "seed")


def quoted(known, score, settings, draws, functions=None):
    """The significance of the categories of a score, found without each part and measured on it: an Estimate."""
    if functions is None:
        whole = everything(known)
        found = products.every_channel(known, score, settings, part=whole)
        functions = {key: functions_of(known, score, own, settings, whole) for key, own in found.items()}
    crossed = crossfit.cross(
        known, score, functions, parts=divide(known, crossfit.PARTS), settings=settings, draws=draws
    )
    return crossfit.mean([part.measured for part in crossed])


def functions_of(known, score, boundaries, settings, whole):
    """The background functions of the categories that all events found, the purest first."""
    expected = table.expected(boundaries, table.count(known, score, boundaries, settings, whole), settings)
    return [None if category is None else category.function for category in expected]


def measure(runs, background, settings, known, draws, only):
    """By method and strength the estimates of all seeds."""
    found = {}
    for run in runs:
        for path in sorted((run / "scores" / background).glob("*.parquet")):
            if only and path.stem not in only:
                continue
            for column, score in scores.load(path).items():
                tag, _, _ = column.partition("@")
                found.setdefault((path.stem, tag), []).append(quoted(known, score, settings, draws))
    return found


def summed_up(estimates):
    """Mean over the seeds, its error from their scatter (None for one), and that of the simulation."""
    values = np.array([estimate.value for estimate in estimates])
    scatter = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
    return float(values.mean()), scatter, crossfit.mean(estimates).error


def gain(estimates, others):
    """The relative gain of the mean over the seeds, its error of the simulation (paired) and that of the seeds."""
    mine, other = crossfit.mean(estimates), crossfit.mean(others)
    paired = float(np.std(mine.replicas / other.replicas, ddof=1))
    parts = [summed_up(each)[:2] for each in (estimates, others)]
    seeds = float(np.hypot(*(scatter / value for value, scatter in parts))) if None not in np.ravel(parts) else 0.0
    return mine.value / other.value - 1, paired, seeds * mine.value / other.value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs of the same events")
    parser.add_argument("--background", default="continuum")
    parser.add_argument("--over", help="method that the others are compared with, strength by strength")
    parser.add_argument("--only", nargs="*", help="methods; all by default")
    parser.add_argument("--divide", help="feature that divides the channels")
    parser.add_argument("--bins", type=int, help="score_bins in place of that of the study")
    options = parser.parse_args()
    start = time.process_time()
    config = yaml.safe_load((options.runs[0] / "config.yaml").read_text(encoding="utf-8"))
    settings = Settings.from_config(**{key: config[key] for key in KEYS})
    if options.bins:
        settings = replace(settings, categories=settings.categories | {"score_bins": options.bins})
    column = [options.divide] if options.divide else []
    known = events.load(options.runs[0] / "events" / f"{options.background}.parquet", columns=column)
    for run in options.runs[1:]:
        other = events.load(run / "events" / f"{options.background}.parquet", columns=())
        if not (np.array_equal(known.event, other.event) and np.allclose(known.weight, other.weight)):
            sys.exit(f"{run} has other events than {options.runs[0]}")
    rng = np.random.default_rng(settings.seed)
    draws = bootstrap.draw(known, replicas=settings.metrics["bootstrap_replicas"], rng=rng)
    found = measure(options.runs, options.background, settings, known, draws, options.only)
    if options.divide:
        divided = replace(settings, categories={"divide_into": 5} | settings.categories | {"divide_by": options.divide})
        again = measure(options.runs, options.background, divided, known, draws, options.only)
    told = {}
    for (method, tag), estimates in found.items():
        value, scatter, error = summed_up(estimates)
        line = {"significance": value, "seeds": scatter, "simulation": error, "of_seeds": [e.value for e in estimates]}
        if (options.over, tag) in found:
            line["gain"], line["gain_simulation"], line["gain_seeds"] = gain(estimates, found[options.over, tag])
        if options.divide:
            names = ("divided", "divided_simulation", "divided_seeds")
            line |= dict(zip(names, gain(again[method, tag], estimates), strict=True))
        told[f"{method} {tag}"] = line
        words = [f"Z {value:.3f} +- {error:.3f} (simulation)", f"+- {scatter:.3f} (seeds)" if scatter else "one seed"]
        for key, of in (("gain", f"over {options.over}"), ("divided", f"divided by {options.divide}")):
            if key in line:
                numbers = [100 * line[name] for name in (key, f"{key}_simulation", f"{key}_seeds")]
                words.append("{:+.1f} +- {:.1f} +- {:.1f} % ".format(*numbers) + of)
        print(f"  {method:>16} {tag:>4}  " + ", ".join(words), flush=True)
    print(f"{time.process_time() - start:.0f} CPU s")
    print(json.dumps({name: {key: _rounded(value) for key, value in line.items()} for name, line in told.items()}))


def _rounded(value):
    return None if value is None else np.round(value, 4).tolist()


if __name__ == "__main__":
    main()
