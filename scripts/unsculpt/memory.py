"""Memory that a job takes again and again stays with it; stdlib only."""

import ctypes
from contextlib import suppress

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1  # of glibc's malloc.h
BLOCK, IDLE = 128 * 2**20, 256 * 2**20  # bytes


def keep():
    """Let glibc keep blocks of up to 128 MB, and 256 MB that are idle, instead of giving them back at once.

    Each batch takes them again, and what comes from the system has to be cleared first: that was a sixth to a third of
    the processor time of networks of images. Other libraries of C are left as they are.
    """
    with suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(MMAP_THRESHOLD, BLOCK)
        mallopt(TRIM_THRESHOLD, IDLE)
