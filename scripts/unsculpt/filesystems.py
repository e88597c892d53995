"""Files behind addresses of other kinds than http, through fsspec: their size, and ranges of their bytes."""


class Filesystem:
    """A file that a library of fsspec reads, `root://` by fsspec-xrootd.

    Parameters
    ----------
    path : str
        Its address.

    Raises
    ------
    ImportError
        Without the library of such addresses.
    ValueError
        For a kind of address that fsspec does not know.
    """

    def __init__(self, path):
        import fsspec.core  # which takes a tenth of a second, and http needs none of it

        self._system, self._place = fsspec.core.url_to_fs(path)

    def size(self):
        """Its size in bytes."""
        return int(self._action(lambda: self._system.info(self._place)["size"]))

    def read(self, first, last):
        """Its bytes from `first` to `last`, as the server gives them."""
        return bytes(self._action(lambda: self._system.cat_file(self._place, int(first), int(last) + 1)))

    def _action(self, action):
        """What an action gives; after a fault nothing of the connection is kept for the next attempt."""
        try:
            return action()
        except Exception:
            self._system.invalidate_cache()
            raise
