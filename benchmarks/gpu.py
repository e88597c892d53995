"""How fast a GPU trains stacks of networks: `python benchmarks/gpu.py [--quick] [--before other/scripts]`.

In steps of classifier and adversary a second, for stacks of several sizes: the operations of a step launched one by
one, and recorded once and replayed, in turns and in one run; with TF32, with dropout; and the seconds of a grid of 18
networks, without and with early stopping. `--before` measures the library of another commit, its folder `scripts`, in a
process of its own in the same run, and gives the ratio to it. The last line is one JSON object. It needs torch, numpy,
scipy and pyarrow, but no ROOT.
"""

import argparse
import itertools
import json
import subprocess
import sys
import time
from pathlib import Path

SCRIPTS = str(Path(__file__).resolve().parents[1] / "scripts")
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--quick", action="store_true", help="three stacks; under a minute")
parser.add_argument("--seconds", type=float, default=0.5, help="of one measurement")
parser.add_argument("--before", type=Path, help="the folder scripts of another commit")
parser.add_argument("--library", default=SCRIPTS, help=argparse.SUPPRESS)  # of the process that --before starts
options = parser.parse_args()
sys.path.insert(0, options.library)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from contenders import MEDIUM, SMALL, Network, Ours  # noqa: E402

from unsculpt import examples, training  # noqa: E402

LARGE = Network("4x512", 30, (512,) * 4, (64,), 20)
DROPOUT = Network("4x512 dropout", 30, (512,) * 4, (64,), 20, {"dropout": 0.3})
NORMALISED = Network("4x512 batch norm", 30, (512,) * 4, (64,), 20, {"batch_normalisation": True})
CASES = [  # network, batch, models in the stack
    (SMALL, 512, 40),
    (SMALL, 512, 1000),
    (MEDIUM, 512, 1),
    (MEDIUM, 1024, 21),
    (MEDIUM, 1024, 1000),
    (LARGE, 512, 4),
    (LARGE, 512, 64),
    (DROPOUT, 512, 64),
    (NORMALISED, 512, 4),
    (LARGE, 8192, 16),
]
QUICK = [CASES[0], CASES[3], CASES[7]]
ROUNDS = 3


def rate(step, seconds):
    """Calls a second, of a function that only asks the GPU to do something."""
    for _ in range(3):
        step()
    torch.cuda.synchronize()
    start, steps = time.perf_counter(), 0
    while (taken := time.perf_counter() - start) < seconds:
        for _ in range(10 if steps else 1):
            step()
            steps += 1
        torch.cuda.synchronize()
    return steps / taken


def name(network, batch, models):
    return f"{network.name}, batch {batch}, {models} model{'s' * (models > 1)}"


def measure(network, batch, models):
    """Steps a second, launched one by one and replayed, and replayed with TF32; what this library can do."""
    stack = Ours(network, batch, models, max(20_000, 5 * batch), device="cuda").training
    batches = itertools.cycle(list(stack.batches(0)))
    ways = {"launched": lambda: stack.step(next(batches))}
    if hasattr(training, "Pass"):
        plan = stack.plan(0)
        stack.run(
            "training", stack.step, plan, [torch.full((len(plan),), 1e-3, device="cuda")] * (1 + len(stack.optimisers))
        )
        passes = [stack.passes["training"]]
        ways["replayed"] = passes[0].do
        if network.hidden[0] > 256:
            with training.products_in("tf32", "cuda"):
                passes.append(training.Pass(stack, stack.step, plan))
            ways["TF32"] = passes[1].do
    found = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, step in ways.items():
            found[way].append(rate(step, options.seconds))
    return {way: float(np.median(rates)) for way, rates in found.items()}


def grid(**options):
    """Seconds of 18 networks, 40 epochs on 60,000 events, from the table in memory to the trained stack."""
    rng, n = np.random.default_rng(1), 60_000
    label = np.arange(n) % 2
    features = (rng.normal(size=(n, 23)) + 0.3 * label[:, None]).astype(np.float32)
    tensors = map(torch.from_numpy, (features, label, np.arange(n) // 2 % 3, rng.random(n, dtype=np.float32)))
    table = examples.Examples(*tensors, torch.ones(n))
    members = training.members([0.3, 1, 3, 10, 30, 100], folds=3, seed=1, background="ttyy")
    start = time.perf_counter()
    training.train(training.Settings("adversarial", **options), table, members, device="cuda")
    torch.cuda.synchronize()
    return time.perf_counter() - start


def all_of_it():
    found = {name(*case): measure(*case) for case in (QUICK if options.quick else CASES)}
    stopping = training.EarlyStopping(patience=40)  # looks at each epoch and stops none
    seconds = {"alone": min(grid() for _ in range(2)), "stopping": min(grid(early_stopping=stopping) for _ in range(2))}
    return found | {"grid": seconds}


def main():
    if not torch.cuda.is_available():
        sys.exit("torch sees no GPU here; there is nothing to measure")
    if options.library != SCRIPTS:
        print(json.dumps(all_of_it()))
        return
    print(torch.cuda.get_device_name(), "torch", torch.__version__)
    before = {}
    if options.before:
        command = [sys.executable, __file__, "--library", options.before, "--seconds", str(options.seconds)]
        command += ["--quick"] * options.quick
        before = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout)
    found, figures = all_of_it(), {"gpu": torch.cuda.get_device_name(), "torch": torch.__version__}
    print(f"{'steps / s':40} {'before':>8} {'launched':>9} {'replayed':>9} {'TF32':>8} {'gain':>6}  model-events / s")
    for case in QUICK if options.quick else CASES:
        key, (_, batch, models) = name(*case), case
        rates = found[key]
        then = before.get(key, {})
        then = then.get("replayed", then.get("launched", np.nan))  # older ones launch only
        columns = [then, *(rates.get(w, np.nan) for w in ("launched", "replayed", "TF32"))]
        first = then if before else rates["launched"]
        print(
            f"{key:40} {columns[0]:8.0f} {columns[1]:9.0f} {columns[2]:9.0f} {columns[3]:8.0f} "
            f"{rates['replayed'] / first:6.2f}  {rates['replayed'] * batch * models / 1e6:.1f} M"
        )
        figures |= {f"{key}, {way}": round(value, 1) for way, value in rates.items()}
        figures[f"{key}, gain"] = round(rates["replayed"] / first, 2)
    for what, numbers in (("before", before), ("now", found)):
        if numbers:
            alone, stopping = (round(numbers["grid"][way], 2) for way in ("alone", "stopping"))
            figures |= {
                f"grid of 18, seconds {what}": alone,
                f"grid of 18 with early stopping, seconds {what}": stopping,
            }
            print(f"grid of 18 networks, 40 epochs, {what}: {alone} s, with early stopping {stopping} s")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
