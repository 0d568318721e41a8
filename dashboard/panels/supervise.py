"""The way from a case or a grid to a 督办 of it, for those who may issue one."""

from typing import Any
from urllib.parse import urlencode

from dashboard import html
from dashboard.panel import Ask


def supervise(ask: Ask, **about: str) -> list[Any]:
    """A button that opens the sheet to write in (assets/stage.js); whether it is theirs the server says."""
    if ask.visitor is None or not ask.visitor.may("supervise", ask.screen):
        return []
    told: dict[str, Any] = {"data-sheet": f"supervise?{urlencode(about)}"}
    button = html.Button(ask.t("supervise.button"), className="choice supervise", **told)
    return [html.Div(button, className="case-line")]
