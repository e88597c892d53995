"""What is patched in other libraries is still there, in the installed version, as it was when it was patched."""

import asyncio
import datetime
import importlib
import inspect
import re
import shlex
import subprocess
import sys
import time
import warnings
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import awkward as ak
import fastjet
import fontTools.subset
import matplotlib
import pytest
import snakemake.common
import snakemake.script
import torch
import uproot
from matplotlib.figure import Figure
from snakemake.resources import Resource
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.settings import SharedFSUsage
from snakemake_logger_plugin_rich.handler import RichLogHandler

from unsculpt import products
from unsculpt.patches import fastjet as of_fastjet
from unsculpt.patches import matplotlib as of_matplotlib
from unsculpt.patches import snakemake as of_snakemake
from unsculpt.patches import torch as of_torch
from unsculpt.patches import uproot as of_uproot

LIBRARY = Path(products.__file__).parent
PINS = (LIBRARY.parents[1] / "envs/requirements.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("library", "module"),
    [
        ("uproot", of_uproot),
        ("snakemake", of_snakemake),
        ("fastjet", of_fastjet),
        ("torch", of_torch),
        ("matplotlib", of_matplotlib),
    ],
)
def test_the_pinned_version_is_the_one_in_which_the_patch_was_made(library, module):
    pinned = re.search(rf"^{library}==(\S+)", PINS, re.MULTILINE)[1]
    assert pinned == module.SEEN, f"look whether unsculpt/patches/{library}.py still fits, then change SEEN"


def test_uproot_still_asks_this_function_for_the_date():
    assert list(inspect.signature(uproot._util.datetime_to_code).parameters) == ["dt"]
    assert uproot._util.datetime_to_code(datetime.datetime(2018, 1, 1)) == of_uproot.FIXED_DATE
    with of_uproot.fixed_dates():
        assert uproot._util.datetime_to_code(datetime.datetime(2026, 5, 4)) == of_uproot.FIXED_DATE


def test_snakemake_believes_what_it_is_told_of_parameters():
    def asked(wildcards, attempt):
        return attempt

    assert list(inspect.signature(snakemake.common.overwrite_function_params).parameters) == ["func", "params"]
    assert list(snakemake.common.get_function_params(of_snakemake.say_parameters(asked))) == ["wildcards", "attempt"]
    assert snakemake.common.get_function_params(of_snakemake.say_parameters(asked, {})) == {}


def test_resources_are_evaluated_with_the_parameters_that_they_have():
    before = dict(snakemake.common.get_function_params(Resource("any", lambda wildcards: 1).evaluate))
    of_snakemake.say_parameters_of_resources()
    assert dict(snakemake.common.get_function_params(Resource("any", lambda wildcards: 1).evaluate)) == before


def test_snakemake_still_runs_scripts_by_the_bare_path_of_python(monkeypatch):
    source = inspect.getsource(snakemake.script.PythonScript.execute_script)
    assert "py_exec = sys.executable" in source and "{py_exec} {fname:q}" in source
    monkeypatch.setattr(sys, "executable", "/some where/python")
    of_snakemake.quote_python()
    assert shlex.split(sys.executable) == ["/some where/python"]


@pytest.mark.filterwarnings("ignore::UserWarning:htcondor2")  # there is no pool here
def test_what_is_borrowed_is_there():
    """Of Snakemake what the front and the log use; of torch an operator without which `products` does, too."""
    cli = importlib.import_module("snakemake.cli")
    assert callable(cli.main) and hasattr(cli.get_argument_parser(), "parse_args")
    assert isinstance(snakemake.common.NOTHING_TO_BE_DONE_MSG, str)
    assert "settings" in inspect.signature(RichLogHandler).parameters
    operator = getattr(torch.ops.mkldnn, products.OPERATOR).default
    assert [a.name for a in operator._schema.arguments] == ["X", "W", "B", "attr", "scalars", "algorithm"]


def test_nothing_is_patched_elsewhere():
    root = LIBRARY.parents[1]
    files = [*(root / "scripts").rglob("*.py"), *(root / "rules").glob("*.smk"), root / "Snakefile"]
    patch = re.compile(r"mock\.patch|monkeypatch|overwrite_function_params|sys\.executable = |\w+\._util\b")
    found = [
        f"{path.relative_to(root)}: {match[0]}"
        for path in files
        if path.parent.name != "patches"
        for match in patch.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_fastjet_still_warns_of_the_algorithms_that_it_names_as_sound():
    momenta = ak.Array([[{"px": 1.0, "py": float(i), "pz": 0.0, "E": 9.0} for i in range(3)]])
    momenta = ak.with_name(momenta, "Momentum4D")
    sequence = fastjet.ClusterSequence(momenta, fastjet.JetDefinition(fastjet.kt_algorithm, 1.0))
    with pytest.warns(UserWarning, match="other than kt"):
        sequence.exclusive_jets(n_jets=2)
    with warnings.catch_warnings(), of_fastjet.without_a_false_warning():
        warnings.simplefilter("error")
        sequence.exclusive_jets(n_jets=2)


def test_jobs_are_watched_when_the_executor_is_whole(monkeypatch):
    """A plugin whose setting up takes a while, as on a busy machine: Snakemake alone would look before it is over."""

    class Slow(RemoteExecutor):
        seen = ()

        def __post_init__(self):
            time.sleep(0.3)
            self.log = "set up"

        async def check_active_jobs(self, active_jobs):
            self.seen += (getattr(self, "log", "nothing"),)
            self.wait = False
            for job in active_jobs:
                yield job

        run_job = cancel_jobs = get_exec_mode = get_python_executable = job_specific_local_groupid = None
        __abstractmethods__ = frozenset()

    workflow = MagicMock(scheduler=None)  # of which an executor reads a dozen settings
    workflow.remote_execution_settings = SimpleNamespace(
        max_status_checks_per_second=10, jobname="{jobid}", jobscript=None
    )
    workflow.storage_settings.shared_fs_usage = [SharedFSUsage.SOURCES]
    workflow.executor_plugin.common_settings.init_seconds_before_status_checks = 0
    monkeypatch.setattr(RemoteExecutor, "sleep", lambda executor: asyncio.sleep(0))
    for name in ("__init__", "_wait_thread"):
        monkeypatch.setattr(RemoteExecutor, name, getattr(RemoteExecutor, name))  # as before, when the test is over
    of_snakemake.watch_when_whole()
    executor = Slow(workflow, None)
    executor.wait_thread.join(5)
    assert executor.seen == ("set up",)


def test_an_optimiser_does_not_load_the_compiler_of_torch():
    """Neither those of stacks nor torch's own, with all that is asked of them; unpatched it does, in each job anew."""
    use = """
import sys, torch
{imported}
weight = torch.nn.Parameter(torch.ones(40))
optimiser = Adam([weight])
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 2)
for _ in range(2):
    optimiser.zero_grad()
    weight.square().sum().backward()
    optimiser.step()
    schedule.step()
optimiser.load_state_dict(optimiser.state_dict())
assert 0.9 < weight.min() < 1
print("torch._dynamo" in sys.modules)
"""
    for imported, loads in (
        ("from unsculpt.patches.torch import Adam", False),
        ("from unsculpt.training import StackedAdam as Adam", False),
        ("from torch.optim import Adam", True),
    ):
        command = [sys.executable, "-c", use.format(imported=imported)]
        said = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, cwd=LIBRARY.parent)
        assert said.stdout.strip() == str(loads), imported


def test_fonts_of_a_figure_have_no_rules_and_its_ticks_are_no_formulas_but_for_their_power_of_ten(monkeypatch):
    embedded = []
    subset = fontTools.subset.Subsetter.subset

    def watched(subsetter, font):
        subset(subsetter, font)
        embedded.append({*font.keys()})

    monkeypatch.setattr(fontTools.subset.Subsetter, "subset", watched)

    def drawn():
        with matplotlib.rc_context({"axes.formatter.use_mathtext": True, "pdf.fonttype": 42}):
            figure = Figure()
            axes = figure.add_subplot()
            axes.plot([-0.25, 0.75], [0, 2e9])
            with BytesIO() as file:
                figure.savefig(file, format="pdf")
            ticks = [label.get_text() for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels()]
            return ticks, axes.yaxis.get_offset_text().get_text(), embedded.pop()

    math, power, tables = drawn()
    with of_matplotlib.quick():
        plain, same_power, fewer = drawn()
    assert plain == [label.removeprefix(of_matplotlib.MATH).removesuffix("}$") for label in math] != math
    assert "\N{MINUS SIGN}0.2" in plain and power == same_power != ""
    assert (
        {*of_matplotlib.RULES} & tables
        and tables - fewer <= {*of_matplotlib.RULES}
        and not {*of_matplotlib.RULES} & fewer
    )
    assert drawn()[0] == math
