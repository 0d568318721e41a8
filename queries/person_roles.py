"""The four roles whose persons are scored, and what each part of a score is (domain.md §4.3).

Persons appear by the code of their seat or post, and only on the tablet (domain.md rule 8).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from queries.words import Words


@dataclass(frozen=True)
class RolePart:
    """A part of a score; `steps`: events that the person is counted by; `formula`: its definition."""

    key: str
    label: Words
    formula: Words
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Role:
    """A role by the key of its weights, with its parts in their order."""

    key: str
    label: Words
    one: Words
    parts: tuple[RolePart, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """Events by which a person is known to have the role."""
        return tuple(dict.fromkeys(step for part in self.parts for step in part.steps))


def _in_time(what: Words, since: Words, stage: Words) -> Words:
    return Words(
        f"在{stage.zh}环节时限内完成的{what.zh} ÷ 有该时限的{what.zh}；自{since.zh}起算，扣除挂账；"
        "未设该时限则无数据",
        f"{what.en} within the {stage.en} limit ÷ those that have such a limit; counted "
        f"from {since.en}, parking left out; no figure where the stage has no limit",
    )


_VERIFYING = Words("核实", "verification")
_CHECKING = Words("核查", "check")

SUPERVISOR = Role(
    "supervisor",
    Words("监督员", "Supervisors"),
    Words("监督员", "Supervisor"),
    (
        RolePart(
            "valid_reports",
            Words("有效上报率", "Valid reports"),
            Words(
                "本人自主上报中已受理且有效 ÷ 其中已有结论的上报；仅计网格员自有来源，按上报日",
                "accepted and valid ÷ decided upon, of the reports the person made from the grid "
                "workers' own sources, by the day of report",
            ),
        ),
        RolePart(
            "not_missed",
            Words("1 − 漏报率", "1 − missed by the grid"),
            Words(
                "漏报率 = 他人先发现的问题 ÷（他人先发现的问题 + 网格员上报），取本人岗位所在网格；"
                "岗位无法对应到网格或筛选了案件时无数据",
                "missed = problems that others found first ÷ (those + the grid workers' reports), of "
                "the grid of the person's post; no figure where the post is in no grid, or while "
                "cases are filtered",
            ),
        ),
        RolePart(
            "verified_in_time",
            Words("按时核实率", "Verified in time"),
            _in_time(
                Words("核实", "verifications"),
                Words("发核实（未记录则自上报）", "being sent out (else from the report)"),
                _VERIFYING,
            ),
            ("verified",),
        ),
        RolePart(
            "checked_in_time",
            Words("按时核查率", "Checked in time"),
            _in_time(
                Words("核查", "checks"),
                Words("发核查（未记录则自处置完成）", "being sent out (else from the handling)"),
                _CHECKING,
            ),
            ("checked",),
        ),
    ),
)
ACCEPTOR = Role(
    "acceptor",
    Words("受理员", "Acceptors"),
    Words("受理员", "Acceptor"),
    (
        RolePart(
            "volume",
            Words("受理数", "Cases taken care of"),
            Words(
                "经本人发核实或发核查的案件数（同一案件计一次）÷ 同范围同岗位最多者的案件数",
                "cases the person sent out to be verified or checked, each once ÷ those of the "
                "busiest person of the role in the area and period",
            ),
            ("verify_sent", "check_sent"),
        ),
        RolePart(
            "verify_sent_in_time",
            Words("按时发核实率", "Sent to verify in time"),
            _in_time(
                Words("发核实", "sendings to verify"), Words("上报", "the report"), _VERIFYING
            ),
            ("verify_sent",),
        ),
        RolePart(
            "check_sent_in_time",
            Words("按时发核查率", "Sent to check in time"),
            _in_time(
                Words("发核查", "sendings to check"),
                Words("处置完成", "the handling"),
                _CHECKING,
            ),
            ("check_sent",),
        ),
    ),
)
SHIFT_LEAD = Role(
    "shift_lead",
    Words("值班长", "Shift leads"),
    Words("值班长", "Shift lead"),
    (
        RolePart(
            "filed_in_time",
            Words("按时立案率", "Filed in time"),
            _in_time(
                Words("立案（受理）", "acceptances"),
                Words("核实（未记录则自上报）", "the verification (else from the report)"),
                Words("受理", "acceptance"),
            ),
            ("accepted",),
        ),
        RolePart(
            "filed_right",
            Words("准确立案率", "Filed rightly"),
            Words(
                "立案后未作废、未并案、未改为不予受理 ÷ 本人立案数",
                "not cancelled, merged or rejected since ÷ cases the person accepted",
            ),
            ("accepted",),
        ),
        RolePart(
            "closed_in_time",
            Words("按时结案率", "Closed in time"),
            Words(
                "结案不晚于现行时限 ÷ 本人结案且有时限的案件；就地处置不计",
                "closed by the effective deadline ÷ closings by the person of cases with one; not "
                "what was settled on the spot",
            ),
            ("closed",),
        ),
    ),
)
DISPATCHER = Role(
    "dispatcher",
    Words("派遣员", "Dispatchers"),
    Words("派遣员", "Dispatcher"),
    (
        RolePart(
            "volume",
            Words("派遣数", "Dispatches"),
            Words(
                "本人派遣次数 ÷ 同范围同岗位最多者的次数",
                "dispatches by the person ÷ those of the busiest person of the role in the area and "
                "period",
            ),
            ("dispatched",),
        ),
        RolePart(
            "dispatched_in_time",
            Words("按时派遣率", "Dispatched in time"),
            _in_time(
                Words("派遣", "dispatches"),
                Words("立案、退回或重办", "acceptance, return or reopening"),
                Words("派遣", "dispatch"),
            ),
            ("dispatched",),
        ),
        RolePart(
            "dispatched_right",
            Words("准确派遣率", "Dispatched rightly"),
            Words(
                "未被退回的派遣 ÷ 本人派遣次数",
                "dispatches not returned ÷ dispatches by the person",
            ),
            ("dispatched",),
        ),
    ),
)
ROLES: Mapping[str, Role] = {
    role.key: role for role in (SUPERVISOR, ACCEPTOR, SHIFT_LEAD, DISPATCHER)
}
