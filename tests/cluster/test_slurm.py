"""The checks on SLURM."""

from cluster.checks import *  # noqa: F403

POOL = "slurm"
