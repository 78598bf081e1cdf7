"""What the page of one procedure shows: values with their sources, deciders, what imports did."""

from django.db.models import Q

from procedures.importing.changes import changes_of
from procedures.importing.resource import FIELD_LABELS
from procedures.models import ExecutionLevel, ImportBatch, ImportState, Procedure, RowOutcome

_LEVELS = dict(ExecutionLevel.choices)


def facts_of(procedure: Procedure, user) -> list[dict]:
    """[{label, values, source}] of everything known of the procedure; ``source`` is None for what no file brought."""
    batches = ImportBatch.objects.select_related("applied_by").in_bulk(
        {source[0] for source in procedure.provenance.values()}
    )
    sectors = [link.sector.name for link in procedure.sector_links.select_related("sector").order_by("position")]
    values = {
        "code": [procedure.code],
        "name": [procedure.name],
        "publisher": [f"{procedure.publisher.name} ({procedure.publisher.code})"],
        "executing_bodies": procedure.executing_bodies,
        "sectors": sectors,
        "execution_levels": [_LEVELS.get(level, level) for level in procedure.execution_levels],
        "publishing_decision": [procedure.publishing_decision] if procedure.publishing_decision else [],
        "published_on": [f"{procedure.published_on:%d/%m/%Y}"] if procedure.published_on else [],
        "subjects": procedure.subjects,
        "status": [procedure.get_status_display()],
    }
    facts = []
    for name, shown in values.items():
        batch_id, row = procedure.provenance.get(name, (None, None))
        source = {"batch": batches[batch_id], "row": row, "linked": user.oversees} if batch_id in batches else None
        if source and name == "publisher":
            source["chosen"] = source["batch"].options.get("publisher")
        facts.append({"label": FIELD_LABELS[name], "values": shown, "source": source})
    return facts


def deciders_of(procedure: Procedure):
    """The deciding authorities with all that the page says of them, in one query."""
    return procedure.deciders.select_related("level", "batch", "confirmed_by").order_by("pk")


def history_of(procedure: Procedure) -> list[dict]:
    """Imports that made or changed the procedure, newest first."""
    rows = procedure.import_rows.filter(
        Q(outcome__in=[RowOutcome.CREATED, RowOutcome.CHANGED]) | Q(outcome=RowOutcome.MISSING, after__isnull=False),
        batch__state__in=[ImportState.APPLIED, ImportState.UNDONE],
    ).select_related("batch__applied_by", "batch__undone_by")
    answered: dict[int, list[int]] = {}
    for batch, number in procedure.corrections.filter(batch__isnull=False).order_by("pk").values_list("batch", "pk"):
        answered.setdefault(batch, []).append(number)
    events = []
    for row in rows:
        created = row.outcome == RowOutcome.CREATED
        what = f"{'Đưa vào danh mục' if created else 'Thay đổi'} từ tệp {row.batch.file_name}, dòng {row.number}"
        if row.outcome == RowOutcome.MISSING:
            what = f"Ghi là bãi bỏ vì không có trong tệp {row.batch.file_name}"
        undone = row.batch.state == ImportState.UNDONE
        events.append(
            {
                "what": f"{what}{' (đã hoàn tác)' if undone else ''}",
                "when": row.batch.applied_at,
                "who": row.batch.applied_by or "dòng lệnh",
                "changes": [] if created else changes_of(row),
                "reason": ", ".join(f"sửa theo báo sai #{number}" for number in answered.get(row.batch_id, ())),
            }
        )
    return sorted(events, key=lambda event: event["when"], reverse=True)
