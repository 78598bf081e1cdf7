"""What nobody hopes to see: the door, errors of each kind, a portal without a round. All fit, axe finds nothing."""

from django.core.exceptions import SuspiciousOperation
from playwright.sync_api import expect

from reviews.actions.filling import save_review
from tests.e2e.steps import open_review, reason_of, save
from tests.e2e.sweeping import faults_here, faults_of

# How the element that has the focus is drawn: its outline, or a shadow in the place of one.
MARK = """() => {
  const style = getComputedStyle(document.activeElement);
  const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [document.activeElement.outerHTML.slice(0, 120), outline || style.boxShadow !== "none"];
}"""

EVERYBODY = ("/", "/reviews/", "/dashboard/", "/campaigns/", "/procedures/", "/reports/", "/reports/01/", "/support/")
FILLING = ("/reviews/quick/", "/reviews/bulk-changes/", "/reviews/bulk-changes/new/", "/reviews/uploads/", "/notices/")
OVERSEEING = ("/reviews/submissions/", "/reports/02/", "/reports/documents/", "/reports/summary/VN/")
# What each role finds in a portal that has bodies and people and no round yet.
EMPTY = {
    "official": (*EVERYBODY, *FILLING, "/support/ask/"),
    "focal_point": (
        *EVERYBODY, *FILLING, "/reviews/sending/", "/reviews/assignments/", "/reviews/deputies/", "/users/",
    ),
    "leader": ("/", "/reviews/sending/", "/reviews/assignments/"),
    "appraiser": (*EVERYBODY, *OVERSEEING, "/campaigns/new/"),
    "department_head": ("/", "/dashboard/"),
    "administrator": ("/", "/procedures/", "/procedures/import/", "/users/"),
    "auditor": ("/", "/dashboard/", "/reviews/"),
}  # fmt: skip


def test_a_portal_without_a_round_says_what_comes_next(visitor, people):
    faults = [f"{role}: {fault}" for role, paths in EMPTY.items() for fault in faults_of(visitor(people[role]), paths)]
    assert not faults, "\n".join(faults)


def test_the_door_and_its_errors_fit(visitor, people):
    person = visitor()
    faults = list(
        faults_of(
            person,
            ("/accounts/login/", "/accounts/code/", "/accounts/password/reset/", "/accounts/password/reset/done/",
             "/accounts/password/reset/key/x-y/", "/accounts/password/reset/key/done/"),
        )
    )  # fmt: skip
    page = sign_in_wrongly(person)
    expect(page.get_by_role("alert")).to_contain_text("mật khẩu không đúng")
    faults += faults_here(person, "wrong password")
    page = person.goto("/accounts/code/")
    page.get_by_role("button", name="Đặt mật khẩu").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    faults += faults_here(person, "no code")
    official = visitor(people["official"])
    page = official.goto("/accounts/password/change/")
    page.get_by_role("button", name="Đổi mật khẩu").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    faults += faults_here(official, "no new password")
    assert not faults, "\n".join(faults)


def sign_in_wrongly(person):
    page = person.goto("/accounts/login/")
    page.get_by_label("Tên đăng nhập").fill("official")
    page.get_by_label("Mật khẩu").first.fill("khong-phai-mat-khau")
    page.get_by_role("button", name="Đăng nhập").click()
    return page


def refused(person, status, heading, open_page):
    """What is wrong with the page that answers ``status``; that it did so is no fault of this browser."""
    with person.page.expect_response(lambda answer: answer.request.is_navigation_request()) as answer:
        open_page()
    assert answer.value.status == status, f"{answer.value.status} instead of {status}"
    expect(person.page.get_by_role("heading", level=1)).to_contain_text(heading)
    person.faults = [one for one in person.faults if str(status) not in one]
    return [f"{status}: {fault}" for fault in faults_here(person, person.page.url)]


def test_what_is_refused_or_fails_says_so_on_a_whole_page(visitor, people, review, settings, monkeypatch):
    official = visitor(people["official"])

    def at(path):
        return lambda: official.page.goto(official.server + path)

    faults = refused(official, 403, "không có quyền", at("/campaigns/new/"))
    faults += refused(official, 404, "Không tìm thấy", at("/reviews/999999/"))
    page = open_review(official, review)
    save_review(by=people["focal_point"], review_id=review.pk, base_version=0, data={"reason": "Lý do của đầu mối."})
    reason_of(page).fill("Lý do của chuyên viên.")
    faults += refused(official, 409, review.scope_item.code, lambda: save(page))
    expect(page.get_by_text("Lý do của đầu mối.").first).to_be_visible()

    focal = visitor(people["focal_point"])
    page = focal.goto("/users/new/")
    faults += refused(focal, 422, "", lambda: page.locator("main form button[type=submit]").first.click())
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()

    fails = visitor(people["auditor"])
    for status, error, heading in ((500, RuntimeError, "Máy chủ gặp lỗi"), (400, SuspiciousOperation, "không hợp lệ")):
        with monkeypatch.context() as broken:
            broken.setattr("reviews.views.home.figures.unread_notices", raising(error))
            faults += refused(fails, status, heading, lambda: fails.page.goto(fails.server + "/"))

    door = visitor()
    page = door.goto("/accounts/login/")
    door.context.clear_cookies()
    faults += refused(door, 403, "", lambda: page.get_by_role("button", name="Đăng nhập").click())
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    sign_in_wrongly(door)
    page.get_by_label("Mật khẩu").first.fill("lai-sai")
    faults += refused(door, 429, "tạm dừng", lambda: page.get_by_role("button", name="Đăng nhập").click())
    assert not faults, "\n".join(faults)


def raising(error):
    """A function that only raises ``error``."""

    def fail(*args, **kwargs):
        raise error("đã hẹn trước")

    return fail


def test_who_comes_by_keyboard_sees_where_he_is(visitor, people, review):
    person = visitor(people["focal_point"])
    unseen, steps = [], 0
    for path in ("/", "/reviews/", "/dashboard/G15/", f"/reviews/{review.pk}/", "/users/", "/support/"):
        page = person.goto(path)
        for _ in range(45):
            page.keyboard.press("Tab")
            element, marked = page.evaluate(MARK)
            if element.startswith("<body"):
                break
            steps += 1
            if not marked:
                unseen.append(f"{path}: {element}")
    assert steps > 150, f"the keyboard reached only {steps} places"
    assert not unseen, "\n".join(unseen)
