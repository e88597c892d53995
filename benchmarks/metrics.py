"""How fast and how right the metrics are: `python benchmarks/metrics.py [--quick]`.

Times 1000 bootstrap replicas of divergence and efficiency with the cut found again (all numbers and curves of a
working point included), the growth of that time with the number of events, and the exact distance correlation; the
ratio of the mean divergence of toys without sculpting to its floor, with many events and with two in a bin, and how
often the p-value of such toys is below 0.05; how often the bootstrap's error covers the true background efficiency; and
how often an error with training covers the truth, by number of folds and the size of the error of training.
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
from scipy.special import expit, ndtr  # noqa: E402

from unsculpt import axes, metrics  # noqa: E402
from unsculpt.metrics.folds import spread_of_training  # noqa: E402

AXIS = axes.spectrum(np.arange(105, 161.0), (120, 130))
SAMPLES = {"many_events": 40_000, "two_events_a_bin": 733}  # half is background, of which 30 % in 55 bins pass


def sample(n, rng):
    """Half signal, half background that falls with the mass; a normal logit that does not know the mass."""
    label = np.arange(n) % 2
    fall = 105 - 28 * np.log(1 - rng.random(n) * (1 - np.exp(-55 / 28)))
    mass = np.where(label == 1, np.clip(rng.normal(125, 1.7, n), 105, 160), fall)
    return {
        "score": expit(rng.normal(1.4 * label, 1)).astype(np.float32),
        "label": label,
        "mass": mass,
        "weights": rng.uniform(0.5, 1.5, n),
    }


def seconds(n, replicas, repetitions):
    """Best processor time of one working point."""
    columns, times = sample(n, np.random.default_rng(1)), []
    score = columns.pop("score")
    settings = metrics.Settings(AXIS, 0.5, 2, "inclusive", replicas)
    for _ in range(repetitions):
        start = time.process_time()
        metrics.measure_point(score, **columns, settings=settings, rng=np.random.default_rng(1))
        times.append(time.process_time() - start)
    return min(times)


def correlation_seconds(n):
    """Processor time of a distance correlation of n events."""
    columns = sample(n, np.random.default_rng(1))
    start = time.process_time()
    metrics.distance_correlation(columns["score"], columns["mass"], weights=columns["weights"])
    return time.process_time() - start


def floor_ratio(n, efficiency, toys, rng):
    """Mean divergence of toys without sculpting over the floor, its error, and the share of p-values below 0.05."""
    values, floors, p_values = [], [], []
    for _ in range(toys):
        columns = sample(n, rng)
        background = columns["label"] == 0
        result = metrics.jsd(
            columns["mass"][background],
            rng.random(background.sum()) < efficiency,
            weights=columns["weights"][background],
            edges=AXIS.edges,
            base=2,
            reference="inclusive",
            replicas=2,
            rng=rng,
        )
        values.append(result.value)
        floors.append(result.floor)
        p_values.append(result.p_value)
    error = np.std(values) / np.mean(floors) / np.sqrt(toys)
    return float(np.mean(values) / np.mean(floors)), float(error), float(np.mean(np.array(p_values) < 0.05))


def coverage(n, toys, rng):
    """Share of toys whose error of one standard deviation covers the true background efficiency; ideal is 0.683."""
    settings, inside = metrics.Settings(AXIS, 0.5, 2, "inclusive", 100), 0
    for _ in range(toys):
        columns = sample(n, rng)
        score = columns.pop("score")
        found = metrics.measure_point(score, **columns, settings=settings, rng=rng).background_efficiency
        inside += abs(found.value - ndtr(-1.4)) < found.error
    return inside / toys


def coverage_with_training(folds, training, toys, rng):
    """Of the mean of normal numbers of the folds, events known to one and trainings that scatter by `training`.

    Returns
    -------
    tuple of float
        Share of toys in which the error of the events covers the truth, and that in which the one with training does;
        root mean square of the latter over the true error.
    """
    own = rng.normal(0, np.sqrt(folds * (1 + training**2)), (toys, folds))
    error = np.hypot(1, [spread_of_training(list(values), [folds] * folds) for values in own])
    mean = np.abs(own.mean(axis=1))
    size = np.sqrt(np.mean(error**2) / (1 + training**2))
    return float(np.mean(mean < 1)), float(np.mean(mean < error)), float(size)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer toys; under a minute")
    quick = parser.parse_args().quick
    sizes = (25_000, 50_000, 100_000, 200_000) if quick else (50_000, 100_000, 200_000, 400_000, 800_000)
    repetitions = 1 if quick else 3
    times = [seconds(n, 1000, repetitions) for n in sizes]
    for n, taken in zip(sizes, times, strict=True):
        print(f"{n:>8} events, 1000 replicas: {taken:.2f} s")
    correlation = correlation_seconds(100_000)
    print(f"  100000 events, distance correlation: {correlation:.2f} s")
    toys = 200 if quick else 2000
    floors = {name: floor_ratio(n, 0.3, toys, np.random.default_rng(2)) for name, n in SAMPLES.items()}
    for name, (ratio, error, tail) in floors.items():
        words = f"mean divergence of toys over the floor: {ratio:.4f} +- {error:.4f}, p < 0.05 in {tail:.1%}"
        print(f"{words} ({name.replace('_', ' ')})")
    covered = coverage(2000, 60 if quick else 400, np.random.default_rng(3))
    print(f"errors of the background efficiency that cover the truth: {covered:.1%} (ideal 68.3 %)")
    known = {
        (folds, training): coverage_with_training(folds, training, 2000 if quick else 20000, np.random.default_rng(4))
        for folds in (2, 3, 5)
        for training in (0, 0.5, 1, 2, 5)
    }
    for (folds, training), (events, both, size) in known.items():
        words = f"{folds} folds, training {training:g} times the events: covered by the events {events:.1%}, by both"
        print(f"{words} {both:.1%}; error over the true one {size:.2f}")
    figures = {
        "seconds_1000_bootstraps_1e5_events": times[sizes.index(100_000)],
        "cost_exponent": float(np.polyfit(np.log(sizes), np.log(times), 1)[0]),
        "seconds_distance_correlation_1e5_events": correlation,
        "floor_ratio": floors["many_events"][0],
        "floor_ratio_error": floors["many_events"][1],
        "floor_ratio_two_events_a_bin": floors["two_events_a_bin"][0],
        "floor_ratio_two_events_a_bin_error": floors["two_events_a_bin"][1],
        "p_below_5_percent_two_events_a_bin": floors["two_events_a_bin"][2],
        "coverage_background_efficiency": covered,
        "coverage_three_folds_no_training": known[3, 0][1],
        "coverage_three_folds_training_twice_the_events": known[3, 2][1],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
