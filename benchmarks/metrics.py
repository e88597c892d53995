"""How fast and how right the metrics are: `python benchmarks/metrics.py [--quick]`.

Times 1000 bootstrap replicas of divergence and efficiency with the cut found again (all numbers and curves of a
working point included), the growth of that time with the number of events, and the ratio of the mean divergence of
toys without sculpting to its closed-form floor. The last line is one JSON object.
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

from unsculpt import metrics  # noqa: E402

EDGES = np.arange(105, 161.0)


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
    settings = metrics.Settings(EDGES, (120, 130), 0.5, 2, "inclusive", replicas)
    for _ in range(repetitions):
        start = time.process_time()
        metrics.measure_point(score, **columns, settings=settings, rng=np.random.default_rng(1))
        times.append(time.process_time() - start)
    return min(times)


def floor_ratio(n, efficiency, toys, rng):
    """Mean divergence of toys without sculpting over the floor, and its statistical error."""
    ratios = []
    for _ in range(toys):
        columns = sample(n, rng)
        background = columns["label"] == 0
        result = metrics.jsd(
            columns["mass"][background],
            rng.random(background.sum()) < efficiency,
            weights=columns["weights"][background],
            edges=EDGES,
            base=2,
            reference="inclusive",
            replicas=2,
            rng=rng,
        )
        ratios.append(result.value / result.floor)
    return float(np.mean(ratios)), float(np.std(ratios) / np.sqrt(toys))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer toys; under a minute")
    quick = parser.parse_args().quick
    sizes = (25_000, 50_000, 100_000, 200_000) if quick else (50_000, 100_000, 200_000, 400_000, 800_000)
    repetitions = 1 if quick else 3
    times = [seconds(n, 1000, repetitions) for n in sizes]
    for n, taken in zip(sizes, times, strict=True):
        print(f"{n:>8} events, 1000 replicas: {taken:.2f} s")
    ratio, error = floor_ratio(40_000, 0.3, 100 if quick else 1000, np.random.default_rng(2))
    print(f"mean divergence of toys over the floor: {ratio:.4f} +- {error:.4f}")
    figures = {
        "seconds_1000_bootstraps_1e5_events": times[sizes.index(100_000)],
        "cost_exponent": float(np.polyfit(np.log(sizes), np.log(times), 1)[0]),
        "floor_ratio": ratio,
        "floor_ratio_error": error,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
