"""Who may see what: role x screen x kind of data, as one table (domain.md §5.3). Deny by default.

Pure: no database, no clock, no screen. `python -m queries.rights_docs` writes docs/rights.md from it.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from queries.words import Words


class Depth(IntEnum):
    """How much of a thing may be seen; a higher one includes the lower ones."""

    NONE = 0
    TOTALS = 1
    MASKED = 2
    CALL = 3
    UNMASK = 4
    PLAIN = 5


DEPTH_WORDS = {
    Depth.NONE: Words("✗", "✗"),
    Depth.TOTALS: Words("汇总", "totals"),
    Depth.MASKED: Words("脱敏", "masked"),
    Depth.CALL: Words("脱敏，可代拨不显号", "masked, call without seeing the number"),
    Depth.UNMASK: Words("脱敏，凭事由逐条解密", "masked, unmask one by one with a reason"),
    Depth.PLAIN: Words("明文", "plain"),
}

REACHES = {
    "grant": Words("授权范围", "granted scope"),
    "tasks": Words("本人任务", "own tasks"),
    "all": Words("全部", "everything"),
}
"""Within the scope of the grant; of it only what is assigned to the person; whatever the scope."""

LIMITS = {
    "title_road": Words("仅标题与道路", "title and road only"),
    "level:neighbourhood": Words("到居民区级为止", "no deeper than the neighbourhood"),
    "level:street": Words("到街道级为止", "no deeper than the street"),
    "staff_counts": Words("仅企业员工数", "company staff counts only"),
    "public_shops": Words("仅公开商铺", "public shops only"),
    "risk": Words("含风险等级", "with risk class"),
    "purpose": Words("须登记用途", "by registered purpose"),
    "duty": Words("须专责并登记用途", "named duty and purpose"),
    "open_cases": Words("仅在办案件", "open cases only"),
    "discipline": Words("仅挂账、延期、督办", "parked, extended and supervised only"),
    "visit": Words("仅指派走访", "assigned visits only"),
    "unit": Words("仅单位", "units only"),
    "own_person": Words("仅本人", "own figures only"),
    "evidence": Words("含扣分依据", "with evidence"),
    "own_line": Words("仅本条线", "own line only"),
    "peers": Words("另含同级排名", "and the rank among peers"),
    "team": Words("仅本队伍", "own team only"),
    "own_walls": Words("仅范围内的大屏", "walls within the own scope only"),
}
"""What narrows a right further; the query that answers knows each by its key."""


class Right(NamedTuple):
    """One cell: how much, of what, and what narrows it further (a key of LIMITS, or '')."""

    depth: Depth
    reach: str = "grant"
    limit: str = ""


NOTHING = Right(Depth.NONE)

OF_ONE_PERSON = ("duty", "visit", "own_person", "team")
"""Limits (and the reach `tasks`) by which two people with the same grants see different things."""

KINDS = {
    "case_figures": Words("案件数、灯色、各项率", "case counts, lights, rates"),
    "case_detail": Words("案件详情", "case detail"),
    "reporter": Words("诉求人姓名电话", "reporter's name and phone"),
    "population": Words("人口汇总", "population totals"),
    "person": Words("人员档案", "person record"),
    "sensitive_tags": Words("敏感标签", "sensitive tags"),
    "house": Words("房屋、群租", "houses, group rentals"),
    "legal_entity": Words("法人", "legal entities"),
    "staff_scores": Words("人员考核、扣分", "staff scores and deductions"),
    "export": Words("清单导出", "export of lists"),
    "cast": Words("投屏到大屏", "casting to a wall"),
    "cast_force": Words("强制接管大屏", "taking a wall over by force"),
    "supervise": Words("发起督办", "issuing a supervision"),
    "supervision": Words("接收并答复督办", "being addressed by a supervision"),
    "pairing": Words("大屏配对", "pairing of walls"),
    "accounts": Words("账号与授权", "accounts and grants"),
    "audit_log": Words("审计日志", "audit log"),
}

SCREENS = ("wall", "tablet", "phone", "office")
"""The three screens, and the server-rendered pages of administrator and auditor."""

ROLES = {
    "operations": Words("城运中心", "operations centre"),
    "leader": Words("领导", "leader"),
    "station_chief": Words("站长", "station chief"),
    "building_secretary": Words("楼宇社委会书记", "building secretary"),
    "neighbourhood_secretary": Words("居民区书记", "neighbourhood secretary"),
    "grid_worker": Words("网格员", "grid worker"),
    "discipline": Words("纪工委", "discipline office"),
    "department": Words("业务部门", "department"),
    "auditor": Words("审计员", "auditor"),
    "administrator": Words("管理员", "administrator"),
    "wall": Words("大屏设备", "wall device"),
}

_T, _M, _U = Depth.TOTALS, Depth.MASKED, Depth.UNMASK
_YES = Right(Depth.PLAIN)
_NEIGHBOURHOOD = "level:neighbourhood"

_WALL = {
    "case_figures": Right(_T),
    "case_detail": Right(_M, limit="title_road"),
    "population": Right(_T, limit=_NEIGHBOURHOOD),
    "house": Right(_T),
    "legal_entity": Right(_M, limit="public_shops"),
    "staff_scores": Right(_T, limit="unit"),
}
_OPERATIONS = {
    "case_figures": Right(_T),
    "case_detail": Right(_M),
    "reporter": Right(_U),
    "population": Right(_T),
    "house": Right(_T),
    "legal_entity": Right(_M),
    "staff_scores": Right(_T, limit="unit"),
    "export": Right(_M),
    "cast": _YES,
    "cast_force": _YES,
    "supervise": _YES,
    "pairing": _YES,
}
_CHIEF = {
    "case_figures": Right(_T, limit="peers"),
    "case_detail": Right(_M),
    "reporter": Right(_U),
    "population": Right(_T),
    "person": Right(_U),
    "sensitive_tags": Right(_M, limit="duty"),
    "house": Right(_M),
    "legal_entity": Right(_M),
    "staff_scores": Right(Depth.PLAIN, limit="team"),
    "export": Right(_M),
    "cast": _YES,
    "supervision": _YES,
}
_BUILDING = {
    "case_figures": Right(_T),
    "case_detail": Right(_M),
    "population": Right(_T, limit="staff_counts"),
    "legal_entity": Right(_M),
    "staff_scores": Right(Depth.PLAIN, limit="team"),
    "export": Right(_M),
    "cast": Right(Depth.PLAIN, limit="own_walls"),
    "supervision": _YES,
}
_LEADER = {
    "case_figures": Right(_T),
    "case_detail": Right(_M),
    "population": Right(_T, limit=_NEIGHBOURHOOD),
    "sensitive_tags": Right(_T, limit="level:street"),
    "house": Right(_T),
    "legal_entity": Right(_T, limit="risk"),
    "staff_scores": Right(_T, limit="unit"),
    "cast": _YES,
    "supervise": _YES,
}
_WORKER = {
    "case_figures": Right(_T, "tasks"),
    "case_detail": Right(_M, "tasks"),
    "reporter": Right(Depth.CALL, "tasks", "open_cases"),
    "person": Right(_M, "tasks", "visit"),
    "house": Right(_M, "tasks", "visit"),
    "legal_entity": Right(_M, "tasks", "visit"),
    "staff_scores": Right(Depth.PLAIN, "tasks", "own_person"),
    "supervision": _YES,
}
_DISCIPLINE = {
    "case_figures": Right(_T),
    "case_detail": Right(_M, limit="discipline"),
    "staff_scores": Right(Depth.PLAIN, limit="evidence"),
    "export": Right(_M, limit="discipline"),
    "supervise": _YES,
}
_DEPARTMENT = {
    "case_figures": Right(_T),
    "case_detail": Right(_M),
    "reporter": Right(_M, limit="open_cases"),
    "population": Right(_T, limit="purpose"),
    "sensitive_tags": Right(_T, limit="own_line"),
    "house": Right(_T, limit="purpose"),
    "legal_entity": Right(_M, limit="purpose"),
    "staff_scores": Right(Depth.PLAIN, limit="own_person"),
    "export": Right(_M),
    "supervision": _YES,
}

MATRIX: Mapping[tuple[str, str], Mapping[str, Right]] = {
    ("wall", "wall"): _WALL,
    ("operations", "wall"): _WALL,
    ("operations", "tablet"): _OPERATIONS,
    ("operations", "phone"): _OPERATIONS,
    ("leader", "tablet"): _LEADER,
    ("leader", "phone"): _LEADER,
    ("station_chief", "tablet"): _CHIEF,
    ("station_chief", "phone"): _CHIEF,
    ("building_secretary", "tablet"): _BUILDING,
    ("building_secretary", "phone"): _BUILDING,
    ("neighbourhood_secretary", "tablet"): _CHIEF,
    ("neighbourhood_secretary", "phone"): _CHIEF,
    ("grid_worker", "phone"): _WORKER,
    ("discipline", "tablet"): _DISCIPLINE,
    ("discipline", "phone"): _DISCIPLINE,
    ("department", "tablet"): _DEPARTMENT,
    ("department", "phone"): _DEPARTMENT,
    ("operations", "office"): {"pairing": _YES},
    ("auditor", "office"): {"audit_log": _YES},
    ("administrator", "office"): {"accounts": _YES, "pairing": _YES},
}
"""Rights of a role on a screen; what is not written here is not allowed.

A screen is open to a role that has a line for it. The wall shows passers-by what it shows anybody, so a
person in front of it sees no more than the device. Operations centre and the pages are our own design.
"""


def right(role: str, screen: str, kind: str) -> Right:
    """The cell of the table; NOTHING where nothing is written."""
    if kind not in KINDS:
        raise KeyError(kind)
    return MATRIX.get((role, screen), {}).get(kind, NOTHING)


def screens_of(role: str) -> tuple[str, ...]:
    """The screens that a role may open."""
    return tuple(screen for screen in SCREENS if (role, screen) in MATRIX)


def is_of_one_person(role: str) -> bool:
    """Whether what a role sees depends on who holds it, not on its scope alone."""
    cells = (cell for (name, _), held in MATRIX.items() if name == role for cell in held.values())
    return any(cell.reach == "tasks" or cell.limit in OF_ONE_PERSON for cell in cells)
