"""What a job asks for, in the words of both schedulers; the one place that knows them."""

from unsculpt.patches.snakemake import say_parameters, say_parameters_of_resources, watch_when_whole

say_parameters_of_resources()
if workflow.is_main_process:
    watch_when_whole()
MEMORY_LEAST_MB = 500  # Snakemake itself, twice in a job of SLURM, takes up to 330 MB of it


def scaled(mem_mb, minutes, disk_mb=100, gpus=0):
    """Resources of a rule; every further attempt asks for more memory and time.

    SLURM reads mem_mb, runtime and gpu; HTCondor's plugin ignores them and reads the longer names (classad_MaxRuntime
    becomes +MaxRuntime, in seconds, which CERN's pool needs). `minutes` is a number or a function of the wildcards.
    """

    def by_attempt(value, factor=1):
        def asked(wildcards, attempt):
            return (value(wildcards) if callable(value) else value) * factor * attempt

        return say_parameters(asked)

    memory = by_attempt(max(mem_mb, MEMORY_LEAST_MB))
    resources = {
        "mem_mb": memory,
        "disk_mb": disk_mb,
        "runtime": by_attempt(minutes),
        "htcondor_request_mem_mb": memory,
        "htcondor_request_disk_mb": disk_mb,
        "allowed_execute_duration": by_attempt(minutes, 60),
        "classad_MaxRuntime": by_attempt(minutes, 60),
    }
    return resources | ({"gpu": gpus, "request_gpus": gpus} if gpus else {})
