"""Significance against the threshold of the score with a categorical nuisance, and what an adversary gains by it:
`python benchmarks/threshold.py [--quick] [--seeds 5] [--first 1]`.

Six features of signal and background with and without a stand-in for pile-up, the categories of arXiv:1611.01046,
section 5.2: four separate well, and pile-up moves the background in them towards the signal; two separate less and do
not move. Trainer and metric are those of a study: 100,000 events train, 600,000 others measure. The adversary is of the
category, on background alone, ramped over half of the training; one classifier has no adversary and no pile-up in its
training. For each strength the highest AMS (mean and standard deviation over the seeds), that of thresholds which one
half of the events finds and the other measures, the share of signal efficiencies within 10 % of the peak, the AUC, and
the differences between strengths by pairs of seeds. The last line is one JSON object.
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

from unsculpt import models, training
from unsculpt.events import Events, concatenate
from unsculpt.examples import from_events, training_events
from unsculpt.metrics import threshold
from unsculpt.objectives import AdversarySettings
from unsculpt.rounding import sigmoid

NOMINAL, OTHER = "clean", "pile_up"
STRENGTHS = (0.0, 1.0, 10.0, 500.0)
ADVERSARY = AdversarySettings(hidden_layers=(64, 64), learning_rate=0.02, ramp=0.5)
RECIPE = {"hidden_layers": (64, 64, 64), "protected": ("channel",), "adversary": ADVERSARY}
MASS = {"min_gev": 0.0, "max_gev": 1.0, "bin_width_gev": 0.1, "window_gev": None}  # none is needed


def simulate(n, seed, fold):
    """n events, a quarter of each class and category, all in one fold."""
    rng = np.random.default_rng(seed)
    signal, moved = rng.random(n) < 0.5, rng.random(n) < 0.5
    x = rng.standard_normal((n, 6)) * np.where(moved[:, None], [1.2, 1.2, 1.1, 1.1, 1, 1], 1)
    x += np.where(signal[:, None], [1.1, 1.0, 0.8, 0.8, 0.8, 0.8], 0)
    x += np.where((~signal & moved)[:, None], [0.6, 0.4, 0.3, 0.2, 0, 0], 0)
    x[:, 2] += 0.3 * x[:, 0] * x[:, 1] * signal
    words = np.full(n, "toy")
    return Events(
        run=np.full(n, seed, np.int64),
        event=np.arange(n),
        sample=words,
        channel=np.where(moved, OTHER, NOMINAL),
        region=words,
        label=signal.astype(np.int8),
        fold=np.full(n, fold, np.int8),
        mass=np.full(n, 0.5),
        weight=np.ones(n),
        features=x.astype(np.float32),
        feature_names=tuple(f"x{i}" for i in range(6)),
    )


def train(events, epochs, strengths, seeds, method):
    """The networks of all strengths and seeds, strength by strength."""
    learning = concatenate([simulate(events, 1, 0), simulate(max(events // 10, 4000), 3, 1)])
    data = from_events(training_events(learning, method, MASS), mass_range=(0, 1), folds=2)
    settings = training.Settings(method["objective"], epochs=epochs, **RECIPE)
    first, *others = seeds
    grid = training.members(strengths, folds=2, seed=first, background="toy", seeds=1 + len(others))
    grid = [member for member in grid if member.fold == 1]
    return training.train_reliably(settings, data, grid).classifier.eval()


def measure(network, test, groups, times, settings, strengths, seeds):
    """For each strength the trials of its seeds."""
    features, trials = torch.from_numpy(test.features), []
    for k in range(strengths * seeds):  # one by one: the layers of all would take gigabytes
        with torch.no_grad():
            score = sigmoid(models.logits(network.select([k]), features))[0].double().numpy()
        trials.append(threshold.measure(score, groups, times, settings))
    return [trials[i : i + seeds] for i in range(0, len(trials), seeds)]


def paired(values, other):
    """Mean difference by pairs of seeds, and its standard error."""
    difference = np.array(values) - np.array(other)
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))


def run(events, epochs, measured, seeds, others=True):
    """By name of the strength the trials of its seeds; `others` adds the network without pile-up in its training."""
    settings, test = threshold.Settings("channel", NOMINAL), simulate(measured, 2, 0)
    groups, times = threshold.grouped(test, settings), threshold.draw(200, np.random.default_rng(7))
    plain, found = {"objective": "none", "train_on": {"channel": NOMINAL}}, {}
    grid = [(plain, (0.0,))] * others + [({"objective": "adversarial"}, STRENGTHS)]
    for method, strengths in grid:
        network = train(events, epochs, strengths, seeds, method)
        names = [f"{NOMINAL} only"] if "train_on" in method else [f"{strength:g}" for strength in strengths]
        trials = measure(network, test, groups, times, settings, len(strengths), len(seeds))
        found |= dict(zip(names, trials, strict=True))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few events and epochs")
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each strength")
    parser.add_argument("--first", type=int, default=1, help="seed that they start from; others are fresh trainings")
    options = parser.parse_args()
    torch.set_num_threads(1)
    events, epochs, measured = (20_000, 8, 100_000) if options.quick else (100_000, 10, 600_000)
    seeds = range(options.first, options.first + options.seeds)
    start = time.process_time()
    found = run(events, epochs, measured, seeds)
    seconds = time.process_time() - start
    told = {name: threshold.summed_up(trials) for name, trials in found.items()}
    print(f"{sum(map(len, found.values()))} models, {seconds:.0f} CPU s with the measurement; {measured} test events")
    for name, point in told.items():
        best, quoted, flat = point["max"], point["quoted"], point["plateau"]
        areas = ", ".join(f"{value} {area['value']:.3f}" for value, area in point["auc"].items())
        spread = best["error_training"] or 0.0
        print(
            f"  strength {name:>10}  AMS {best['value']:.2f} +- {spread:.2f} (events {best['error_events']:.2f})"
            f" at {point['threshold']:.2f}, other half {quoted['value']:.2f}, flat {flat:.2f}, AUC {areas}"
        )
    peaks = {name: point["max"]["of_seeds"] for name, point in told.items()}
    figures = {name: {key: round(told[name][key]["value"], 3) for key in ("max", "quoted")} for name in told}
    for high, low in (("1", "0"), ("10", "0"), ("10", "1"), ("10", "500"), ("0", f"{NOMINAL} only")):
        value, error = paired(peaks[high], peaks[low])
        figures[f"{high} - {low}"] = {"value": round(value, 3), "error": round(error, 3)}
        print(f"  highest AMS of {high} less that of {low}: {value:.3f} +- {error:.3f} (pairs of seeds)")
    choice = threshold.compare(list(told), list(found.values()))
    print(f"  {choice['reason']}")
    figures["ratio_10_to_0"] = round(float(np.mean(peaks["10"]) / np.mean(peaks["0"])), 3)
    figures |= {f"flat_{name}": round(told[name]["plateau"], 2) for name in ("10", "500")}
    figures["chosen"] = [list(told)[part["point"]] for part in choice["parts"]]
    figures["auc_500"] = round(told["500"]["auc"][NOMINAL]["value"], 3)
    print(json.dumps(figures | {"seconds": round(seconds)}))


if __name__ == "__main__":
    main()
