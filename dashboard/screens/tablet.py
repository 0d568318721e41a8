"""The tablet 中屏: for a station chief standing in the street, thumb on the screen."""

from dashboard.panel import Screen
from dashboard.panels.band import BAND
from dashboard.panels.case_list import URGENT
from dashboard.panels.data_quality import DATA_QUALITY
from dashboard.panels.grid_map import GRID_MAP
from dashboard.panels.header import HEADER
from dashboard.panels.people import PEOPLE
from dashboard.panels.quality import QUALITY
from dashboard.panels.ranking import RANKING
from dashboard.panels.rates import RATES
from dashboard.panels.shares import CATEGORIES, DEPARTMENTS, SOURCES
from dashboard.panels.sheet import SHEET
from dashboard.panels.today import TODAY
from dashboard.panels.trend import TREND
from dashboard.panels.work import WORK

TABLET = Screen(
    key="tablet",
    panels=(
        HEADER,
        BAND,
        URGENT,
        GRID_MAP,
        TODAY,
        RATES,
        QUALITY,
        RANKING,
        TREND,
        SOURCES,
        CATEGORIES,
        DEPARTMENTS,
        PEOPLE,
        WORK,
        DATA_QUALITY,
        SHEET,
    ),
    rows=12,
    namespaces=("dash", "dash_leaflet"),
    scripts=(
        "markup.js",
        "elapsed.js",
        "live.js",
        "ticks.js",
        "watermark.js",
        "find.js",
        "people.js",
        "map.js",
        "map_points.js",
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
        "tablet.css",
    ),
)
