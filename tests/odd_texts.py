"""Texts that a study may well have, and that would break something if they were not escaped."""

SIGNS = r"""50 % & #1_a{b} \o/ ~^ | <b>"q" 'x' <!--"""
FORMULA = r"$\frac{p_\mathrm{T}}{m_{\gamma\gamma}} \geq 0.3$"
LABELS = {
    "nn": SIGNS,
    "ann": rf"{FORMULA}: a/b: 5 \$",
    "disco": "距離 é 😀 " + "long " * 12,
}
LATEX = {"tth": rf"{SIGNS} {FORMULA}", "ttyy": r"5 \$ a_b", "data": "数 😀"}
FIGURE_LABEL = r"""Work_in-progress, 50 % #1 {a} ~^ \o/ "q" <b> $\mu^{2}$ 5 \$ 距離"""
TITLE = SIGNS + " 距離 $x"


def method_labels(methods):
    """A grid with these labels."""
    return {name: {**method, "label": LABELS[name]} for name, method in methods.items()}


def sample_names(samples):
    """Samples with these names on figures."""
    return {name: {**sample, "latex": LATEX[name]} for name, sample in samples.items()}
