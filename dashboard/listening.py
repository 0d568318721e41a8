"""Connections whose other side went away without a word: the system is told to let them go.

A phone that leaves the network, a cable that is pulled, a machine that sleeps: none of them says goodbye, and
Linux would go on sending to it for a quarter of an hour, a stream and its place held all the while.
"""

import socket

GONE_SECONDS = 60
"""After which somebody who takes nothing that is sent to them, or answers nothing, counts as gone."""

PROBES = 3


def let_go_of_the_vanished(listening: socket.socket, seconds: float = GONE_SECONDS) -> None:
    """Have every connection that a listening socket accepts end once its other side is gone for so long.

    Does nothing where the system has no such options.
    """
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    each = max(1, round(seconds / (1 + PROBES)))
    wanted = {
        "TCP_KEEPIDLE": each,
        "TCP_KEEPINTVL": each,
        "TCP_KEEPCNT": PROBES,
        "TCP_USER_TIMEOUT": round(seconds * 1000),
    }
    for name, value in wanted.items():
        option = getattr(socket, name, None)
        if option is not None:
            listening.setsockopt(socket.IPPROTO_TCP, option, value)
