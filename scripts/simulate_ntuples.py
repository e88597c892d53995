"""Simulate one chunk of a sample and write it as a ROOT ntuple."""

from unsculpt import logs
from unsculpt.simulation import chunks, generator, writer


def main(snakemake):
    params, chunk = snakemake.params, int(snakemake.wildcards.chunk)
    sample, process = chunks.simulate(
        params.process,
        params.events,
        seed=generator.chunk_seed(params.seed, params.sample_index, chunk),
        simulation=params.simulation,
        archive=snakemake.input.sherpa,
    )
    writer.write(
        sample,
        snakemake.output.ntuple,
        run=writer.SIMULATION_RUN,
        channel=process.channel,
        first_event=chunk * params.events + 1,
        cross_section_pb=sample.cross_section_pb,
        sum_weights=sample.sum_weights,
        generator=process.generator,
    )


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
