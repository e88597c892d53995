"""Simulate one or more chunks of a sample and write them as one ROOT ntuple."""

from unsculpt import logs
from unsculpt.simulation import chunks, generator, writer


def main(snakemake):
    params = snakemake.params
    parts = []
    for chunk in params.chunks:
        sample, process = chunks.simulate(
            params.process,
            params.events,
            seed=generator.chunk_seed(params.seed, params.sample_index, chunk),
            simulation=params.simulation,
            archive=snakemake.input.sherpa,
            pile_up=params.pile_up,
        )
        parts.append(sample)
    sample, about = chunks.join(parts, params.events)
    writer.write(
        sample,
        snakemake.output.ntuple,
        run=writer.SIMULATION_RUN,
        channel_number=process.channel_number,
        first_event=params.chunks[0] * params.events + 1,
        cross_section_pb=sample.cross_section_pb,
        sum_weights=sample.sum_weights,
        generator=process.generator,
        chunks=about,
        warnings=logs.warnings(),
    )


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
