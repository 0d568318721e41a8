"""Ready accounts of the demo, one for every role: everybody knows their password."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select

from data.accounts import grants, people, posts
from data.accounts.access import Access
from data.accounts.grants import Grant
from data.accounts.roles import BY_KEY, FOR_PEOPLE
from data.app_tables import account, app_setting
from data.audit.chain import Entry
from data.audit.log import hold
from data.errors import SetupError
from data.grids import Grid, GridTree
from data.stored_settings import read_setting, write_setting

PASSWORD = "Huangpu-demo-853"
KEY = "demo_accounts"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

NAMES = {
    "operations": ("周敏", "城运中心"),
    "leader": ("陆建国", "街道办事处"),
    "station_chief": ("陈站长", "综合网格工作站"),
    "building_secretary": ("何书记", "楼宇社委会"),
    "neighbourhood_secretary": ("沈书记", "居民区党总支"),
    "grid_worker": ("小吴", "微网格"),
    "discipline": ("严明", "纪工委"),
    "department": ("高科长", "业务部门"),
    "auditor": ("审计员", "审计办"),
    "administrator": ("管理员", "信息科"),
}
LEVELS = {
    "station_chief": 1,
    "building_secretary": 2,
    "neighbourhood_secretary": 2,
    "grid_worker": 2,
}
"""How deep in the hierarchy the grid of a role lies; the deepest there is where it has fewer levels."""


class DemoAccount(NamedTuple):
    """What the sign-in page tells of a demo account."""

    login: str
    role: str
    password: str


def set_up(
    access: Access,
    tree: GridTree,
    department: str | None,
    post_of: Callable[[Grid], str | None] = lambda _: None,
) -> tuple[DemoAccount, ...]:
    """Make the accounts that are not there yet, and tell all of them.

    post_of: the post of a grid that the grid worker stands for.

    None in a database that has accounts of its own: everybody knows the demo's password.
    """
    roles = [role for role in FOR_PEOPLE if role != "department" or department]
    now, worker = access.now(), None
    with access.log.recorded(now) as record:
        hold(record.connection)  # of two servers that start at once one makes them
        known = set(record.connection.execute(select(account.c.login)).scalars())
        if known and not read_setting(record.connection, app_setting, KEY):
            return ()
        write_setting(record.connection, app_setting, KEY, True)
        for role in roles:
            if role in known:
                continue
            made = people.add(
                access, record.connection, role, *NAMES[role], PASSWORD, must_change=False
            )
            grant = _grant(role, tree, department, now)
            grants.add(access, record.connection, made, grant, "demo")
            words = grant.words()
            record.note(Entry("grant", "demo", scope=words, object=role, reason="given"))
            worker = made if role == "grid_worker" else worker
    if worker is not None and (post := post_of(tree.by_code[_grid(tree, LEVELS["grid_worker"])])):
        posts.bind(access, worker, post, "demo")
    return tuple(DemoAccount(role, role, PASSWORD) for role in roles)


def check_place(access: Access, host: str, *, is_demo_site: bool, is_known: bool) -> None:
    """Raise SetupError where accounts that everybody knows would open more than a demo at home."""
    with access.engine.connect() as connection:
        if not read_setting(connection, app_setting, KEY):
            return
    if not is_demo_site:
        raise SetupError(
            "APP_DATABASE_URL: this database holds the accounts of the demo, whose password everybody "
            "knows, and the case database is not the demo's. Name another database."
        )
    public = urlsplit(access.public_url).hostname
    for place in (host, public):
        if place and place not in LOOPBACK and not is_known:
            raise SetupError(
                f"{place}: APP_DATABASE_URL holds the accounts of the demo, whose password everybody "
                "knows. Use another app database, HOST=127.0.0.1, or say --i-know."
            )


def _grant(role: str, tree: GridTree, department: str | None, now: int) -> Grant:
    reach = BY_KEY[role].reaches[0]
    if reach == "grid":
        grid = _grid(tree, LEVELS[role])
        return Grant(role, reach, tree.code, grid, None, now, None)
    named = department if reach == "department" else None
    return Grant(role, reach, None, None, named, now, None)


def _grid(tree: GridTree, level: int) -> str:
    """The first grid so deep below the first one: all the demo's people work in one corner."""
    grid = tree.top
    while grid.level < level and tree.children(grid):
        grid = tree.children(grid)[0]
    return grid.code
