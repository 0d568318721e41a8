"""What the clocks that pick the cases of a period are called."""

from queries.words import Words

CLOCK_WORDS = {
    "reported": Words("上报时间在统计期内", "reported in the period"),
    "accepted": Words("受理时间在统计期内", "accepted in the period"),
    "due": Words("现行时限在统计期内到期", "effective deadline in the period"),
    "closed": Words("办结时间在统计期内", "closed in the period"),
    "supervised": Words("督办答复期限在统计期内", "answer to the supervision due in the period"),
    "stock": Words("截至时刻的存量，与统计期无关", "stock at the as-of time, whatever the period"),
}
