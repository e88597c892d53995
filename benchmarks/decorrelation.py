"""What the conditional cumulative leaves of the sculpting: `python benchmarks/decorrelation.py [--quick]`.

Toy background whose score rises around 125 GeV by 0, 1.5 or 3 standard deviations. The divergence of what passes a cut
is given in units of its floor: before the map; after a map that learned from the very events (never do this); after
the cross-fitted map, as in a study; and on independent events, which is what data see. With n effective parameters in
the mass and k bins, independent events are expected at 1 + n / (k - 1), and the others below 1.
The last line is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy starts its threads: the times are those of one core
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import numpy as np  # noqa: E402
from scipy.special import expit  # noqa: E402

from unsculpt.decorrelation import cdf, samples, transforms  # noqa: E402
from unsculpt.events import Events, fold  # noqa: E402
from unsculpt.metrics import jensen_shannon  # noqa: E402

EDGES = np.arange(105, 161.0)
SETTINGS = samples.MapSettings(105, 160, 1, 0.5)
EFFICIENCIES = (0.02, 0.1, 0.3)


def background(n, bump, rng):
    """Scores and masses of n events."""
    mass = 105 - 28 * np.log(1 - rng.random(n) * (1 - np.exp(-55 / 28)))
    return expit(rng.normal(bump * np.exp(-0.5 * ((mass - 125) / 2.5) ** 2))), mass


def over_floor(mass, score):
    """Divergence of passing against all events over its floor, the mean of the efficiencies."""
    everything, ratios = np.histogram(mass, EDGES)[0], []
    for efficiency in EFFICIENCIES:
        passed = np.histogram(mass[score > np.quantile(score, 1 - efficiency)], EDGES)[0]
        floor = (len(EDGES) - 2) / (8 * np.log(2)) * (1 / passed.sum() - 1 / everything.sum())
        ratios.append(jensen_shannon(passed / passed.sum(), everything / everything.sum(), base=2) / floor)
    return float(np.mean(ratios))


def cross_fitted(score, mass, n_signal=300):
    """The scores after `transforms.transform`; signal is there, since a study has some, and learns nothing."""
    n = len(score) + n_signal
    table = Events(
        run=np.ones(n, np.int64),
        event=np.arange(n),
        sample=np.full(n, "toy"),
        channel=np.full(n, "all"),
        region=np.full(n, "ti"),
        label=(np.arange(n) >= len(score)).astype(np.int8),
        fold=fold(np.ones(n, np.int64), np.arange(n), 3),
        mass=np.append(mass, np.full(n_signal, 125.0)),
        weight=np.ones(n),
        features=np.empty((n, 0), np.float32),
        feature_names=(),
    )
    scores = np.append(score, np.linspace(0.5, 1, n_signal))
    return transforms.transform("cdf", scores, table, SETTINGS)[: len(score)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a single toy of each kind instead of ten")
    toys, events, figures = 1 if parser.parse_args().quick else 10, 30_000, {}
    print(f"{toys} toys of {events} events, divergence over floor")
    start = time.process_time()
    for bump in (0.0, 1.5, 3.0):
        rows = []
        for seed in range(toys):
            (score, mass), (score_other, mass_other) = (
                background(events, bump, np.random.default_rng([seed, part])) for part in (0, 1)
            )
            learned = samples.Sample(score, mass, np.ones(events))
            apply = cdf.learn(learned, None, SETTINGS)
            third = cdf.learn(samples.Sample(score[::3], mass[::3], np.ones(len(score[::3]))), None, SETTINGS)
            rows.append(
                [
                    over_floor(mass, score),
                    over_floor(mass, apply(score, mass)),
                    over_floor(mass, cross_fitted(score, mass)),
                    over_floor(mass_other[: events // 3], third(score_other, mass_other)[: events // 3]),
                ]
            )
        names = ("before", "same_events", "cross_fitted", "independent_events")
        means, errors = np.mean(rows, 0), np.std(rows, 0) / np.sqrt(max(toys - 1, 1))
        print(
            f"bump {bump:g}: "
            + ", ".join(f"{n} {m:.2f} +- {e:.2f}" for n, m, e in zip(names, means, errors, strict=True))
        )
        figures |= {f"bump_{bump:g}_{name}": float(mean) for name, mean in zip(names, means, strict=True)}
    figures["seconds"] = time.process_time() - start
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
