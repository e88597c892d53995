"""Draw pseudo-data from an independent simulation of signal and backgrounds, and write them as a ROOT ntuple."""

import numpy as np

from unsculpt import axes, logs, pseudodata
from unsculpt.simulation import generator, writer


def main(snakemake):
    params = snakemake.params
    (signal,) = params.signal.values()
    processes = [settings["process"] for settings in params.backgrounds.values()]
    strength = params.pseudodata["signal_strength"]
    cuts = {"study": params.definitions, "about": params.format, "axis": axes.mass(params.mass)}
    sample = pseudodata.simulate(
        signal,
        params.backgrounds,
        strength=strength,
        luminosity_fb=params.luminosity_fb,
        cuts=cuts,
        seeds=pseudodata.seeds(params.seed, params.sample_index, 1 + len(processes)),
        simulation=params.simulation,
        rng=np.random.default_rng([generator.chunk_seed(params.seed, params.sample_index, 0), 78]),
    )
    writer.write(
        pseudodata.without_window(sample, **cuts) if params.blind else sample,
        snakemake.output.ntuple,
        run=pseudodata.RUN,
        channel_number=0,
        first_event=1,
        cross_section_pb=0.0,
        sum_weights=0.0,
        generator=" and ".join([f"pseudo-data: {strength:g} x {signal['process']}", *processes]),
        warnings=logs.warnings(),
    )


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
