"""The headers that every answer bears, and what may be kept of it."""

from collections.abc import Iterable

from dashboard.gates import Gate

Header = tuple[bytes, bytes]

HSTS = "max-age=31536000; includeSubDomains"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: a form would then send `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def policy(hashes: Iterable[str]) -> str:
    """What a page may load and run; `hashes` are those of Dash's own inline scripts, quoted.

    Styles are inline in Dash and Leaflet (measured: without `unsafe-inline` the map breaks); scripts are not.
    """
    scripts = " ".join(["'self'", *sorted(set(hashes))])
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def dressed(headers: Iterable[Header], gate: Gate, csp: str, *, is_secure: bool) -> list[Header]:
    """The answer's own headers and ours; ours hold where both name one."""
    ours = {**ALWAYS, "Content-Security-Policy": csp}
    if is_secure:
        ours["Strict-Transport-Security"] = HSTS
    if gate.way != "file":
        ours["Cache-Control"] = _keeping(headers, gate)
    named = {name.lower().encode() for name in ours}
    kept = [(name, value) for name, value in headers if name.lower() not in named]
    return kept + [(name.lower().encode(), value.encode("latin-1")) for name, value in ours.items()]


def _keeping(headers: Iterable[Header], gate: Gate) -> str:
    """Outlines may be kept by the browser that asked, nothing else by anybody."""
    own = dict(headers).get(b"cache-control", b"").decode("latin-1")
    is_outline = gate.way == "call" and "immutable" in own
    return own.replace("public", "private") if is_outline else "no-store"
