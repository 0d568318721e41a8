"""Which browsers are told by push, as the app's database has it."""

from sqlalchemy import select

from data.accounts.access import Access
from data.app_tables import push_subscription


def is_told(access: Access, account_id: int, endpoint: str) -> bool:
    """Whether an account's browser is told."""
    c = push_subscription.c
    with access.engine.connect() as connection:
        mine = select(c.push_id).where(c.account_id == account_id, c.endpoint == endpoint)
        return connection.execute(mine).first() is not None
