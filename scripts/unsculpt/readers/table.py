"""What files of tables have in common that tell nothing beside their tables: opened, closed, faults as sentences."""

from unsculpt import remotefiles
from unsculpt.errors import InputError


class TableFile:
    """A file of tables, opened (see `readers`).

    Parameters
    ----------
    path : str
        What it is called in sentences: a path or URL.
    source : path or file
        What is read.
    stack : contextlib.ExitStack
        What is closed with it.
    """

    KIND, FAULTS, REMEDY = "a file of tables", (OSError,), "make it again"

    def __init__(self, path, source, stack):
        self.path, self.source, self._stack = path, source, stack

    def close(self):
        self._stack.close()

    def trees(self):
        return []

    def text(self, _name):
        return None

    histogram = text

    def remedy(self, _words):
        """What to do about a fault."""
        return self.REMEDY

    def sentence(self, words):
        """A fault that a library told in these words, with what to do."""
        return f"is {self.KIND} that cannot be read ({words}); {self.remedy(words)}"

    def read(self, action):
        """What an action gives; its faults, and those of a server, are one sentence."""
        try:
            return action()
        except Exception as error:
            if fault := getattr(self.source, "fault", None):
                raise InputError(
                    f"{self.path}: cannot be read to its end ({remotefiles.reason(fault)}); {remotefiles.advice(fault)}"
                ) from error
            if not isinstance(error, self.FAULTS):
                raise
            raise InputError(f"{self.path}: {self.sentence(str(error).splitlines()[0])}") from error
