"""When each source was last heard, and which of them is silent just now."""

from collections.abc import Mapping

from data.pulse import Pulse, Pulses, read_pulses
from queries.site import Site


def heard_sources(site: Site) -> Mapping[str, Pulse]:
    """The pulse of each source that a door which stays open was heard of, in the site's order."""
    held = _pulses(site)
    return {code: held.by_source[code] for code in site.sources() if code in held.by_source}


def silent_sources(site: Site, as_of: int) -> dict[str, int]:
    """Seconds for which each silent source has been silent at an instant, in the site's order.

    None for a past moment: what was known then was known.
    """
    if site.known is not None:
        return {}
    # Sources are heard by the real clock, also where the site's replays the past.
    silent = _pulses(site).silent(as_of + site.clock.offset)
    return {code: silent[code] for code in site.sources() if code in silent}


def _pulses(site: Site) -> Pulses:
    version = site.versions().get("cases"), site.versions().get("grids")

    def read() -> Pulses:
        with site.case.connect() as connection:
            return read_pulses(connection)

    return site.keep("pulses", version, read)
