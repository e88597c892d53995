"""The kernel that the benchmark measures trains what torch trains."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import torch

pytest.importorskip("triton", reason="Triton comes with torch for a GPU")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU here")
@pytest.mark.parametrize(("units", "batch"), [(64, 1024), (16, 512)])
def test_a_step_in_one_kernel_is_the_step_of_torch(units, batch):
    spec = spec_from_file_location("gpu_kernel", Path(__file__).parents[2] / "benchmarks" / "gpu_kernel.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    kernel, theirs = (module.Stack(units, batch, 3, events=5000) for _ in range(2))
    for _ in range(3):
        kernel.kernel()
        theirs.torch()
        torch.testing.assert_close(kernel.loss, theirs.loss, rtol=1e-5, atol=1e-6)
    for ours, other in zip(kernel.parameters, theirs.parameters, strict=True):
        assert ((ours - other.detach()).abs() > 1e-5).float().mean() < 0.01  # Adam follows the sign of a rounding
