"""What citizens wrote into a case is masked wherever it is told: lists, pages, files, approvals."""

import pytest
from conftest import ENGINES
from hand_town import AS_OF, hand_town, scope_of
from sqlalchemy import create_engine, update

from data.case_tables import case_event, case_record
from queries.approvals import approvals
from queries.cases import behind, newest, one_case
from queries.extract import extract
from queries.metrics import BY_KEY

TITLE = "联系人张小明13800138000反映\u202e堵门"
NOTE = "身份证310101199001011234已核，<script>"
SECRETS = ("13800138000", "小明", "19900101", "\u202e")


@pytest.fixture(params=ENGINES)
def site(request, tmp_path):
    town = hand_town(request.param, tmp_path)
    engine = create_engine(town.city.case_url)
    with engine.begin() as connection:
        connection.execute(update(case_record).values(title=TITLE))
        connection.execute(update(case_event).values(note=NOTE))
    engine.dispose()
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def test_no_list_page_file_or_approval_tells_a_number_or_name(site):
    scope = scope_of(site)
    metric = BY_KEY["accepted"]
    told = [
        *(row.title for row in newest(site, scope, as_of=AS_OF, limit=5)),
        *(row.title for row in behind(site, metric, "top", scope, as_of=AS_OF).rows),
        *(row.title for row in extract(site, metric, "top", scope, as_of=AS_OF).rows),
    ]
    assert len(told) > 10
    assert set(told) == {"联系人张**138****8000反映堵门"}
    granted = approvals(site, ["03", "04", "11"], as_of=AS_OF)
    notes = [one.reason for one in granted.values()]
    page = one_case(site, "03", scope, as_of=AS_OF)
    notes += [event.note for event in page.events if event.note]
    assert len(notes) > 4
    for text in (*told, *notes, page.row.title):
        assert not any(secret in text for secret in SECRETS)
    assert "身份证310***********1234已核，<script>" in notes
