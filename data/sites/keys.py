"""Every key that a site.toml and a rhythm.toml may hold, and what its value must be like."""

from dataclasses import replace

from data.priorities import COLOURS
from data.reach import REPEAT_BY
from data.score_weights import WEIGHTS, WHOLE
from data.sites.shape import (
    Many,
    Section,
    Value,
    flag,
    list_of,
    number,
    one_of,
    pairs,
    text,
    texts,
    whole,
    words,
)
from data.working_time import CLOCKS

NATURAL_HOUR = "natural_hour"
"""The clock of a stage limit that runs in natural time; the others are data.working_time.CLOCKS."""

MOST_GRIDS = 50_000
ROLES = (
    "public",
    "staff",
    "operator",
    "dispatcher",
    "handler",
    "checker",
    "approver",
    "supervisor",
)
REASONS = (
    "merged",
    "rejected",
    "cancelled",
    "returned",
    "rework",
    "hung",
    "extended",
    "escalated",
    "supervised",
    "reopened",
)

_LEVEL = Section(
    {
        "key": text(),
        "name": words(),
        "kinds": texts(),
        "kind_shares": list_of(None, 0, 1, required=False),
        "kinds_follow": flag(required=False),
        "pool": text(required=False),
        "names": pairs(),
        "letter": text(required=False),
        "digits": whole(1, 6, required=False),
        "full": whole(1, MOST_GRIDS),
        "small": whole(1, MOST_GRIDS),
    }
)
_EXCLUSIVE = Section(
    {
        "key": text(),
        "name": words(),
        "kind": text(),
        "parent": text(),
        "letter": text(),
        "digits": whole(1, 6),
        "full": whole(1, MOST_GRIDS),
        "small": whole(1, MOST_GRIDS),
        "type": Many(Section({"name": words(), "suffix": words(), "weight": number(0, 1e6)})),
    },
    required=False,
)
_SIZE = Section(
    {
        "cases_per_day": number(1, 100_000, required=False),
        "window_accepted": whole(1, 10_000_000, required=False),
        "window_closed": whole(1, 10_000_000, required=False),
        "compounds": whole(1, MOST_GRIDS, required=False),
        "houses": whole(1, 10_000_000, required=False),
        "entities": whole(1, 10_000_000, required=False),
    },
    required=False,
)
_LIGHTS = Section(
    {
        "ladder": one_of("green_yellow_red", "blue_orange_red"),
        "warn_share": number(0.01, 0.99),
        "basis": one_of("whole", "stage"),
    },
    required=False,
)
_ASSESSMENT = Section(
    {
        "month_begins": whole(1, 28, required=False),
        "year_begins_month": whole(1, 12, required=False),
        "day_begins": text(required=False),
        "fresh_days": whole(1, 3650, required=False),
        "repeat_days": whole(1, 3650, required=False),
        "repeat_metres": whole(1, 5000, required=False),
        "repeat_by": one_of(*REPEAT_BY, required=False),
        "report_days": whole(1, 366, required=False),
    },
    required=False,
)
_PUBLISHED = Section(
    {
        "key": text(),
        "metric": text(),
        "value": text(),
        "n": whole(0, 10**12, required=False),
        "d": whole(1, 10**12, required=False),
        "period": text(),
        "name": words(),
        "source": words(),
    }
)
_STAGE = Section(
    {
        "stage": text(),
        "name": words(),
        "limit": number(0.01, 100_000),
        "clock": one_of(*CLOCKS, NATURAL_HOUR),
        "category": text(required=False),
    }
)
_NAMED = Section({"key": text(), "name": words()})
_POST = Section(
    {
        "key": text(),
        "name": words(),
        "level": text(required=False),
        "number": whole(1, 1000, required=False),
        "duty_mode": one_of("resident", "reporting", "part_time", required=False),
    }
)
_SHARE = number(0, 1, required=False)
_SCORES = Section(
    {
        role: Section({part: number(0, WHOLE) for part in parts}, required=False)
        for role, parts in WEIGHTS.items()
    },
    required=False,
)
_SEATS = Section(
    {
        "supervisor": text(),
        "acceptors": whole(1, 1000),
        "shift_leads": whole(1, 1000),
        "dispatchers": whole(1, 1000),
    },
    required=False,
)


def _any_list(form: str) -> Value:
    return Value(lambda v: isinstance(v, list), form)


SITE = Section(
    {
        "name": words(),
        "district": words(),
        "code": text(),
        "centre": list_of(2, -180, 180),
        "area_km2": number(0.1, 100_000),
        "tables": text(required=False),
        "worker_sources": texts(required=False),
        "level": Many(_LEVEL),
        "hierarchy": Many(Section({"code": text(), "name": words(), "levels": texts()})),
        "roles_of_levels": Section(
            {"office": text(), "road": text(), "station": text(required=False)}
        ),
        "office": Section({"kind": text(), "name": words()}),
        "stations": Section(
            {"names": pairs(), "staff_quota": list_of(None, 0, 10_000)}, required=False
        ),
        "size": Section({"full": _SIZE, "small": _SIZE}, required=False),
        "population": Section({"known": flag()}, required=False),
        "period": Section(
            {
                "key": text(),
                "name": text(),
                "name_en": text(),
                "from": text(required=False),
                "to": text(required=False),
            }
        ),
        "published": Many(_PUBLISHED, required=False),
        "roles": Section({role: text() for role in ROLES}),
        "reasons": Section({event: texts() for event in REASONS}),
        "places": Section({"road": texts(), "door": texts(), "compound": texts()}),
        "scene": Many(
            Section(
                {
                    "name": text(),
                    "name_en": text(),
                    "fragment": Value(lambda v: isinstance(v, str), 'write a text, "…" or ""'),
                    "seconds": whole(5, 3600),
                }
            ),
            required=False,
        ),
        "lights": _LIGHTS,
        "priority": Many(
            Section(
                {
                    "key": text(),
                    "name": words(),
                    "when": _any_list("write [[1, 1], [1, 2], …]"),
                    "colour": one_of(*COLOURS, required=False),
                }
            ),
            required=False,
        ),
        "definition": Many(
            Section({"metric": text(), "variant": text(), "valid_from": text()}), required=False
        ),
        "assessment": _ASSESSMENT,
        "stage": Many(_STAGE, required=False),
        "steps": Section({}, required=False, anything=words()),
        "post": Many(_POST, required=False),
        "force": Many(_NAMED, required=False),
        "team": Many(_NAMED, required=False),
        "duty_weights": Section(
            {"resident": _SHARE, "reporting": _SHARE, "part_time": _SHARE}, required=False
        ),
        "silent_after": Section({}, required=False, anything=whole(0, 7 * 24 * 60)),
        "scores": _SCORES,
        "seats": _SEATS,
        "exclusive": _EXCLUSIVE,
        "access": Section(
            {
                "table": text(),
                "batches": whole(1, 100),
                "classes": whole(1, 100),
                "items": whole(1, 10_000),
            },
            required=False,
        ),
        "staff": Section(
            {"per_station": whole(0, 10_000, required=False), "vacant_share": _SHARE},
            required=False,
        ),
    }
)

RULE_KEYS = (
    *("lights", "priority", "definition", "assessment", "steps", "stage", "worker_sources"),
    *("post", "force", "team", "duty_weights", "scene", "published", "period", "scores"),
    "silent_after",
)
"""What of a site.toml are rules, which a load can take from it too."""
_UNREAD = Value(lambda _: True, "", required=False)
RULES = Section(
    dict.fromkeys(SITE.keys, _UNREAD)
    | {key: replace(SITE.keys[key], required=False) for key in RULE_KEYS}
)
"""A site.toml of which only the rules are read: all of them may be missing."""

_HOURS = list_of(24, 0, 1000)
_MONTHS = list_of(12, 0, 1000)
RHYTHM = Section(
    {
        "hours": Section({}, anything=_HOURS),
        "weekdays": Section({"work": list_of(7, 0, 100), "other": list_of(7, 0, 100)}),
        "months": Section({"all": _MONTHS}),
        "holidays": Section(
            {
                "office": number(0, 10),
                "other": number(0, 10),
                "fixed": _any_list('write [["10-01", "10-07"], …]'),
                "spring": texts(),
                "spring_days": whole(0, 30),
            }
        ),
        "rain": Section(
            {
                "chance": list_of(12, 0, 1),
                "longest": whole(1, 30),
                "volume": number(0, 100),
                "rain_categories": number(0, 1000),
                "dry_categories": number(0, 1000),
            }
        ),
        "seasons": Section({"summer": _MONTHS, "winter": _MONTHS}),
    }
)
