"""What a fit of the sidebands does: the configuration `fit`, name by name (config/README.md)."""

from dataclasses import dataclass

from unsculpt import shapes

ENVELOPE, CHOSEN = "envelope", "chosen"  # intervals of data
FORGIVEN_ERRORS = 2.0  # standard errors of a template that a relaxed criterion subtracts


@dataclass(frozen=True)
class SpuriousCriteria:
    """The configuration `fit.spurious_signal`: which masses and functions are tried, and what is small.

    The criteria are those of ATLAS H->yy measurements (arXiv:1802.04146).
    """

    masses_gev: tuple = tuple(range(121, 130))
    of_expected: float = 0.1
    of_error: float = 0.2
    min_p_value: float = 0.01
    functions: tuple = tuple(shapes.FUNCTIONS)

    def passes(self, spurious, *, expected_signal, error):
        """Whether a spurious signal is small against the expected signal, or against the error of a fitted one.

        Examples
        --------
        >>> SpuriousCriteria().passes(-3.0, expected_signal=10.0, error=20.0)
        True
        """
        return bool(abs(spurious) < self.of_expected * expected_signal or abs(spurious) < self.of_error * error)


PUBLISHED = SpuriousCriteria()


@dataclass(frozen=True)
class IntervalSettings:
    """The configuration `fit.interval`: what the interval of the window yield of data knows of the choice.

    method : ENVELOPE, over these functions, or CHOSEN, that of the chosen function alone.
    functions : log-linear functions that are profiled.
    penalty : in -2 ln L, for each parameter.
    """

    method: str = ENVELOPE
    functions: tuple = ("exp1", "exp2", "exp3", "pow1", "pow2")
    penalty: float = 1.0


QUOTED = IntervalSettings()


@dataclass(frozen=True)
class Settings:
    """The configuration `fit`."""

    max_order: int = 2
    order_p_value: float = 0.05
    min_sideband_events: float = 10
    functions: tuple | None = None
    borrow_slope_below: float = 50
    toys: int = 500
    injection: tuple = ()
    spurious_signal: SpuriousCriteria = PUBLISHED
    interval: IntervalSettings = QUOTED

    @classmethod
    def from_config(cls, fit):
        """From the sub-tree `fit` of a resolved configuration."""
        parts = {"spurious_signal": SpuriousCriteria, "interval": IntervalSettings}
        made = {key: part(**_tuples(fit.get(key, {}))) for key, part in parts.items()}
        return cls(**_tuples({key: value for key, value in fit.items() if key not in parts}), **made)

    @property
    def family(self):
        """Names of the functions of the sideband fit, fewest parameters first.

        Examples
        --------
        >>> Settings(max_order=2).family
        ('exp1', 'exp2')
        """
        return self.functions or tuple(shapes.function_name(order) for order in range(1, self.max_order + 1))

    def borrows_slope(self, events):
        """Whether a spectrum with so many events in the sidebands takes its slope from elsewhere."""
        return events < self.borrow_slope_below


def _tuples(tree):
    return {key: tuple(value) if isinstance(value, list) else value for key, value in tree.items()}
