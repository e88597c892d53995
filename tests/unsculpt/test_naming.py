"""Tags of strengths give the strength back."""

from hypothesis import given
from hypothesis import strategies as st

from unsculpt.naming import strength_tag


@given(st.floats(0, 1e6))
def test_a_tag_gives_its_strength_back(strength):
    assert float(strength_tag(strength)) == strength


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_different_strengths_have_different_tags(a, b):
    assert (strength_tag(a) == strength_tag(b)) == (a == b)
