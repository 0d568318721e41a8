"""What a panel shows goes out as plain data: elements, their properties, texts."""

import dash_leaflet as dl
import pytest
from dash import html
from dash_svg import LinearGradient, Path
from drawn import ask, broken

from dashboard.markup import Markup, elements
from dashboard.server import SCREENS
from queries.site import Site


def test_a_tree_becomes_tags_properties_and_insides() -> None:
    link = html.A(["3 ", html.Span("件", className="unit")], href="#list=open", **{"data-n": 3})
    assert elements(link) == [
        "a",
        {"href": "#list=open", "data-n": 3},
        ["3 ", ["span", {"className": "unit"}, ["件"]]],
    ]


def test_elements_are_called_as_html_and_svg_call_them() -> None:
    assert elements(html.H1("x"))[0] == "h1"
    assert elements(Path(d="M0 0"))[:2] == ["path", {"d": "M0 0"}]
    assert elements(LinearGradient())[0] == "linearGradient"


def test_several_parts_need_no_element_around_them() -> None:
    assert elements([html.Br(), "x", None, 5]) == ["", {}, [["br", {}, []], "x", None, 5]]


def test_marks_in_a_name_of_the_data_stay_text() -> None:
    name = "<script>alert(1)</script>"
    assert elements(html.B(name)) == ["b", {}, [name]]


@pytest.mark.parametrize("odd", [dl.Map(), html.Div([dl.Map()]), object(), {"a": 1}, {1, 2}])
def test_what_is_no_element_is_refused(odd: object) -> None:
    with pytest.raises(TypeError, match="no plain element"):
        elements(odd)


def test_the_component_is_what_the_script_registers() -> None:
    sent = Markup("x-body", "panel-body", html.I("?")).to_plotly_json()
    assert sent == {
        "namespace": "grid_markup",
        "type": "Markup",
        "props": {"id": "x-body", "class_name": "panel-body", "content": ["i", {}, ["?"]]},
    }


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)
def test_a_panel_that_draws_no_elements_fails_alone(screen, site: Site) -> None:
    assert ask(broken(screen, "header"), site).panels["header"].klass.endswith("is-failed")
