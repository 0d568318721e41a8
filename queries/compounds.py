"""Housing estates and courtyards (小区, 楼院) of a grid, with who looks after them."""

from dataclasses import dataclass

from sqlalchemy import select

from data.case_tables import compound
from queries.scope import Scope
from queries.site import Site


@dataclass(frozen=True)
class Compound:
    """A compound with a known place; without `managed` it is a 无主管楼院 (domain.md S3-29)."""

    code: str
    name: str
    kind: str
    managed: bool
    lon: float
    lat: float


def compounds(site: Site, scope: Scope, *, managed: bool | None = None) -> tuple[Compound, ...]:
    """Compounds below the scope's grid, by code; all of them or only those (not) managed."""
    site.admit(scope)
    inside = {grid.grid_id for grid in scope.tree.subtree(scope.grid)}
    return tuple(
        one for grid_id, one in _all(site) if grid_id in inside and managed in (None, one.managed)
    )


def _all(site: Site) -> list[tuple[int | None, Compound]]:
    def read() -> list[tuple[int | None, Compound]]:
        columns = ("code", "name", "kind", "managed", "lon", "lat", "grid_id")
        statement = select(*(compound.c[name] for name in columns)).order_by(compound.c.code)
        with site.case.connect() as connection:
            return [
                (x.grid_id, Compound(x.code, x.name, x.kind, bool(x.managed), x.lon, x.lat))
                for x in connection.execute(statement)
                if x.lon is not None
            ]

    return site.keep("compounds", site.versions().get("grids"), read)
