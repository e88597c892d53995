"""Other processors, as far as the libraries can be told to compute as on these: settings of the environment by name."""

import platform
import shutil
import subprocess
from pathlib import Path

# What MKL asks of the processor, answered for it: it is a part of torch, whose calls a preloaded library takes over.
_NOT_INTEL = "int mkl_serv_intel_cpu_true(void) { return 0; } int mkl_serv_intel_cpu(void) { return 0; }"
_ZEN = "int mkl_serv_cpuiszen(void) { return 1; }"
MAKERS = {"MKL as on AMD": f"{_NOT_INTEL} {_ZEN}", "MKL as on other makers": _NOT_INTEL}
SETTINGS = {
    "MKL in compatible mode": {"MKL_CBWR": "COMPATIBLE"},
    "torch without vectors": {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"},
    "AVX2 everywhere": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Haswell",
    },
}
NAMES = [*MAKERS, *SETTINGS]


class Unavailable(Exception):
    """A sentence that says why this machine cannot compute as another."""


def environment(name, folder):
    """The variables that make a process compute in this way; what has to be compiled is put into `folder`."""
    if platform.machine() != "x86_64":
        raise Unavailable(f"this is {platform.machine()}, and the setting is one of x86_64")
    if name in SETTINGS:
        return SETTINGS[name]
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Unavailable("no C compiler is there to build the library that speaks for the processor")
    source = Path(folder) / f"{name.replace(' ', '_')}.c"
    source.write_text(MAKERS[name] + "\n", encoding="utf-8")
    library = source.with_suffix(".so")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library)}
