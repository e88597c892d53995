"""What unsculpt changes inside Snakemake; `rules/` alone calls it, no job does."""

import inspect
import shlex
import sys

from snakemake.common import overwrite_function_params
from snakemake.resources import Resource

SEEN = "9.27.1"


def quote_python():
    """Quote the path of Python: Snakemake writes `sys.executable` into shell commands as it is, blanks and all."""
    sys.executable = shlex.quote(sys.executable)


def say_parameters(function, parameters=None):
    """Say which parameters a function takes beside the wildcards (its own), and give it back.

    Snakemake would otherwise find them out anew for each job.
    """
    overwrite_function_params(function, inspect.signature(function).parameters if parameters is None else parameters)
    return function


def say_parameters_of_resources():
    """The same for what evaluates a resource, of which each job has many: a seventh of the time of a plan."""
    say_parameters(Resource.evaluate, inspect.signature(Resource("any", 0).evaluate).parameters)
