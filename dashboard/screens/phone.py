"""The phone 小屏: for a leader in a lift. Plain HTML: no chart, map or table library."""

from dashboard.panel import Screen
from dashboard.panels.brief import BRIEF, CARDS_PANEL, NEEDS_PANEL
from dashboard.panels.header import HEADER
from dashboard.panels.own_tasks import TASKS
from dashboard.panels.phone_map import PHONE_MAP
from dashboard.panels.quality import QUALITY
from dashboard.panels.ranking import RANKING
from dashboard.panels.sheet import SHEET
from dashboard.panels.work import WORK

PHONE = Screen(
    key="phone",
    panels=(
        HEADER,
        TASKS,
        BRIEF,
        CARDS_PANEL,
        NEEDS_PANEL,
        QUALITY,
        RANKING,
        WORK,
        PHONE_MAP,
        SHEET,
    ),
    rows=17,
    namespaces=("dash",),
    scripts=(
        "markup.js",
        "elapsed.js",
        "live.js",
        "ticks.js",
        "watermark.js",
        "find.js",
        "phone_map.js",
        "stage.js",
    ),
    styles=(
        "tokens.css",
        "base.css",
        "panels.css",
        "case.css",
        "lookup.css",
        "stage.css",
        "phone.css",
    ),
)
