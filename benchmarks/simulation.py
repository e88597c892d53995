"""How fast jets of large radius are simulated: `python benchmarks/simulation.py [--quick] [--pile-up 15]`.

Makes a chunk of each process and counts its selected jets per second of processor time, with the share of each step
(the profile that finds them costs about one percent) and the effective number of jets. The last line is one JSON
object.
"""

import argparse
import cProfile
import json
import os
import pstats
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy starts its threads: the times are those of one core
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402

from unsculpt.simulation import chunks  # noqa: E402
from unsculpt.weighted import effective_number  # noqa: E402

PROCESSES = ("wprime", "multijets", "multijets_hard")
SIMULATION = {
    "photon_energy_sampling": 0.1,
    "photon_energy_constant": 0.017,
    "particle_flow": True,
    "batch_size": 2000,
    "multiparton_interactions": False,
}
POOL = "pileup.py"  # what this calls to make its pool is counted there alone
STEPS = {  # by file and function
    "start": ("generator.py", "start"),
    "generate": ("generator.py", "batches"),
    "minimum bias": (POOL, "__init__"),
    "overlay": (POOL, "over"),
    "particles": ("stable.py", "visible"),
    "cluster": ("constituents.py", "cluster"),
    "trim": ("constituents.py", "trimmed"),
    "observables": ("substructure.py", "observables"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="1000 events of each process, not 10000")
    parser.add_argument("--pile-up", type=float, default=0, help="mean number of minimum-bias events (%(default)s)")
    asked = parser.parse_args()
    events = 1000 if asked.quick else 10_000
    chunks.simulate("wprime", 100, seed=3, simulation=SIMULATION)  # what is loaded once is not counted
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    found = {name: measured(name, events, asked.pile_up) for name in PROCESSES}
    print(json.dumps({"events": events, "pile_up": asked.pile_up, "load": os.getloadavg()[0], "processes": found}))


def measured(name, events, pile_up):
    """Rate, shares of the steps and effective number of jets of one chunk of a process, as a dict."""
    profile = cProfile.Profile(time.process_time)
    start = time.process_time()
    profile.enable()
    sample, _ = chunks.simulate(name, events, seed=7, simulation=SIMULATION, pile_up=pile_up)
    profile.disable()
    seconds = time.process_time() - start
    shares = {step: spent(profile, *where) / seconds for step, where in STEPS.items()}
    shares["rest"] = 1 - sum(shares.values())
    jets = sample.large_jets
    weight = sample.weight[jets["event"]]
    result = {
        "jets": len(jets),
        "seconds": seconds,
        "jets_per_second": len(jets) / seconds,
        "jets_per_event": len(jets) / events,
        "effective": effective_number(weight) / len(jets),
        "effective_flat_in_pt": effective_number(flat(jets["pt"], weight)) / len(jets),
        "shares": {step: share for step, share in shares.items() if share > 0},
    }
    print(f"{name}: {len(jets)} jets of {events} events in {seconds:.1f} s, {len(jets) / seconds:.0f} a second")
    print("  " + ", ".join(f"{step} {share:.3f}" for step, share in result["shares"].items()))
    print(f"  N_eff/N {result['effective']:.3f}, flat in pT {result['effective_flat_in_pt']:.3f}", flush=True)
    return result


def flat(pt, weight):
    """Weights that are flat in pT, in 36 bins of 50 GeV from 200 GeV, and keep their ratios in each bin."""
    place = np.clip(((pt - 200) // 50).astype(int), 0, 35)
    return weight / np.bincount(place, weight)[place]


def spent(profile, file, function):
    """Seconds in a function and in all that it calls, without those for the pool of minimum-bias events."""
    rows = pstats.Stats(profile).stats.items()
    callers = [row[4] for (path, _, name), row in rows if name == function and Path(path).name == file]
    return sum(calls[3] for of in callers for (path, *_), calls in of.items() if Path(path).name != POOL)


if __name__ == "__main__":
    main()
