import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from unsculpt import schema
from unsculpt.simulation import candidates, photons, processes, toys
from unsculpt.simulation.processes import PROCESSES


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES)
def test_every_entry_names_what_is_there(process):
    if process.toy is not None:  # no particles: neither candidates nor a generator
        assert callable(getattr(toys, process.toy)) and not process.components and process.cross_section_pb > 0
        return
    assert callable(getattr(candidates, process.preselection.candidates))
    assert process.pseudodata is None or callable(getattr(photons, process.pseudodata))
    low, high = process.preselection.mass_range_gev
    assert 0 <= low < high
    assert (process.fallback is not None) == process.matrix_element
    if process.fallback:
        instead = PROCESSES[process.fallback]
        assert not instead.matrix_element
        assert (instead.format, instead.preselection) == (process.format, process.preselection)


def test_a_study_may_name_every_process_and_no_other():
    samples = schema.load(Path(__file__).parents[3])["properties"]["samples"]
    names = samples["additionalProperties"]["properties"]["simulate"]["properties"]["process"]["enum"]
    assert names == list(PROCESSES)


def test_the_registry_needs_the_standard_library_alone():
    code = "import sys, unsculpt.simulation.processes; sys.exit('numpy' in sys.modules)"
    scripts = Path(processes.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(scripts)})


def test_the_photons_of_fakes_are_good_in_pseudodata_and_those_of_others_stay_as_they_are(ntni, tth):
    fakes = PROCESSES["ntni"].for_pseudodata(ntni)
    assert fakes.photons["tight"].all()
    assert not ntni.photons["tight"].all()
    np.testing.assert_array_equal(PROCESSES["tth"].for_pseudodata(tth).photons, tth.photons)
