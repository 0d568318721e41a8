"""The wall 大屏: for people who stand 5–10 m away and never touch it."""

from dashboard.panel import Screen
from dashboard.panels.band import BAND
from dashboard.panels.feed import FEED
from dashboard.panels.grid_map import GRID_MAP
from dashboard.panels.header import HEADER
from dashboard.panels.lights import LIGHTS_PANEL
from dashboard.panels.people import PEOPLE
from dashboard.panels.quality import QUALITY
from dashboard.panels.ranking import RANKING
from dashboard.panels.rates import RATES
from dashboard.panels.shares import CATEGORIES, SOURCES
from dashboard.panels.sheet import SHEET
from dashboard.panels.today import TODAY
from dashboard.panels.trend import TREND

WALL = Screen(
    key="wall",
    panels=(
        HEADER,
        BAND,
        TODAY,
        RATES,
        QUALITY,
        GRID_MAP,
        RANKING,
        LIGHTS_PANEL,
        SOURCES,
        CATEGORIES,
        TREND,
        PEOPLE,
        FEED,
        SHEET,
    ),
    rows=17,
    namespaces=("dash", "dash_leaflet"),
    scripts=(
        "markup.js",
        "elapsed.js",
        "live.js",
        "ticks.js",
        "map.js",
        "map_points.js",
        "carousel.js",
        "stage.js",
    ),
    styles=(
        "tokens.css",
        "fonts.css",
        "base.css",
        "panels.css",
        "case.css",
        "lookup.css",
        "map.css",
        "stage.css",
        "wall.css",
    ),
)
