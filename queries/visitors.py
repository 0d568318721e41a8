"""Makes the visitor of a request from its session or its wall's token, and of nothing else."""

from collections.abc import Callable

from data.accounts import devices, sessions
from data.accounts.access import Access
from queries.visitor import Visitor


def visitor_by_session(access: Access, token: str | None, *, is_active: bool) -> Visitor | None:
    """The person whose session it is; None without one that is alive."""
    if not token:
        return None
    found = sessions.find(access, token, is_active=is_active)
    if found is None:
        return None
    return Visitor(
        found.account_id,
        found.login,
        found.name,
        found.organisation,
        found.grants,
        access.now(),
        found.must_change,
        posts=found.posts,
        must_enrol=found.must_enrol,
    )


def visitor_by_device(
    access: Access, token: str | None, address: str, elsewhere: Callable[[str], None]
) -> Visitor | None:
    """The wall whose token it is; None when it was revoked or never let in.

    Nor is it one at an address outside of the network that it is bound to: `elsewhere` is told its name.
    """
    found = devices.find(access, token, address) if token else None
    if found is None:
        return None
    if not found.is_at(address):
        elsewhere(found.name)
        return None
    who = Visitor(0, found.name, found.name, "", (found.grant,), access.now())
    return who._replace(device_id=found.device_id)
