"""Browsers that are told by push (data.linkage.pushes) go together with whatever still waits for them.

A number that is free again must not lead to somebody else what was meant for the one before.
"""

from sqlalchemy import ColumnElement, Connection, delete, select

from data.app_tables import push_post, push_subscription


def forget(connection: Connection, which: ColumnElement[bool]) -> None:
    """Tell the browsers that fulfil a condition on `push_subscription` no more."""
    theirs = select(push_subscription.c.push_id).where(which)
    connection.execute(delete(push_post).where(push_post.c.push_id.in_(theirs)))
    connection.execute(delete(push_subscription).where(which))
