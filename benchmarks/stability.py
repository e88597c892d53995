"""How well the default recipe takes the mass out of the score, and how much that depends on the seed:
`python benchmarks/stability.py [--quick] [--seeds 5]`.

A toy of the diphoton kind: background masses fall exponentially (slope 28 GeV, 105-160 GeV), signal is a Gaussian of
125 +- 1.7 GeV; six features determine the mass to 0.8 % a photon, six know nothing of it. 50,000 events of each class
train 3 x 32 units; rejection and JSD (bits, passing against failing, 55 bins) are of 200,000 independent events of
each class at half of the signal. The last line is one JSON object: at strength 30 the rejection and 1/JSD over that of
the floor, models at strength 10 and above with 1/JSD below 50 (stuck), and there the largest standard deviation of
log10(1/JSD) over the seeds.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy starts its threads
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import numpy as np
import torch

from unsculpt import metrics, models, training
from unsculpt.events import Events, concatenate
from unsculpt.examples import from_events

LOW, HIGH, SLOPE = 105.0, 160.0, 28.0  # GeV
GRID = {"adversarial": (1, 3, 10, 30, 100), "disco": (3, 10, 30)}


def simulate(n, seed, fold):
    """n events, half of them signal, all in one fold."""
    rng = np.random.default_rng(seed)
    signal = np.arange(n) < n // 2
    fall = LOW - SLOPE * np.log(1 - rng.random(n) * (1 - np.exp(-(HIGH - LOW) / SLOPE)))
    mass = np.where(signal, np.clip(rng.normal(125, 1.7, n), LOW, HIGH), fall)
    system = rng.gamma(np.where(signal, 1.8, 1.6), np.where(signal, 36.0, 29.0))  # transverse momentum of the pair
    rapidity = rng.normal(0, np.where(signal, 0.8, 1.1))
    cosine = np.clip(np.where(signal, rng.uniform(-1, 1, n), np.tanh(rng.normal(0, 0.9, n))), -0.98, 0.98)
    kinematics = _photons(mass, system, rapidity, cosine, rng.uniform(0, 2 * np.pi, n), rng)
    jets = rng.poisson(np.where(signal, 4.0, 3.0))
    activity = rng.gamma(1.5 * np.maximum(jets, 0.3), np.where(signal, 40.0, 37.0))
    missing = rng.gamma(1.5, np.where(signal, 28.0, 23.0))
    tag = rng.beta(np.where(signal, 1.7, 1.3), np.where(signal, 1.4, 1.7))
    free = [np.log1p(system), np.abs(cosine), jets, np.log1p(activity), np.log1p(missing), tag]
    features = np.stack([*kinematics, *free], axis=1).astype(np.float32)
    same, words = np.zeros(n, np.int64), np.full(n, "toy")
    return Events(
        run=same,
        event=np.arange(n),
        sample=words,
        channel=words,
        region=words,
        label=signal.astype(np.int8),
        fold=np.full(n, fold, np.int8),
        mass=mass,
        weight=np.ones(n),
        features=features,
        feature_names=tuple(f"x{i}" for i in range(features.shape[1])),
    )


def _photons(mass, system, rapidity, cosine, azimuth, rng):
    """Six features of the photons of a decay, boosted along x by the pair's momentum and then along the beam."""
    energy, sine = np.sqrt(mass**2 + system**2), np.sqrt(1 - cosine**2)
    px, py, pz = mass / 2 * np.stack([sine * np.cos(azimuth), sine * np.sin(azimuth), cosine])
    pairs = []
    for sign in (1, -1):
        e = (energy * mass / 2 + system * sign * px) / mass
        x = (energy * sign * px + system * mass / 2) / mass
        z = np.sinh(rapidity) * e + np.cosh(rapidity) * sign * pz
        pt = np.hypot(x, sign * py)
        pairs.append((pt * rng.normal(1, 0.008, len(mass)), np.arcsinh(z / pt), np.arctan2(sign * py, x)))
    first = pairs[0][0] > pairs[1][0]
    (pt1, eta1, phi1), (pt2, eta2, phi2) = (
        [np.where(first == leading, a, b) for a, b in zip(*pairs, strict=True)] for leading in (True, False)
    )
    dphi = np.abs(np.angle(np.exp(1j * (phi1 - phi2))))
    return [np.log(pt1), np.log(pt2), eta1, eta2, dphi, np.hypot(eta1 - eta2, dphi)]


def measure(logit, test):
    """(AUC, rejection, 1 / JSD, floor's 1 / JSD) of the cut that keeps half of the signal."""
    signal = test.label == 1
    passed = logit > np.median(logit[signal])
    divergence = metrics.jsd(
        test.mass[~signal],
        passed[~signal],
        weights=test.weight[~signal],
        edges=np.linspace(LOW, HIGH, 56),
        base=2,
        reference="fail",
        replicas=2,  # of an error that is not used
        rng=np.random.default_rng(0),
    )
    ones = np.ones(signal.sum()), np.ones((~signal).sum())
    area = metrics.auc(logit[signal], logit[~signal], weights=ones)
    return area, 1 / passed[~signal].mean(), 1 / divergence.value, 1 / divergence.floor


def run(objective, events, epochs, seeds):
    """Results (strengths, seeds, 4) of one objective."""
    learning, test = simulate(events, 1, 0), simulate(4 * events, 2, 0)
    data = from_events(concatenate([learning, simulate(events, 3, 1)]), mass_range=(LOW, HIGH), folds=2)
    settings = training.Settings(objective, hidden_layers=(32, 32, 32), epochs=epochs)
    grid = training.members(GRID[objective], folds=2, seed=1, background="toy", seeds=seeds)
    start = time.process_time()
    trained = training.train(settings, data, [member for member in grid if member.fold == 1])
    seconds = time.process_time() - start
    logits = models.logits(trained.classifier.eval(), torch.from_numpy(test.features)).double().numpy()
    results = np.array([measure(logit, test) for logit in logits]).reshape(len(GRID[objective]), seeds, 4)
    warnings = sum(len(model["warnings"]) for model in models.history(trained))
    return results, seconds, warnings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few events and epochs")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    events, epochs = (10_000, 8) if options.quick else (100_000, 40)
    figures = {}
    for objective, strengths in GRID.items():
        results, seconds, warnings = run(objective, events, epochs, options.seeds)
        print(f"{objective}: {results.shape[0] * options.seeds} models, {seconds:.0f} CPU s, {warnings} warnings")
        for strength, points in zip(strengths, results, strict=True):
            area, rejection, inverse, floor = np.median(points, axis=0)
            low, high = points[:, 2].min(), points[:, 2].max()
            print(
                f"  strength {strength:5g}  AUC {area:.3f}  rejection {rejection:5.2f} "
                f"({points[:, 1].min():.2f}-{points[:, 1].max():.2f})  "
                f"1/JSD {inverse:6.0f} ({low:.0f}-{high:.0f})  floor {floor:.0f}"
            )
        strong = results[[strength >= 10 for strength in strengths]]
        best = results[strengths.index(30)]
        figures[objective] = {
            "rejection_at_30": round(float(np.median(best[:, 1])), 2),
            "floor_reached_at_30": round(float(np.median(best[:, 2] / best[:, 3])), 2),
            "stuck": int((strong[..., 2] < 50).sum()),
            "spread_log10": round(float(np.log10(strong[..., 2]).std(1, ddof=1).max()) if options.seeds > 1 else 0, 3),
            "warnings": warnings,
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
