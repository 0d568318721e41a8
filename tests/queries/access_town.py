"""The small town with an access list of three items and a week of cases, to be counted by hand."""

from pathlib import Path

from small_town import Case, Town, at, found_town

from data.days import local_day
from data.work_tables import access_item

NOON = 228
AS_OF = at(NOON)
FIRST_DAY = local_day(at(0), "Asia/Shanghai")

ITEMS = (
    # item_id, code, batch, class, department, lead level, first day, day after the last
    (1, "Z01", 1, "A", 1, "station", FIRST_DAY - 400, None),
    (2, "Z02", 2, "B", 2, "station", FIRST_DAY - 100, None),
    (3, "Z03", 2, "B", None, "street", FIRST_DAY - 400, FIRST_DAY - 50),
)
CLASSES = {"A": ("市容", "Street scene"), "B": ("安全", "Safety")}


def closed(lead: str) -> str:
    return f"reported 10, accepted 11 due 60, dispatched 12 lead {lead}, closed 30"


CASES = (
    # Led by the station, in the list: neither in the rest nor off-list.
    Case("s1", closed("station"), "A1", item=1),
    Case("s2", closed("station"), "A2", item=2),
    # Led by the station though under no item: 越权派单, in the numerator all the same.
    Case("s3", closed("station"), "A1"),
    # Led elsewhere: two of class A (works), one of class B (police), two under no item.
    Case("e1", closed("street"), "A1", item=1),
    Case("e2", closed("cross"), "A2", item=1),
    Case("e3", closed("street"), "B1", item=2, department="police"),
    Case("e4", closed("cross"), "B1", department="police"),
    # Sent to the station though under no item, then escalated: off-list and led elsewhere.
    Case(
        "x1",
        "reported 10, accepted 11 due 60, dispatched 12 lead station, "
        "escalated 20 lead street, closed 30",
        "A2",
    ),
    # Nobody handles it.
    Case("e5", closed("street"), "B1", department=None),
    # Services and what is settled on the spot stand outside (K14).
    Case("w1", closed("street"), "A1", category="water"),
    Case("h1", closed("street"), "A1", self_handled=True),
    # Open: accepted under item 2, not closed.
    Case("o1", "reported 20, accepted 21 due 400", "A1", item=2),
    # Cancelled: no case of the list.
    Case("v1", "reported 20, accepted 21 due 400, cancelled 22", "A1", item=1),
)


def access_town(engine: str, folder: Path) -> Town:
    """The town with its list and cases."""
    town = found_town(engine, folder, "access")
    with town.case.begin() as connection:
        for item_id, code, batch, kind, owner, lead, first, after in ITEMS:
            name, name_en = CLASSES[kind]
            connection.execute(
                access_item.insert().values(
                    item_id=item_id,
                    code=code,
                    batch=batch,
                    class_code=kind,
                    class_name=name,
                    class_name_en=name_en,
                    name=f"事项{code}",
                    name_en=f"Item {code}",
                    department_id=owner,
                    lead_level=lead,
                    valid_from=first,
                    valid_to=after,
                )
            )
    town.take(CASES, now=NOON)
    return town
