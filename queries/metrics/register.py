"""Metrics of the population database (domain.md §5.1)."""

from queries.metrics.definition import Metric
from queries.record_kinds import Register
from queries.words import Words

REGISTER = (
    Metric(
        key="population",
        kpi="P1",
        label=Words("实有人口", "Population"),
        unit="people",
        formula=Words(
            "登记在册的居住人口；无登记库时为公布的分区人口",
            "residents on the register; published area totals where there is no register",
        ),
        top=Register("persons"),
        exclusions=Words("无", "none"),
        source="domain.md §5.1",
    ),
    Metric(
        key="households",
        kpi="P1",
        label=Words("户数", "Households"),
        unit="households",
        formula=Words(
            "登记在册的户；无登记库时为公布的分区户数",
            "households on the register; published area totals where there is no register",
        ),
        top=Register("households"),
        exclusions=Words("无", "none"),
        source="domain.md §5.1",
    ),
    Metric(
        key="houses",
        kpi="P1",
        label=Words("房屋", "Dwellings"),
        unit="houses",
        formula=Words("登记在册的房屋", "houses on the register"),
        top=Register("houses"),
        exclusions=Words("无", "none"),
        source="domain.md §5.1",
    ),
    Metric(
        key="legal_entities",
        kpi="P1",
        label=Words("法人", "Legal entities"),
        unit="entities",
        formula=Words("登记在册的法人与商户", "legal entities and shops on the register"),
        top=Register("legal_entities"),
        exclusions=Words("无", "none"),
        source="domain.md §5.1",
    ),
)
