"""Command line: `python -m data.accounts list | renew LOGIN | disable LOGIN | enable LOGIN`.

For who keeps the server: an administrator who lost the password has no other way back in.
"""

import argparse
import getpass
import sys

from data.accounts import people
from data.accounts.access import Access, open_access
from data.accounts.grants import all_grants
from data.accounts.refused import ChangeRefused
from data.errors import SetupError
from data.settings import read_settings
from data.sites.folder import database_folder


def main(arguments: list[str] | None = None) -> int:
    """Exit code 2 when something must be put right first."""
    options = _parser().parse_args(arguments)
    try:
        settings = read_settings(site=database_folder(options.site) if options.site else "")
        access = open_access(settings)
        if options.command == "list":
            _list(access)
        else:
            _change(access, options.command, options.login)
    except (SetupError, ChangeRefused) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _list(access: Access) -> None:
    held = [row for row in all_grants(access) if row.grant_id and row.withdrawn_at is None]
    for one in people.people(access):
        roles = ", ".join(row.grant.words() for row in held if row.login == one.login)
        print(f"{one.login:<24}{'disabled' if one.disabled_at else '':<10}{one.name}  {roles}")


def _change(access: Access, command: str, login: str) -> None:
    known = {one.login: one.account_id for one in people.people(access)}
    account_id = known.get(people.spelling(login))
    if account_id is None:
        raise ChangeRefused("account", login)
    by = f"{getpass.getuser()} (shell)"
    if command == "renew":
        print(people.renew(access, account_id, by))
    elif command == "disable":
        people.disable(access, account_id, by)
    else:
        people.enable(access, account_id, by)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data.accounts", description=__doc__)
    parser.add_argument("--site", metavar="NAME|PATH", help="the demo site whose accounts they are")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every account with its grants")
    for name, what in (
        ("renew", "print a new one-time password; the second factor is set up anew too"),
        ("disable", "let nobody sign in by it, and end its sessions"),
        ("enable", "let it be used again, unlocked"),
    ):
        commands.add_parser(name, help=what).add_argument("login")
    return parser


if __name__ == "__main__":
    sys.exit(main())
