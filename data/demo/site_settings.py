"""What a site's folder says of its rules, as it is kept in the settings of the case database."""

from typing import Any

from sqlalchemy import Connection, select

from data.case_tables import category, site_setting
from data.demo.calendar import ZONE, Calendar
from data.demo.vocabulary import Vocabulary
from data.rules import write_calendar
from data.sites.settings import rules_of, stage_limits_of
from data.stage_limits import write_stage_limits
from data.stored_settings import write_setting


def post_plan(site: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By level key what data.demo.staff_posts takes: posts, and at stations staff, forces, teams."""
    plan: dict[str, dict[str, Any]] = {}
    for post in site.get("post", []):
        if "level" in post:
            posts = plan.setdefault(post["level"], {"posts": []})["posts"]
            posts.append((post["key"], post.get("duty_mode", "resident"), post.get("number", 1)))
    station = site["roles_of_levels"].get("station")
    if station:
        plan.setdefault(station, {"posts": []}).update(
            staff=site.get("staff", {}).get("per_station", 0),
            forces=[force["key"] for force in site.get("force", [])],
            teams=[team["key"] for team in site.get("team", [])],
        )
    return plan


def write_site(connection: Connection, words: Vocabulary, days: Calendar) -> None:
    """Write all that the site says of itself into a case database that holds its categories."""
    site = words.site
    first, last = days.window_dates()
    settings = {
        "demo": True,
        "name": site["name"],
        "zone": ZONE,
        "periods": [site["period"] | {"from": str(first), "to": str(last)}],
        "scenes": [],
        "published": [],
        **rules_of(site),
    }
    for key, value in settings.items():
        write_setting(connection, site_setting, key, value)
    write_calendar(connection, words.working_time, words.day_names)
    ids = {
        code: key
        for key, code in connection.execute(select(category.c.category_id, category.c.code))
    }
    write_stage_limits(connection, stage_limits_of(site, words.working_time, ids))
