"""The plain elements that panels are drawn with, called as `dash.html` calls them.

They only stand in a panel's `content` (dashboard/markup.py). A screen is made of a thousand, and Dash's own
components, which check more than is needed for that, took most of the time of drawing it.
"""

from typing import Any, ClassVar

PROPERTIES = frozenset(
    "className colSpan download href id lang rel role rowSpan style target title type value".split()
)
"""Properties that are drawn with; besides them `data-…` and `aria-…`."""
FREE = ("data-", "aria-")


class Element:
    """An element: what is inside it, and its properties by the names that React calls them.

    Raises TypeError for a property that no panel uses: it is a slip.
    """

    __slots__ = ("children", "given")
    tag: ClassVar[str]

    def __init__(self, children: Any = None, **given: Any) -> None:
        if not PROPERTIES.issuperset(given):
            _check(self.tag, given)
        self.children = children
        self.given = given


def _check(tag: str, given: dict[str, Any]) -> None:
    for name in given:
        if name not in PROPERTIES and not name.startswith(FREE):
            raise TypeError(f"<{tag}> is given {name!r}, which is none of {sorted(PROPERTIES)}")


class A(Element):
    """A link."""

    __slots__ = ()
    tag = "a"


class B(Element):
    """Bold words."""

    __slots__ = ()
    tag = "b"


class Button(Element):
    """A button."""

    __slots__ = ()
    tag = "button"


class Data(Element):
    """A value for scripts."""

    __slots__ = ()
    tag = "data"


class Dd(Element):
    """What a term means."""

    __slots__ = ()
    tag = "dd"


class Div(Element):
    """A block."""

    __slots__ = ()
    tag = "div"


class Dl(Element):
    """Terms and their meanings."""

    __slots__ = ()
    tag = "dl"


class Dt(Element):
    """A term."""

    __slots__ = ()
    tag = "dt"


class H1(Element):
    """The page's heading."""

    __slots__ = ()
    tag = "h1"


class H2(Element):
    """A panel's heading."""

    __slots__ = ()
    tag = "h2"


class H3(Element):
    """A heading inside a panel."""

    __slots__ = ()
    tag = "h3"


class Li(Element):
    """An item of a list."""

    __slots__ = ()
    tag = "li"


class Nav(Element):
    """Ways to other views."""

    __slots__ = ()
    tag = "nav"


class Ol(Element):
    """A list in order."""

    __slots__ = ()
    tag = "ol"


class P(Element):
    """A paragraph."""

    __slots__ = ()
    tag = "p"


class Section(Element):
    """A part of the page."""

    __slots__ = ()
    tag = "section"


class Span(Element):
    """A piece of a line."""

    __slots__ = ()
    tag = "span"


class Table(Element):
    """A table."""

    __slots__ = ()
    tag = "table"


class Tbody(Element):
    """The rows of a table."""

    __slots__ = ()
    tag = "tbody"


class Td(Element):
    """A cell of a table."""

    __slots__ = ()
    tag = "td"


class Tr(Element):
    """A row of a table."""

    __slots__ = ()
    tag = "tr"


class Th(Element):
    """A cell that says what a row or column is."""

    __slots__ = ()
    tag = "th"


class Thead(Element):
    """The rows of a table that head it."""

    __slots__ = ()
    tag = "thead"
