"""When a person may be called by somebody who does not see the number: so many a day, and always noted.

The number is given to be dialled and for nothing else; whoever hands it on must not show it.
"""

from data.days import day_start, local_day
from data.encryption import Keyring
from queries.area import Area
from queries.site import Site
from queries.unmask import DONE, REFUSED, Ledger, Note, Refused, plain_value

WHAT = "call"


def call(
    site: Site,
    area: Area,
    keyring: Keyring,
    ledger: Ledger,
    actor: str,
    scope: str,
    person_id: int,
    *,
    at: int,
    per_day: int,
) -> str:
    """The number to dial, digits and a leading + only, noted before it is given.

    Raises Refused: `person` for one who is not in the area or has no number, `quota` (noted as well).
    """
    zone = site.facts().zone
    # Read before the log is held: everybody's deeds wait for it.
    number = _dialled(plain_value(site, area, keyring, person_id, "phone") or "")
    with ledger.alone(actor):
        today = ledger.opened_since(actor, day_start(local_day(at, zone), zone))
        why = "" if number else "person"
        if not why and len(today) >= per_day:
            why = "quota"
        told = f"[{why}]" if why else ""
        outcome = REFUSED if why else DONE
        note = Note(WHAT, actor, scope, f"person/{person_id}", told, outcome, why == "quota")
        ledger.note(note, at)
    if why:
        raise Refused(why)
    return number


def _dialled(number: str) -> str:
    digits = "".join(sign for sign in number if sign.isascii() and sign.isdigit())
    return f"+{digits}" if digits and number.strip().startswith("+") else digits
