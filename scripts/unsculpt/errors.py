"""A user's mistake, or what the machine refused, in one sentence; stdlib only."""

import errno
import re

_MEMORY = re.compile(r"can't allocate memory|CUDA out of memory")  # torch raises a plain RuntimeError
_ROOM = "make room on that disk, or let `results` be a link to a larger one (temporary files lie in TMPDIR)"
_RIGHTS = "run where you may read and write, or get the right to"
_WAY = "move what lies there out of the way"
_ADVICE = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "raise the largest size of a file (ulimit -f)",
    errno.EROFS: _RIGHTS,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.ENAMETOOLONG: "give the study, sample or method a shorter name",
    errno.EEXIST: _WAY,
    errno.EISDIR: _WAY,
    errno.ENOTDIR: _WAY,
    errno.EMFILE: "raise the number of open files (ulimit -n)",
}


class InputError(ValueError):
    """A mistake in the input, in one sentence: the file, branch or key, the offending value, and what to do.

    Scripts print the sentence without a traceback; so they do with what the machine refuses (`of_machine`); any other
    exception is a mistake of ours and keeps its traceback. Bytes of a file name that are not UTF-8 are spelt out.
    """

    def __init__(self, sentence):
        super().__init__(sentence.encode("utf-8", "backslashreplace").decode("utf-8"))


def of_machine(error, place, memory_mb=None):
    """What the machine refused, in one sentence: the place, the reason of the system, and what to do.

    Parameters
    ----------
    error : Exception
        It counts if it, or what it was raised from, is a `MemoryError` or an `OSError` that the system numbered.
    place : str
        What was being made, for an error that names no file.
    memory_mb : int, optional
        What the job asks for.

    Returns
    -------
    str or None
        None for an error of another kind.
    """
    while error is not None:
        words = " ".join(str(error).split())
        number = error.errno if isinstance(error, OSError) else None
        if isinstance(error, MemoryError) or number == errno.ENOMEM or _MEMORY.search(words):
            asks = f"asks for {memory_mb} MB and " if memory_mb else ""
            return (
                f"{place}: not enough memory ({words or 'no word of how much'}); the job {asks}needs more: run fewer "
                "jobs at a time (CORES=1), or run on a larger machine"
            )
        if number is not None:
            named = error.filename2 or error.filename or place
            return f"{named}: {error.strerror}; {_ADVICE.get(number, 'see to it, and run again')}"
        error = error.__cause__
    return None
