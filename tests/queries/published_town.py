"""What the hand-worked town has published: right, wrong, too low, without counts, of nothing."""

WORDS = {"name": ["周报", "Weekly report"], "source": ["公报", "Gazette"]}
DAYS = {"week": (20_514, 20_520)}
"""The town's named week, 2 to 8 March 2026."""

CLOSURE = {"key": "closure", "metric": "closure_rate_simple", "value": "76.92", "period": "week"}
CLOSURE |= {"n": 11, "d": 14, **WORDS}
SATISFACTION = {"key": "satisfied", "metric": "satisfaction", "value": "87.5", **WORDS}
SATISFACTION |= {"from": "2026-03-02", "to": "2026-03-11"}
FIGURES = (
    CLOSURE,
    SATISFACTION,
    {"key": "due", "metric": "closure_rate", "value": "81.82", **WORDS}
    | {"from": "2026-03-01", "to": "2026-03-31"},
    {"key": "time", "metric": "on_time_rate_original", "value": "72.7", **WORDS}
    | {"from": "2026-03-01", "to": "2026-03-31"},
    {"key": "high", "metric": "closure_rate_simple", "value": "60", "period": "week", **WORDS},
    {"key": "nothing", "metric": "on_time_rate", "value": "99.9", **WORDS}
    | {"from": "2025-01-01", "to": "2025-01-31"},
    {"key": "parked", "metric": "parked_rate", "value": "16.67", "period": "week", **WORDS},
    {"key": "returns", "metric": "return_rate", "value": "1.00", "period": "week", **WORDS},
)
