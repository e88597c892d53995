"""Names of strengths and of the files a study makes; stdlib only."""


def strength_tag(strength):
    """Shortest text that names a strength and gives it back: `float(tag) == strength`.

    Examples
    --------
    >>> strength_tag(0.30), strength_tag(100), strength_tag(0.125)
    ('0.3', '100', '0.125')
    """
    strength = float(strength)
    return str(int(strength)) if strength.is_integer() and strength < 1e15 else repr(strength)


def method_label(name, method):
    """What a method is called on figures and in tables.

    Examples
    --------
    >>> method_label("ann", {})
    'ANN'
    """
    return method.get("label", name.upper())


def category_name(short, number):
    """Name of a category; number 1 is the purest.

    Examples
    --------
    >>> category_name("Had", 1)
    'Had 1'
    """
    return f"{short} {number}"
