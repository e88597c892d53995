"""What unsculpt changes inside matplotlib, for a third of the time of a figure and the same look."""

from contextlib import ExitStack, contextmanager
from unittest import mock

from fontTools.subset import Options
from matplotlib.ticker import ScalarFormatter

SEEN = "3.11.2"
RULES = ("GDEF", "GPOS", "GSUB")  # tables of a font by which text is set; that of a PDF is set
MATH = r"$\mathdefault{"  # around each number of a tick, for the sake of the power of ten at the end of the axis


@contextmanager
def quick():
    """In this context, a PDF has fonts without such tables, and numbers of ticks are no formulas."""
    dropped = [*Options._drop_tables_default, *RULES]
    set_format = ScalarFormatter._set_format

    def plain(formatter):
        set_format(formatter)
        if formatter._format.startswith(MATH):
            formatter._format = formatter._format.removeprefix(MATH).removesuffix("}$")

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(Options, "_drop_tables_default", dropped))
        stack.enter_context(mock.patch.object(ScalarFormatter, "_set_format", plain))
        yield
