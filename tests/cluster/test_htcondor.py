"""The checks on HTCondor."""

from cluster.checks import *  # noqa: F403

POOL = "htcondor"
