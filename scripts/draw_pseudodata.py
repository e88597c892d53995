"""Draw pseudo-data from an independent simulation of a signal and a background, and write them as a ROOT ntuple."""

import numpy as np

from unsculpt import logs, pseudodata
from unsculpt.simulation import generator, writer


def main(snakemake):
    params = snakemake.params
    strength = params.pseudodata["signal_strength"]
    cuts = {"selection_cuts": params.selection, "mass": params.mass}
    sample = pseudodata.simulate(
        params.signal,
        params.background,
        strength=strength,
        luminosity_fb=params.luminosity_fb,
        cuts=cuts,
        seeds=[pseudodata.seeds(params.seed, params.sample_index, component) for component in (0, 1)],
        simulation=params.simulation,
        archives=[snakemake.input.signal_sherpa, snakemake.input.background_sherpa],
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
        generator=f"pseudo-data: {strength:g} x {params.signal['process']} and {params.background['process']}",
        warnings=logs.warnings(),
    )


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
