"""Which posts of the site an account stands for: whose tasks and figures are its holder's own.

A post is a code of the case database, of a person on the staff list or of a seat in the event log.
Nothing is ever deleted: a bond that ended says when and by whom.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from data.accounts.access import Access
from data.accounts.refused import ChangeRefused
from data.app_tables import account, account_post
from data.audit.chain import Entry

LONGEST = 64
_BONDS = (
    select(account_post)
    .where(account_post.c.account_id == bindparam("account"), account_post.c.freed_at.is_(None))
    .order_by(account_post.c.bond_id)
)


class Bond(NamedTuple):
    """An account that stands for a post, since when and by whom."""

    post: str
    bound_by: str
    bound_at: int


def bind(access: Access, account_id: int, post: str, by: str) -> None:
    """Let an account stand for a post. Raises ChangeRefused."""
    post = post.strip()
    if not post or len(post) > LONGEST:
        raise ChangeRefused("post", post)
    with access.log.recorded(access.now()) as record:
        whose = select(account.c.login).where(account.c.account_id == account_id)
        login = record.connection.execute(whose).scalar()
        if login is None:
            raise ChangeRefused("account", account_id)
        if login == by:
            raise ChangeRefused("own_grant")
        held = record.connection.execute(_BONDS, {"account": account_id})
        if any(row.post == post for row in held):
            return
        row = {"account_id": account_id, "post": post, "bound_by": by, "bound_at": access.now()}
        record.connection.execute(insert(account_post).values(row))
        record.note(Entry("account", by, object=str(login), reason=f"post {post} bound"))


def free(access: Access, account_id: int, post: str, by: str) -> None:
    """Let an account stand for a post no longer, at once."""
    with access.log.recorded(access.now()) as record:
        c = account_post.c
        mine = (c.account_id == account_id) & (c.post == post) & c.freed_at.is_(None)
        ended = {"freed_at": access.now(), "freed_by": by}
        if record.connection.execute(update(account_post).where(mine).values(ended)).rowcount:
            whose = select(account.c.login).where(account.c.account_id == account_id)
            login = record.connection.execute(whose).scalar_one()
            record.note(Entry("account", by, object=str(login), reason=f"post {post} freed"))


def bonds_of(access: Access, account_id: int) -> tuple[Bond, ...]:
    """The posts that an account stands for just now."""
    with access.engine.connect() as connection:
        rows = connection.execute(_BONDS, {"account": account_id}).all()
    return tuple(Bond(row.post, row.bound_by, row.bound_at) for row in rows)


def standing_for(connection: Connection, posts: Collection[str]) -> set[int]:
    """The accounts that stand for one of these posts just now."""
    c = account_post.c
    found = select(c.account_id).where(c.post.in_(posts), c.freed_at.is_(None))
    return set(connection.execute(found).scalars()) if posts else set()
