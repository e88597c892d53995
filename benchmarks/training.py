"""How fast networks train: `python benchmarks/training.py [--quick] [--figure training_speed.png]`.

Side by side in one run, one thread, in model-events a processor second: a stack of models, the same one by one, a
DataLoader loop as most people write it, and Keras (if it is there: pip install -r envs/benchmarks.txt), on networks of
published sizes. The contenders take turns in rounds, so that what the neighbours of a shared machine do meets all of
them; a ratio is the median over the rounds, its range the lowest and highest. Beside it the share of the peak of the
machine's matrix product, measured in the same run. The last line is one JSON object.
"""

import argparse
import json
import os
import platform
import sys
import time
from importlib.util import find_spec
from pathlib import Path

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ[name] = "1"  # before any library starts its threads
os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""}
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from contenders import MEDIUM, SMALL, Keras, Loader, Network, Ours  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from unsculpt import products  # noqa: E402
from unsculpt.plots import output  # noqa: E402

NORMALISED = Network("3x64 batch norm", 10, (64,) * 3, (64,), 20, {"batch_normalisation": True})
LARGE = Network("4x512", 30, (512,) * 4, (64,), 20, {"batch_normalisation": True, "dropout": 0.3})
CASES = [  # network, batch, models in the stack
    (SMALL, 32, 40),
    (SMALL, 512, 40),
    (MEDIUM, 512, 20),
    (NORMALISED, 512, 20),
    (LARGE, 512, 4),
    (LARGE, 8192, 1),
]
QUICK = [CASES[1], CASES[2], CASES[4]]
STACK, SINGLE, LOADER, KERAS = "stacked", "one by one", "DataLoader", "Keras"
LOOKS = {STACK: ("#bd1f01", "o"), SINGLE: ("#ffa90e", "s"), LOADER: ("#717581", "v"), KERAS: ("#3f90da", "D")}


def peak(repetitions=5):
    """The best single-precision matrix product of this processor, in floating-point operations a second."""
    a, b = torch.randn(2, 1024, 1024).unbind()
    ways, rates = [lambda: a @ b], []
    if products.available():
        ways.append(lambda: products.OneDNN.apply(b[None, :1], a[None], b[None]))
    for product in ways:
        for _ in range(repetitions):
            start = time.process_time()
            product()
            rates.append(2 * 1024**3 / (time.process_time() - start))
    return max(rates)


def measure(network, batch, models, *, rounds, seconds, keras):
    """Rates of each contender, round by round, (rounds,), and the peak of the matrix product."""
    events = max(40_000, 5 * batch)
    contenders = {STACK: Ours(network, batch, models, events)} if models > 1 else {}
    contenders |= {SINGLE: Ours(network, batch, 1, events), LOADER: Loader(network, batch, events)}
    if keras:
        contenders[KERAS] = Keras(network, batch, 4 * events // batch * batch)
    for contender in contenders.values():
        contender(seconds / 10)  # warm up
    rates, peaks = {name: [] for name in contenders}, []
    for _ in range(rounds):
        peaks.append(peak())
        for name, contender in contenders.items():
            rates[name].append(contender(seconds))
    return {name: np.array(values) for name, values in rates.items()}, max(peaks)


def onednn_over_torch(rounds, seconds):
    """Rate with the wide products by oneDNN over that with torch's own library, for the largest network."""
    both = [Ours(LARGE, 512, 1, 40_000, matmul) for matmul in ("onednn", "torch")]
    rates = [[contender(seconds) for contender in both] for _ in range(rounds + 1)][1:]
    return float(np.median([a / b for a, b in rates]))


def figures_of(network, batch, models, rates, fastest):
    """The named figures of a case; `fastest` is the peak of the matrix product."""
    key, ours = f"{network.name}, batch {batch}".replace(" ", "_").replace(",", ""), STACK if models > 1 else SINGLE
    found = {}
    for name, values in rates.items():
        share = 1.0 if name in (LOADER, KERAS) else 0.5
        label = name.replace(" ", "_").lower()
        found[f"{key}_{label}_events_per_second"] = round(float(np.median(values)))
        found[f"{key}_{label}_share_of_peak"] = round(float(np.median(values)) * network.flops(share) / fastest, 3)
        for reference in dict.fromkeys([ours, SINGLE]):
            if name not in (reference, STACK):
                own = reference.replace(" ", "_")
                found[f"{key}_{own}_over_{label}"] = round(float(np.median(rates[reference] / values)), 2)
    return found


def table(network, batch, models, rates, fastest):
    """The lines of a case for a reader."""
    ours = STACK if models > 1 else SINGLE
    stacked = f"{models} models in a stack" if models > 1 else "one model at a time"
    yield f"\n{network.name}, batches of {batch}, {stacked}"
    yield f"{'':12} {'events / CPU s':>15} {'of peak':>8}   {ours} is faster by"
    for name, values in rates.items():
        used = np.median(values) * network.flops(1.0 if name in (LOADER, KERAS) else 0.5) / fastest
        ratio = rates[ours] / values
        gain = "" if name == ours else f"{np.median(ratio):.2f} ({ratio.min():.2f} to {ratio.max():.2f})"
        yield f"{name:12} {np.median(values):15,.0f} {100 * used:7.0f}%   {gain}".rstrip()


def draw(measured, path):
    """Events a second of each contender, case by case; the bars span the rounds."""
    with output.sheet(ROOT / "styles/unsculpt.mplstyle"):
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.subplots()
        for i, (name, (colour, marker)) in enumerate(LOOKS.items()):
            places = [(j, rates[name]) for j, (*_, rates) in enumerate(measured) if name in rates]
            if places:
                x, values = np.array([j for j, _ in places]) + 0.15 * (i - 1.5), np.array([v for _, v in places])
                middle = np.median(values, axis=1)
                span = np.stack([middle - values.min(axis=1), values.max(axis=1) - middle])
                axes.errorbar(x, middle, span, fmt=marker, color=colour, label=name)
        names = [
            f"{network.name.replace(' batch norm', chr(10) + 'batch norm')}\n{batch}" for network, batch, _ in measured
        ]
        axes.set_xticks(range(len(measured)), names, fontsize=9)
        axes.tick_params(axis="x", which="both", length=0)
        axes.minorticks_off()
        axes.set(yscale="log", xlabel="Hidden layers and batch size", ylabel="Events / CPU second")
        axes.set_ylim(top=4 * axes.get_ylim()[1])
        axes.legend(ncols=4, loc="upper center", columnspacing=1.2)
        output.save(figure, [path], {})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three cases and fewer rounds; under a minute")
    parser.add_argument("--seconds", type=float, help="processor seconds of one measurement")
    parser.add_argument("--without-keras", action="store_true", help="leave Keras out, installed or not")
    parser.add_argument("--figure", type=Path, help="where to draw the rates")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rounds, seconds = (3, 0.4) if options.quick else (5, 0.8)
    seconds = options.seconds or seconds
    keras = not options.without_keras and find_spec("keras") is not None and find_spec("tensorflow") is not None
    if not keras:
        print("Keras takes no part; to compare with it: pip install -r envs/benchmarks.txt")
    figures, measured = (
        {"cpu": f"{products.maker() or platform.machine()} {torch.backends.cpu.get_cpu_capability()}"},
        [],
    )
    for network, batch, models in QUICK if options.quick else CASES:
        rates, fastest = measure(network, batch, models, rounds=rounds, seconds=seconds, keras=keras)
        print("\n".join(table(network, batch, models, rates, fastest)), flush=True)
        figures |= figures_of(network, batch, models, rates, fastest)
        figures["sgemm_peak_gflops"] = max(round(fastest / 1e9, 1), figures.get("sgemm_peak_gflops", 0))
        measured.append((network, batch, rates))
    print(f"\npeak of the matrix product: {figures['sgemm_peak_gflops']} GFLOP/s")
    if products.available():
        figures["onednn_over_torch"] = round(onednn_over_torch(rounds, seconds), 2)
        print(f"layers of 512 units: rate with oneDNN / with torch's own library = {figures['onednn_over_torch']}")
    print(f"training.matmul: auto takes {products.library('auto')} here")
    if options.figure:
        draw(measured, options.figure)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
