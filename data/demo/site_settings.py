"""What a site's folder says of its rules, as it is kept in the settings of the case database."""

from typing import Any

from sqlalchemy import Connection

from data.case_tables import site_setting
from data.demo.calendar import ZONE, Calendar
from data.demo.vocabulary import Vocabulary
from data.rules import write_calendar
from data.stored_settings import write_setting

TABLES = ("lights", "assessment", "steps", "duty_weights")
"""Sections of site.toml that are settings as they stand."""
LISTS = {
    "priority": ("priorities", ("key", "name", "when")),
    "definition": ("definitions", ("metric", "variant", "valid_from")),
    "post": ("posts", ("key", "name")),
    "force": ("forces", ("key", "name")),
    "team": ("teams", ("key", "name")),
}
"""Sections of site.toml that are lists, with the setting each becomes and what of it is kept."""


def rules_of(site: dict[str, Any]) -> dict[str, Any]:
    """The settings that a site.toml makes, by key; what it leaves out is not there."""
    rules = {name: site[name] for name in TABLES if name in site}
    for name, (key, kept) in LISTS.items():
        if name in site:
            rules[key] = [{one: entry[one] for one in kept} for entry in site[name]]
    return rules


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
    """Write all that the site says of itself into the settings of a case database."""
    site = words.site
    first, last = days.window_dates()
    settings = {
        "demo": True,
        "name": site["name"],
        "zone": ZONE,
        "periods": [site["period"] | {"from": str(first), "to": str(last)}],
        "scenes": site.get("scene", []),
        "published": site.get("published", []),
        **rules_of(site),
    }
    for key, value in settings.items():
        write_setting(connection, site_setting, key, value)
    write_calendar(connection, words.working_time, words.day_names)
