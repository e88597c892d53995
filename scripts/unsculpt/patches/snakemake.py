"""What unsculpt changes inside Snakemake; `rules/` alone calls it, no job does."""

import inspect
import shlex
import sys
import threading

from snakemake.common import overwrite_function_params
from snakemake.resources import Resource
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

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


def watch_when_whole():
    """Let the thread that watches the jobs of a scheduler begin when its executor is set up, not before.

    Snakemake starts it first and sets up the plugin's part afterwards; on a busy machine HTCondor's then looks for what
    is not there yet, and a run that goes on after `kill -9` ends with "no attribute '_event_logs'".
    """
    start, watch = RemoteExecutor.__init__, RemoteExecutor._wait_thread

    def begin(executor, *arguments, **options):
        executor.is_whole = threading.Event()
        start(executor, *arguments, **options)
        executor.is_whole.set()

    def watch_then(executor):
        executor.is_whole.wait()
        watch(executor)

    RemoteExecutor.__init__, RemoteExecutor._wait_thread = begin, watch_then
