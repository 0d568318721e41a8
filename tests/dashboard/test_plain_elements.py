"""Panels draw with elements of their own, which are called as Dash's are and checked as far."""

import pytest
from dash import html as dashs

from dashboard import html
from dashboard.markup import elements


def test_an_element_is_drawn_as_dash_s_own() -> None:
    own = html.A(["3 ", html.Span("件", className="unit")], href="#list=open", **{"data-n": 3})
    theirs = dashs.A(["3 ", dashs.Span("件", className="unit")], href="#list=open", **{"data-n": 3})
    assert elements(own) == elements(theirs)
    assert elements(html.Td(None, colSpan=2)) == ["td", {"colSpan": 2}, []]


def test_dash_s_elements_may_stand_inside() -> None:
    assert elements(html.P([dashs.B("x"), 1])) == ["p", {}, [["b", {}, ["x"]], 1]]


@pytest.mark.parametrize("name", ["classname", "on_click", "dataN"])
def test_a_property_that_none_has_is_a_slip(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        html.Div("x", **{name: "y"})


@pytest.mark.parametrize("tag", html.Element.__subclasses__(), ids=lambda tag: tag.tag)
def test_every_element_is_called_as_dash_s_is(tag: type[html.Element]) -> None:
    assert elements(tag("x")) == elements(getattr(dashs, tag.__name__)("x"))
