"""The round that the table of access walks through: two bodies, everybody's role, a review in each state."""

import datetime
import io
import uuid
from types import SimpleNamespace

import openpyxl
from django.core.files.base import ContentFile
from django.utils import timezone

from procedures.corrections import report_wrong
from procedures.models import ImportBatch, Matching
from reviews.actions.content import snapshot
from reviews.actions.events import record
from reviews.models import (
    AdjustmentItem,
    Attachment,
    BulkChange,
    FormUpload,
    Notice,
    Phrase,
    SavedView,
    ScopeAdjustment,
    Status,
    Submission,
    Ticket,
    Transfer,
)
from tests import factories
from tthc_portal.accounts.models import Deputy, Role, UserImport
from tthc_portal.jobs.models import Job

PEOPLE = (
    "own_official", "own_focal_point", "own_leader", "other_official", "other_focal_point", "other_leader",
    "appraiser", "department_head", "administrator", "auditor",
)  # fmt: skip
OWN, OTHER = PEOPLE[:3], PEOPLE[3:6]


def make_world():
    """One round, two bodies with three people each, the four overseers, a review in each state, all of the own body."""
    own, other = factories.OrganisationFactory(code="G15"), factories.OrganisationFactory(code="G16")
    department = factories.DepartmentFactory()
    people = {
        name: factories.UserFactory(
            username=name,
            role=Role(name.removeprefix("own_").removeprefix("other_")),
            organisation=own if name in OWN else other if name in OTHER else department,
        )
        for name in PEOPLE
    }
    campaign = factories.CampaignFactory(code="2021")
    preparing = factories.CampaignFactory(code="2022", state="preparing", opened_at=None, frozen_at=None)
    for body in (own, other):
        factories.ParticipationFactory(campaign=campaign, organisation=body)
    levels = factories.ladder()

    def review(status, **facts):
        item = factories.ScopeItemFactory(campaign=campaign, owner=own, procedure__publisher=own)
        version = {"version": 0 if status == Status.NOT_STARTED else 1}
        return factories.ReviewFactory(scope_item=item, status=status, **version | facts)

    done = {"conclusion": "decentralize", "finished_by": people["own_official"]}
    submitted = review(Status.SUBMITTED, **done)
    submission = Submission.objects.create(
        campaign=campaign, organisation=own, door="recorded", letter_number="12/BTP", letter_date=datetime.date.today(),
        signer_name="Nguyễn Văn A", sent_by=people["own_focal_point"], digest="0" * 64,
        scan=ContentFile(b"%PDF-1.4", name="cong-van.pdf"),
    )  # fmt: skip
    draft = review(Status.DRAFT)
    record(draft, by=people["own_official"], action="save", content=snapshot(draft))
    job = Job.objects.create(kind="x", title="Việc", created_by=people["own_official"])
    job.result_file.save("a.csv", ContentFile(b"a"))
    batch = ImportBatch.objects.create(
        file_name="a.xlsx", sha256="0" * 64, sheet="Sheet", layout={"header_row": 1, "columns": {}}
    )
    batch.file.save("a.xlsx", ContentFile(workbook()))
    attachment = Attachment(review=draft, name="a.pdf", uploaded_by=people["own_official"])
    attachment.file.save("a.pdf", ContentFile(b"%PDF-1.4"), save=False)
    attachment.save()
    return SimpleNamespace(
        attachment=attachment,
        phrase=Phrase.objects.create(
            organisation=own, field="reason", text="Câu hay dùng.", made_by=people["own_official"]
        ),
        people=people,
        body_code=own.code,
        nation_code="VN",
        campaign_code=campaign.code,
        preparing_code=preparing.code,
        article_slug="dien-phieu",
        procedure_code=submitted.scope_item.code,
        draft=draft,
        sequence=1,
        saved_view=SavedView.objects.create(user=people["own_official"], page="reviews", name="Đang soạn"),
        ready=review(Status.READY, **done),
        checked=review(Status.CHECKED, **done),
        submitted=submitted,
        settled=review(Status.ACCEPTED, **done),
        transfer=Transfer.objects.create(
            review=submitted,
            source_level=levels["MINISTER"],
            target_level=levels["PROV_VERTICAL"],
            transfer_class="manual",
        ),
        submission=submission,
        bulk_change=BulkChange.objects.create(
            id=uuid.uuid4(), campaign=campaign, organisation=own, reason="Cùng nhóm.", made_by=people["own_focal_point"]
        ),
        form_upload=form_upload(people, campaign),
        own_person=people["own_official"],
        own_body=own,
        own_auditor=factories.UserFactory(username="own_auditor", role=Role.AUDITOR, organisation=own),
        user_import=UserImport.objects.create(
            file="users/x.xlsx",
            file_name="a.xlsx",
            sha256="0" * 64,
            made_by=people["own_focal_point"],
            report={"rows": 0, "created": 0, "changed": 0, "unchanged": 0, "errors": []},
        ),
        deputy=Deputy.objects.create(
            user=people["own_official"],
            deputy=people["own_focal_point"],
            starts_on=datetime.date(2021, 1, 1),
            ends_on=datetime.date(2099, 1, 1),
            made_by=people["own_focal_point"],
        ),
        adjustment=adjustment(people, campaign, submitted.scope_item),
        approved=adjustment(
            people, campaign, submitted.scope_item, approved_by=people["department_head"], approved_at=timezone.now()
        ),
        job=job,
        batch=batch,
        matching=Matching.objects.create(
            kind="authority", wording="Tổ lạ", folded="to la", levels=["PROV_DEPT"], made_by=people["administrator"]
        ),
        correction=report_wrong(
            by=people["own_official"], procedure=submitted.scope_item.procedure, field="name", text="Sai tên."
        ),
        ticket=Ticket.objects.create(organisation=own, asked_by=people["own_official"], subject="Hỏi", text="…"),
        notice=Notice.objects.create(user=people["own_official"], text="Tin"),
    )


def form_upload(people, campaign):
    """A filled workbook without a row, handed in by the body's official."""
    made = FormUpload(
        campaign=campaign, organisation=people["own_official"].body, file_name="a.xlsx", sha256="0" * 64,
        made_by=people["own_official"],
        report={"made_at": timezone.now().isoformat(), "rows": [], "faults": [], "number": 0},
    )  # fmt: skip
    made.file.save("a.xlsx", ContentFile(workbook()))
    return made


def adjustment(people, campaign, item, **decided):
    """A line of the ledger of the round, not carried out."""
    made = ScopeAdjustment.objects.create(
        campaign=campaign, kind="exclude", reason="Lý do.", document_number="1/TTr", document_date=campaign.opens_on,
        proposed_by=people["appraiser"], **decided,
    )  # fmt: skip
    AdjustmentItem.objects.create(adjustment=made, procedure=item.procedure, scope_item=item)
    return made


def workbook():
    """The bytes of a workbook with a header and one row."""
    book, target = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["Mã TTHC", "Tên TTHC"])
    book.active.append(["1.000001", "Thủ tục"])
    book.save(target)
    return target.getvalue()
