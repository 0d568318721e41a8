"""The roles that can be granted and how far each may reach (domain.md §5.3)."""

from typing import Literal, NamedTuple

Reach = Literal["site", "grid", "department", "none"]
"""Everything; a grid and all below it; the cases of a department; nothing of the site's data."""


class RoleForm(NamedTuple):
    """A role by its key, and the reaches it may be granted with."""

    key: str
    reaches: tuple[Reach, ...]


WALL = "wall"
ROLE_FORMS = (
    RoleForm("operations", ("site", "grid")),
    RoleForm("leader", ("site", "grid")),
    RoleForm("station_chief", ("grid",)),
    RoleForm("building_secretary", ("grid",)),
    RoleForm("neighbourhood_secretary", ("grid",)),
    RoleForm("grid_worker", ("grid",)),
    RoleForm("discipline", ("site", "grid")),
    RoleForm("department", ("department",)),
    RoleForm("auditor", ("none",)),
    RoleForm("administrator", ("none",)),
    RoleForm(WALL, ("site", "grid")),
)
"""城运中心, 领导, 站长, 楼宇社委会书记, 居民区书记, 网格员, 纪工委, 部门, 审计, 管理员, 大屏.

The last is for devices only.
"""

BY_KEY = {form.key: form for form in ROLE_FORMS}
FOR_PEOPLE = tuple(form.key for form in ROLE_FORMS if form.key != WALL)
