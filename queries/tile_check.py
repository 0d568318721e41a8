"""What the last check of the sums kept ready found (data.verify); screens tell it."""

from dataclasses import dataclass

from data.stored_settings import read_setting
from data.tiles.tables import tile_state
from data.verify import VERIFIED
from queries.site import Site
from queries.tile_cuts import tiles_of


@dataclass(frozen=True)
class TileCheck:
    """`at`: epoch seconds, None while nothing was checked yet; `differing` sums, `healed` since."""

    at: int | None
    differing: int
    healed: bool


def tile_check(site: Site) -> TileCheck | None:
    """The last check; None where there are no tiles."""
    if tiles_of(site) is None:
        return None
    with site.case.connect() as connection:
        held = read_setting(connection, tile_state, VERIFIED)
    if held is None:
        return TileCheck(None, 0, False)
    return TileCheck(int(held["at"]), int(held["differing"]), bool(held["healed"]))
