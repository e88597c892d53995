"""Numbers as a reader wants them: significant digits, errors, words where there is nothing; stdlib only."""

import math

NOTHING = "not computed"
UNQUALIFIED = (  # before the numbers of a working point that does not qualify
    "No qualified working point: no point of the grid qualifies, and these are the numbers of the one whose "
    "JSD is closest to its floor"
)


def exists(value):
    """Whether this is a finite number."""
    return isinstance(value, (int, float)) and math.isfinite(value)


def number(value, digits=3):
    r"""A number with some significant digits, in words where there is none.

    Examples
    --------
    >>> number(0.01234), number(123456.0), number(7), number(0.0000123), number(None)
    ('0.0123', '123\u2009456', '7', '1.23 × 10⁻⁵', 'not computed')
    """
    if not exists(value):
        return NOTHING
    if isinstance(value, int) or (abs(value) >= 10**digits and abs(value) < 1e9):
        return f"{value:,.0f}".replace(",", "\u2009").replace("-", "−")
    if value and not 1e-3 <= abs(value) < 1e9:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}{_power(int(exponent))}".replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−")


def measurement(content):
    """A value with its error, which has two significant digits.

    Examples
    --------
    >>> measurement({"value": 12.3456, "error": 0.234}), measurement({"value": 0.000123, "error": 0.000021})
    ('12.35 ± 0.23', '(1.23 ± 0.21) × 10⁻⁴')
    >>> measurement(None), measurement({"value": 2.0, "error": None})
    ('not computed', '2')
    """
    value, error = (content or {}).get("value"), (content or {}).get("error")
    if not exists(value):
        return NOTHING
    if not exists(error) or not error:
        return number(value)
    if 0 < abs(value) < 1e-3:
        exponent = math.floor(math.log10(abs(value)))
        return f"({_rounded(value / 10**exponent, error / 10**exponent)}){_power(exponent)}"
    return _rounded(value, error)


def divergence(content):
    """A divergence with its error, and its floor."""
    if not content or content["value"] is None:
        return NOTHING
    return f"{measurement(content)} (floor {number(content['floor'], 2)})"


def _rounded(value, error):
    digits = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:.{digits}f} ± {error:.{digits}f}".replace("-", "−")


def _power(exponent):
    return " × 10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
