"""What stands around a case: who else has a part in it, its category's codes, names of its steps."""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import select

from data.case_tables import case_record, category
from data.events import PARTY_ROLES
from data.work_tables import case_party, category_code, stage_limit
from queries.site import Site
from queries.words import Words

LOCAL = "local"
"""Standard of codes that are the site's own (domain.md §4.7, prefix `L-`)."""


def parties(site: Site, code: str) -> dict[str, list[str]]:
    """Names by role, in the order of data.events.PARTY_ROLES; roles nobody has are left out."""
    statement = (
        select(case_party.c.role, case_party.c.name)
        .join(case_record, case_record.c.case_id == case_party.c.case_id)
        .where(case_record.c.code == code)
        .order_by(case_party.c.name)
    )
    held: dict[str, list[str]] = {role: [] for role in PARTY_ROLES}
    with site.case.connect() as connection:
        for role, name in connection.execute(statement):
            held.setdefault(role, []).append(name)
    return {role: names for role, names in held.items() if names}


def category_codes(site: Site) -> Mapping[int, tuple[str, ...]]:
    """Codes of every category id, its own first, each with its standard: `GB/T 47678.5-2026 09006`."""

    def read() -> dict[int, tuple[str, ...]]:
        own = select(category.c.category_id, category.c.standard, category.c.code)
        others = select(category_code.c.category_id, category_code.c.standard, category_code.c.code)
        found: dict[int, dict[str, None]] = {}
        with site.case.connect() as connection:
            for statement in (own, others.order_by(category_code.c.standard.desc())):
                for category_id, standard, code in connection.execute(statement):
                    words = code if standard == LOCAL else f"{standard} {code}"
                    found.setdefault(category_id, {})[words] = None
        return {category_id: tuple(codes) for category_id, codes in found.items()}

    return site.keep("category_codes", site.versions().get("cases"), read)


def step_name(site: Site, key: str, language: Literal["zh", "en"]) -> str:
    """What a handling step is called; its key where no limit names it."""

    def read() -> dict[str, Words]:
        with site.case.connect() as connection:
            rows = connection.execute(select(stage_limit)).all()
        return {row.stage: Words(row.name, row.name_en) for row in rows}

    held = site.keep("step_names", site.versions().get("cases"), read)
    return held[key].in_language(language) if key in held else key
