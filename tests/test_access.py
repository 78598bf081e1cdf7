"""Who may come where: one table, every address of the portal × role × own or another body.

A stranger to an object gets 404, the wrong role 403; a forged POST of either writes nothing.
"""

import pytest
from django.apps import apps
from django.urls import get_resolver, reverse

from reviews.models import StaleTally
from tests import access_people
from tests.access_world import OTHER, OWN, PEOPLE, make_world

pytestmark = pytest.mark.django_db

FOCAL_POINTS, LEADERS = {"own_focal_point", "other_focal_point"}, {"own_leader", "other_leader"}
DEPARTMENT = {"appraiser", "department_head"}
OVERSEERS = set(PEOPLE[6:])
EVERYBODY = set(PEOPLE)
BODIES = EVERYBODY - OVERSEERS
FILLERS = BODIES - LEADERS

# Addresses read by GET: name, its objects, who reads it (200), who does not know of it (404); the rest get 403.
READ = (
    ("home", (), EVERYBODY, ()),
    ("reviews:notices", (), EVERYBODY, ()),
    ("account_logout", (), EVERYBODY, ()),
    ("account_change_password", (), EVERYBODY, ()),
    ("jobs:detail", ("job",), {"own_official"} | OVERSEERS, EVERYBODY),
    ("jobs:result", ("job",), {"own_official"} | OVERSEERS, EVERYBODY),
    ("procedures:list", (), EVERYBODY, ()),
    ("procedures:detail", ("procedure_code",), EVERYBODY, ()),
    ("procedures:import", (), {"administrator"}, ()),
    ("procedures:batch", ("batch",), OVERSEERS, ()),
    ("procedures:report", ("batch",), OVERSEERS, ()),
    ("procedures:deciders", (), FOCAL_POINTS | OVERSEERS, ()),
    ("procedures:matching", (), OVERSEERS, ()),
    ("procedures:chosen", (), OVERSEERS, ()),
    ("procedures:chosen_detail", ("matching",), OVERSEERS, ()),
    ("procedures:corrections", (), EVERYBODY, ()),
    ("procedures:correction", ("correction",), set(OWN) | OVERSEERS, OTHER),
    ("procedures:report_wrong", ("procedure_code",), BODIES, ()),
    ("reviews:list", (), EVERYBODY, ()),
    ("reviews:quick", (), FILLERS, ()),
    ("reviews:bulk_changes", (), BODIES | {"auditor"}, ()),
    ("reviews:bulk_choose", (), FILLERS, ()),
    ("reviews:bulk_change", ("bulk_change",), set(OWN) | {"auditor"}, EVERYBODY - set(OWN) - {"auditor"}),
    ("reviews:sheets", (), BODIES, ()),
    ("reviews:uploads", (), BODIES | {"auditor"}, ()),
    ("reviews:upload", ("form_upload",), set(OWN) | {"auditor"}, EVERYBODY - set(OWN) - {"auditor"}),
    ("reviews:upload_file", ("form_upload",), set(OWN) | {"auditor"}, EVERYBODY - set(OWN) - {"auditor"}),
    ("reviews:sending", (), FOCAL_POINTS | LEADERS, ()),
    ("reviews:assignments", (), FOCAL_POINTS | LEADERS, ()),
    ("reviews:spread", (), FOCAL_POINTS, ()),
    ("reviews:hand_over", (), FOCAL_POINTS, ()),
    ("reviews:deputies", (), BODIES, ()),
    ("reviews:extensions", ("campaign_code",), EVERYBODY, ()),
    ("reviews:submissions", (), EVERYBODY, ()),
    ("reviews:submission", ("submission",), set(OWN) | OVERSEERS, OTHER),
    ("reviews:scan", ("submission",), set(OWN) | OVERSEERS, OTHER),
    ("reviews:detail", ("draft",), set(OWN) | OVERSEERS, OTHER),
    ("reviews:detail", ("settled",), EVERYBODY, ()),
    ("reviews:history", ("draft",), set(OWN) | OVERSEERS, OTHER),
    ("reviews:version", ("draft", "sequence"), set(OWN) | {"auditor"}, OTHER),
    ("reviews:exception", (), set(), ()),
    ("reviews:precedents", ("draft",), set(OWN) | OVERSEERS, OTHER),
    ("reviews:attachment", ("attachment",), set(OWN) | {"auditor"}, EVERYBODY),
    ("reviews:phrases", (), FILLERS, ()),
    ("reviews:documents", (), FILLERS, ()),
    ("reviews:dashboard", (), OVERSEERS, ()),
    ("reviews:body_dashboard", ("body_code",), set(OWN) | OVERSEERS, OTHER),
    ("reviews:reports", (), EVERYBODY, ()),
    ("reviews:report_by_body", (), EVERYBODY, ()),
    ("reviews:report_proposals", (), EVERYBODY, ()),
    ("reviews:report_documents", (), EVERYBODY, ()),
    ("reviews:report_summary", ("body_code",), set(OWN) | OVERSEERS, OTHER),
    ("reviews:report_summary", ("nation_code",), OVERSEERS, BODIES),
    ("reviews:campaigns", (), EVERYBODY, ()),
    ("reviews:campaign_create", (), DEPARTMENT, ()),
    ("reviews:campaign", ("campaign_code",), EVERYBODY, ()),
    ("reviews:campaign_edit", ("preparing_code",), DEPARTMENT, ()),
    ("reviews:campaign_open", ("preparing_code",), DEPARTMENT, ()),
    ("reviews:campaign_close", ("campaign_code",), DEPARTMENT, ()),
    ("reviews:scope", ("campaign_code",), EVERYBODY, ()),
    ("reviews:campaign_bodies", ("preparing_code",), OVERSEERS, ()),
    ("reviews:campaign_bodies", ("campaign_code",), OVERSEERS, ()),
    ("reviews:campaign_provinces", ("preparing_code",), OVERSEERS, ()),
    ("reviews:campaign_provinces", ("campaign_code",), OVERSEERS, ()),
    ("reviews:why", ("campaign_code", "procedure_code"), EVERYBODY, ()),
    ("reviews:why", ("preparing_code", "procedure_code"), OVERSEERS, BODIES),
    ("reviews:drift", ("campaign_code",), OVERSEERS, ()),
    ("reviews:what_if", ("campaign_code",), OVERSEERS, ()),
    ("reviews:what_if", ("preparing_code",), OVERSEERS, ()),
    ("reviews:adjustments", ("campaign_code",), EVERYBODY, ()),
    ("reviews:adjustment_new", ("campaign_code",), DEPARTMENT, ()),
    ("reviews:adjustment_candidates", ("campaign_code",), OVERSEERS, ()),
    ("reviews:adjustment", ("campaign_code", "adjustment"), OVERSEERS, BODIES),
    ("reviews:adjustment", ("campaign_code", "approved"), EVERYBODY, ()),
    *access_people.READ,
    ("reviews:support", (), EVERYBODY, ()),
    ("reviews:ask", (), BODIES, ()),
    ("reviews:article", ("article_slug",), EVERYBODY, ()),
    ("reviews:ticket", ("ticket",), set(OWN) | OVERSEERS, OTHER),
)
# Addresses that write: name, its objects, what is posted, who is let through, who gets 404 (the rest 403), and whether
# a GET is refused (405) because the address does nothing else. Each review stands where the move would be legal.
REASON = {"reason": "Lý do đủ dài để ghi nhận việc này."}
BULK = REASON | {"review": "draft", "part": "reason", "overwrite": "on", "why": "Vì thế.", "seal": "x-1"}
WRITE = (
    ("jobs:cancel", ("job",), {}, {"own_official", "administrator"}, BODIES, True),
    ("jobs:restart", ("job",), {}, {"own_official", "administrator"}, BODIES, True),
    ("procedures:apply", ("batch",), {}, {"administrator"}, (), True),
    ("procedures:discard", ("batch",), {}, {"administrator"}, (), True),
    ("procedures:undo", ("batch",), {}, {"administrator"}, (), True),
    ("procedures:map_columns", ("batch",), {}, {"administrator"}, (), True),
    ("procedures:refuse_repairs", ("batch",), {}, {"administrator"}, (), True),
    ("procedures:map_publishers", ("batch",), {}, {"administrator"}, (), True),
    ("procedures:choose", ("batch",), {}, {"administrator"}, (), True),
    ("procedures:withdraw_chosen", ("matching",), REASON, {"administrator"}, (), True),
    ("procedures:import", (), {}, {"administrator"}, (), False),
    ("procedures:matching", (), {"wording": "Sở", "level": "PROV_DEPT"}, {"administrator"}, (), False),
    ("procedures:correction", ("correction",), {"state": "declined", "answer": "x"}, {"administrator"}, OTHER, False),
    ("procedures:report_wrong", ("procedure_code",), {"text": "Sai tên."}, BODIES, (), False),
    ("procedures:deciders", (), {}, FOCAL_POINTS | {"administrator"}, (), False),
    ("reviews:bulk_act", (), {"action": "accept", "review": "submitted"}, DEPARTMENT, (), True),
    ("reviews:bulk_act", (), {"action": "check", "review": "ready"}, {"own_focal_point"}, (), True),
    ("reviews:bulk_act", (), {"action": "assign", "review": "draft"}, {"own_focal_point"}, (), True),
    ("reviews:quick", (), {"button": "finish"}, FILLERS, (), False),
    ("reviews:quick_row", ("draft",), {"version": 1, "conclusion": "keep"}, set(OWN[:2]), OTHER[:2], True),
    ("reviews:quick_paste", (), {"block": "Giữ nguyên", "button": "preview"}, FILLERS, (), True),
    ("reviews:exception", (), {"basis": "Vì thế.", "seal": "x-1"}, set(), (), False),
    ("reviews:take_next", (), {"list": ""}, FILLERS, (), True),
    ("reviews:save_view", (), {"name": "Của tôi"}, EVERYBODY, (), True),
    ("reviews:delete_view", ("saved_view",), {}, {"own_official"}, EVERYBODY, True),
    ("reviews:restore", ("draft",), {"sequence": 1, "field": "reason", "version": 1}, set(OWN[:2]), OTHER[:2], True),
    ("reviews:bulk_choose", (), BULK, FILLERS, (), False),
    ("reviews:bulk_apply", (), BULK, FILLERS, (), True),
    ("reviews:bulk_undo", ("bulk_change",), {}, set(OWN[:2]), EVERYBODY - set(OWN) - {"auditor"}, True),
    ("reviews:uploads", (), {}, FILLERS, (), False),
    ("reviews:upload_apply", ("form_upload",), {"seal": "x"}, set(OWN[:2]), EVERYBODY - set(OWN) - {"auditor"}, True),
    ("reviews:sending", (), {"door": "signed", "review": "checked"}, {"own_leader"}, (), False),
    ("reviews:sending", (), {"door": "recorded", "review": "checked"}, {"own_focal_point"}, (), False),
    ("reviews:spread", (), {"how": "chosen", "list": ""}, FOCAL_POINTS, (), False),
    ("reviews:hand_over", (), REASON | {"person": "own_person"}, {"own_focal_point"}, {"other_focal_point"}, False),
    ("reviews:deputies", (), {"user": "own_person"}, FOCAL_POINTS, (), False),
    ("reviews:deputy_end", ("deputy",), {}, {"own_focal_point"}, {"other_focal_point"}, True),
    ("reviews:extensions", ("campaign_code",), REASON | {"until": "2099-12-31"}, DEPARTMENT, (), False),
    ("reviews:detail", ("draft",), {"version": 1}, {"own_official", "own_focal_point"}, OTHER, False),
    ("reviews:take_over", ("draft",), {"source": "settled"}, {"own_official", "own_focal_point"}, OTHER[:2], True),
    ("reviews:attach", ("draft",), {}, {"own_official", "own_focal_point"}, OTHER[:2], True),
    ("reviews:detach", ("attachment",), {}, {"own_official", "own_focal_point"}, OTHER[:2], True),
    ("reviews:opinion_answer", ("draft",), {"kind": "adopted"}, {"own_official", "own_focal_point"}, OTHER[:2], True),
    ("reviews:phrases", (), {"field": "reason", "text": "Câu hay dùng."}, FILLERS, (), False),
    ("reviews:phrase_delete", ("phrase",), {}, {"own_official", "own_focal_point"}, OTHER[:2], True),
    ("reviews:computed", (), {}, FILLERS, (), True),
    ("reviews:autosave", ("draft",), {"version": 1}, {"own_official", "own_focal_point"}, OTHER[:2], True),
    ("reviews:finish", ("draft",), {"version": 1}, {"own_official", "own_focal_point"}, OTHER[:2], True),
    ("reviews:check", ("ready",), {}, {"own_focal_point"}, OTHER, True),
    ("reviews:return_internal", ("ready",), REASON, {"own_focal_point", "own_leader"}, OTHER[1:], True),
    ("reviews:return", ("submitted",), REASON | {"points": "x"}, DEPARTMENT, (), True),
    ("reviews:accept", ("submitted",), {}, DEPARTMENT, (), True),
    ("reviews:reopen", ("settled",), REASON, {"department_head"}, (), True),
    ("reviews:approve", ("settled",), {"document": "QĐ 1015"}, {"department_head"}, (), True),
    ("reviews:rule_transfer", ("submitted", "transfer"), REASON | {"ruling": "downward"}, DEPARTMENT, (), True),
    ("reviews:report_proposals", (), {}, EVERYBODY, (), False),
    ("reviews:campaign_create", (), {"code": "x"}, DEPARTMENT, (), False),
    ("reviews:campaign_edit", ("preparing_code",), {}, DEPARTMENT, (), False),
    ("reviews:campaign_open", ("preparing_code",), {}, DEPARTMENT, (), False),
    ("reviews:campaign_close", ("campaign_code",), {}, DEPARTMENT, (), False),
    ("reviews:campaign_bodies", ("preparing_code",), {"step": "save", "seen": ""}, DEPARTMENT, (), False),
    ("reviews:campaign_provinces", ("preparing_code",), {"codes": "1.000001"}, DEPARTMENT, (), False),
    ("reviews:adjustment_new", ("campaign_code",), {"kind": "exclude", "propose": "1"}, DEPARTMENT, (), False),
    ("reviews:adjustment_approve", ("campaign_code", "adjustment"), {}, DEPARTMENT, (), True),
    ("reviews:adjustment_decline", ("campaign_code", "adjustment"), REASON, DEPARTMENT, (), True),
    *access_people.WRITE,
    ("reviews:ask", (), {"subject": "Hỏi", "text": "Nội dung"}, BODIES, (), False),
    ("reviews:announce", (), {"title": "Tin", "text": "Nội dung"}, DEPARTMENT, (), True),
    ("reviews:ticket", ("ticket",), {"answer": "Trả lời"}, DEPARTMENT, OTHER, False),
    ("reviews:ticket_close", ("ticket",), {}, {"own_official", "own_focal_point"}, OTHER, True),
    ("reviews:read_notices", (), {"notice": "notice"}, EVERYBODY, (), True),
)
# For everyone, signed in or not.
OPEN = (
    ("account_login", ()),
    ("healthz", ()),
    ("account_code", ()),
    ("account_reset_password", ()),
    ("account_reset_password_done", ()),
    ("account_reset_password_from_key", ("1", "set-password")),
    ("account_reset_password_from_key_done", ()),
)
# Posts that go through to the person's own pages and must leave what they named alone: any answer, nothing written.
HARMLESS = {"reviews:bulk_act", "reviews:sending"}
# Who is led on to a page of his own instead.
LED_ON = {"reviews:dashboard": BODIES, "reviews:sheets": OTHER}


@pytest.fixture
def world():
    """Everything the table names."""
    return make_world()


def address(world, name, objects):
    found = [getattr(world, one) for one in objects]
    return reverse(name, args=[getattr(one, "pk", one) for one in found])


def read_through(answer):
    """Take a streamed answer to its end, which closes its file (closing any other would close the test's database)."""
    if answer.streaming:
        list(answer.streaming_content)


def rows():
    """Every row of the portal's own tables, but the tallies kept for speed, which any reader renews."""
    labels = ("accounts", "jobs", "procedures", "reviews")
    return {
        model._meta.label: sorted(
            repr([_plain(value) for value in row])
            for row in model._base_manager.values_list(
                *(field.attname for field in model._meta.concrete_fields if field.name != "tally")
            )
        )
        for label in labels
        for model in apps.get_app_config(label).get_models()
        if model is not StaleTally
    }


def _plain(value):
    """A value whose repr says what it is: PostgreSQL gives bytes as a memoryview, whose repr is its address."""
    return bytes(value) if isinstance(value, memoryview) else value


def expected(person, allowed, strangers):
    return 200 if person in allowed else 404 if person in strangers else 403


def _label(value) -> str:
    """The name of a case; sets have no order, so they take none: two test processes must name a case alike."""
    return value if isinstance(value, str) else "-".join(value) if isinstance(value, tuple) else ""


@pytest.mark.parametrize(("name", "objects", "readers", "strangers"), READ, ids=_label)
def test_reading(world, login, name, objects, readers, strangers, client):
    url = address(world, name, objects)
    found, wanted = {}, {}
    for person, user in world.people.items():
        answer = login(user).get(url)
        found[person] = answer.status_code
        wanted[person] = 302 if person in LED_ON.get(name, ()) else expected(person, readers, strangers)
        read_through(answer)
    assert found == wanted
    turned_away = client.get(url)
    assert turned_away.status_code == 302
    assert turned_away["Location"].startswith("/accounts/login/") or name == "account_logout"


def test_every_page_that_is_read_answers_when_only_its_head_is_asked_for(world, login):
    """Monitors and browsers ask so."""
    refused = {}
    for name, objects, readers, _strangers in READ:
        person = min(readers or EVERYBODY)
        answer = login(world.people[person]).head(address(world, name, objects))
        read_through(answer)
        if answer.status_code == 405:
            refused[name] = person
    assert refused == {}


@pytest.mark.parametrize(("name", "objects", "data", "writers", "strangers", "only_post"), WRITE, ids=_label)
def test_a_forged_post_writes_nothing(world, login, name, objects, data, writers, strangers, only_post, client):
    url = address(world, name, objects)
    data = {field: getattr(getattr(world, str(value), None), "pk", value) for field, value in data.items()}
    clients = {person: login(user) for person, user in world.people.items()}
    before = rows()
    for person in PEOPLE:
        if only_post:
            refused = clients[person].get(url).status_code
            assert refused == 405 or (refused == 403 and person not in writers), f"GET by {person}: {refused}"
        if person in writers:
            continue
        status = clients[person].post(url, data).status_code
        if name not in HARMLESS:
            # 409: a role that may do it, but not this person (an official who heads no unit).
            assert status in {expected(person, (), strangers), 409 if person in OWN else 0}, f"{person}: {status}"
        assert status < 500
        assert rows() == before, f"{person} wrote something"
    turned_away = client.post(url, data)
    assert turned_away.status_code == 302
    assert turned_away["Location"].startswith("/accounts/login/")
    assert rows() == before


@pytest.mark.parametrize(("name", "arguments"), OPEN)
def test_the_door_and_the_pulse_are_open_to_anyone(client, name, arguments):
    assert client.get(reverse(name, args=arguments)).status_code == 200


def names(resolver, prefix=""):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from names(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        else:
            yield f"{prefix}{pattern.name}"


def test_every_address_of_the_portal_is_in_the_table():
    listed = {row[0] for row in (*READ, *WRITE)} | {name for name, _ in OPEN}
    assert set(names(get_resolver())) == listed


def test_a_post_without_the_token_is_refused(world):
    from django.test import Client

    forger = Client(enforce_csrf_checks=True)
    user = world.people["own_official"]
    forger.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    before = rows()
    for name, objects, data, *_ in WRITE:
        assert forger.post(address(world, name, objects), {k: str(v) for k, v in data.items()}).status_code == 403
    assert rows() == before


def test_exports_hold_the_rows_of_the_list_and_no_others(world, login):
    for person in ("other_official", "own_official", "auditor"):
        client = login(world.people[person])
        text = b"".join(client.get(reverse("reviews:list"), {"export": "csv"}).streaming_content).decode("utf-8-sig")
        assert (world.draft.scope_item.code in text) is (person != "other_official")
