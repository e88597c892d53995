"""Blocks that are taken again and again do not come from the system each time."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
PROBE = """
import ctypes, resource, sys
sys.path.insert(0, {scripts!r})
from unsculpt import memory
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
if {keep}:
    memory.keep()
for i in range(21):
    block = libc.malloc(60 * 2**20)
    ctypes.memset(block, 1, 60 * 2**20)
    libc.free(block)
    if i == 0:
        first = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - first)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is the library of C of Linux")
def test_a_block_is_cleared_once():
    def faults(keep):
        code = PROBE.format(scripts=str(SCRIPTS), keep=keep)
        return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)

    assert faults(True) < 100
    assert faults(False) > 200  # each of 20 blocks anew, in pages of 4 kB, or of 2 MB where the kernel has them
