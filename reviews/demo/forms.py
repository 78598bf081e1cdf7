"""Filled forms: columns and rows of an invented review, unsaved, as the reading of a form wants them."""

import datetime
import random
from decimal import Decimal

from reviews.demo.catalogue import body_of_level
from reviews.demo.plans import DOWN, OTHER, SAME
from reviews.demo.wording import (
    CONDITIONS,
    LOCAL_BODIES,
    REASONS_DECENTRALIZE,
    REASONS_KEEP,
    REASONS_OTHER,
    TRANSITIONS,
)
from reviews.models import (
    ComplianceCost,
    Conclusion,
    CriterionAnswer,
    CurrentAuthority,
    LegalAmendment,
    Review,
    ReviewKind,
    ScopeItem,
    Stance,
    Transfer,
)
from reviews.models.content import DocumentType
from reviews.rules.completeness import TransferRow, compose_content
from reviews.rules.transfers import Level, classify, is_internal

# Levels a power may go down to, from each level; apart for ngành dọc.
DOWNWARD = {
    "PRIME_MINISTER": ("MINISTER", "PROV_PC_CHAIR"),
    "MINISTER": ("PROV_PC_CHAIR", "PROV_DEPT", "DEPARTMENT", "PROV_PC"),
    "MINISTRY": ("PROV_PC", "DEPARTMENT", "PROV_DEPT"),
    "GENERAL_DEPT": ("PROV_DEPT", "DEPARTMENT"),
    "DEPARTMENT": ("PROV_DEPT", "PROV_PC_CHAIR"),
    "PROV_PC": ("PROV_DEPT", "DISTRICT_PC"),
    "PROV_PC_CHAIR": ("PROV_DEPT", "DISTRICT_PC_CHAIR"),
    "PROV_DEPT": ("DISTRICT_PC",),
    "DISTRICT_PC": ("COMMUNE_PC",),
    "DISTRICT_PC_CHAIR": ("COMMUNE_PC_CHAIR",),
    "DISTRICT_DIV": ("COMMUNE_PC",),
}
DOWNWARD_VERTICAL = {
    "PRIME_MINISTER": ("MINISTER",),
    "MINISTER": ("DEPARTMENT", "PROV_VERTICAL"),
    "MINISTRY": ("DEPARTMENT", "PROV_VERTICAL"),
    "GENERAL_DEPT": ("PROV_VERTICAL",),
    "DEPARTMENT": ("PROV_VERTICAL",),
    "PROV_VERTICAL": ("DISTRICT_VERTICAL",),
}
SAME_LEVEL = {"MINISTRY": "MINISTER", "PROV_PC": "PROV_PC_CHAIR", "DISTRICT_PC": "DISTRICT_PC_CHAIR"}
# Criteria answered on every finished form, with the answer that goes with handing down; in the order they are read.
CRITERIA = (
    ("C1", "yes"),
    ("C10", "yes"),
    ("C5", "yes"),
    ("C6", "yes"),
    ("C7", "yes"),
    ("C8", "no"),
    ("C9", "no"),
)


def _answers(review: Review, content: str) -> tuple[tuple[str, str], ...]:
    """Answers that go with the conclusion: all of them for a hand-down, need alone for the rest."""
    if content != OTHER:
        return CRITERIA
    return (("C1", "no" if review.conclusion == Conclusion.ABOLISH else "yes"),)


def deciders_of(item: ScopeItem) -> list[dict]:
    """Who decides now: as frozen, else what an official of the body would fill in for where it is settled."""
    if item.deciders:
        return item.deciders
    vertical = item.procedure.is_vertical
    place = (item.procedure.execution_levels or ["ministry"])[0]
    level, body = {
        "ministry": ("MINISTER", body_of_level("MINISTER", item.owner)),
        "other": ("REGIONAL_BRANCH", "Ngân hàng Nhà nước chi nhánh tỉnh, thành phố"),
        "province": ("PROV_VERTICAL", "") if vertical else ("PROV_DEPT", LOCAL_BODIES[item.owner.code][0]),
        "district": ("DISTRICT_VERTICAL", "") if vertical else ("DISTRICT_PC", "Ủy ban nhân dân cấp huyện"),
        "commune": ("COMMUNE_VERTICAL", ""),
    }[place]
    return [{"level": level, "body": body, "case": "", "legal_ground": ""}]


def ways_down(item: ScopeItem) -> list[tuple[str, str]]:
    """(from, to) of every move down that the procedure allows."""
    table = DOWNWARD_VERTICAL if item.procedure.is_vertical else DOWNWARD
    found = [(row["level"], target) for row in deciders_of(item) for target in table.get(row["level"], ())]
    if item.owner.code == "G01":
        found += [
            (row["level"], "COMMUNE_VERTICAL") for row in deciders_of(item) if row["level"] == "DISTRICT_VERTICAL"
        ]
    return found


def fits(content: str, item: ScopeItem) -> bool:
    """Whether a form of this kind can be filled for the procedure."""
    if content == DOWN:
        return bool(ways_down(item))
    if content == SAME:
        return any(row["level"] in SAME_LEVEL for row in deciders_of(item))
    return True


class Filler:
    """Fills forms; knows the ladder."""

    def __init__(self, rng: random.Random, levels: dict[str, Level], today: datetime.date):
        self.rng = rng
        self.levels = levels
        self.today = today

    def fill(self, review: Review, content: str, *, settled: bool) -> None:
        """Put columns and rows of the kind ``content`` on ``review``; ``settled`` forms have every part.

        The rows are kept where Django keeps prefetched ones, so that reading the form reads them.
        """
        rng, item = self.rng, review.scope_item
        # A form begun before anyone found out who decides.
        undecided = not settled and not item.deciders and rng.random() < 0.5
        deciders = [
            CurrentAuthority(
                review=review,
                position=position,
                level_id=row["level"],
                body=row["body"],
                case=row["case"],
                legal_ground=row["legal_ground"] or self._ground(),
            )
            for position, row in enumerate([] if undecided else deciders_of(item))
        ]
        transfers = [] if undecided else self._transfers(review, content)
        if content == OTHER:
            review.conclusion = rng.choices(
                ["keep", "simplify", "abolish", "delegate", "out_of_scope"], [75, 12, 5, 5, 3]
            )[0]
            review.reason = REASONS_OTHER.get(review.conclusion) or rng.choice(REASONS_KEEP)
        else:
            review.conclusion = "decentralize"
            review.reason = rng.choice(REASONS_DECENTRALIZE)
            review.conditions = rng.choice(CONDITIONS)
            review.transition = rng.choice(TRANSITIONS)
            review.content = compose_content(
                TransferRow(self.levels[row.source_level_id], self.levels[row.target_level_id], row.mode)
                for row in transfers
            )
        self._dossiers(review)
        review.receiving_body = item.executing_bodies[0] if item.executing_bodies else ""
        rows = {
            "current_authorities": deciders,
            "transfers": transfers,
            "criterion_answers": [],
            "legal_amendments": [],
            "compliance_costs": [],
        }
        if review.kind in (ReviewKind.PROPOSAL, ReviewKind.RECEPTION):
            self._short(review, content)
        elif settled:
            rows["criterion_answers"] = [
                CriterionAnswer(review=review, criterion=code, answer=answer)
                for code, answer in _answers(review, content)
            ]
            if content != OTHER:
                rows["legal_amendments"] = self._amendments(review)
            if rng.random() < 0.03:
                rows["compliance_costs"] = self._costs(review)
        review._prefetched_objects_cache = {**rows, "queries": []}

    def _short(self, review: Review, content: str) -> None:
        """A province's short form: what it says, and the conclusion that follows."""
        if content == OTHER:
            review.conclusion = Conclusion.KEEP.value
            review.stance = self.rng.choice((Stance.AGREE, Stance.AGREE, Stance.NO_OPINION)).value
        else:
            review.stance = Stance.PROPOSE.value

    def _ground(self) -> str:
        number, year = self.rng.randrange(10, 160), self.rng.randrange(2014, 2021)
        return f"Khoản {self.rng.randrange(1, 5)} Điều {self.rng.randrange(3, 60)} Nghị định số {number}/{year}/NĐ-CP"

    def _transfers(self, review: Review, content: str) -> list[Transfer]:
        item, rng = review.scope_item, self.rng
        if content == OTHER:
            return []
        if content == DOWN:
            moves = [rng.choice(ways_down(item))]
            source = moves[0][0]
            # Beside the move down, now and then one that stays at the level: recorded, never counted.
            if source in SAME_LEVEL and rng.random() < 0.08:
                moves.append((source, SAME_LEVEL[source]))
        elif content == SAME:
            source = next(row["level"] for row in deciders_of(item) if row["level"] in SAME_LEVEL)
            moves = [(source, SAME_LEVEL[source])]
        else:
            moves = [self._cross(item)]
        return [self._transfer(review, position, *move) for position, move in enumerate(moves)]

    def _cross(self, item: ScopeItem) -> tuple[str, str]:
        """A move that the ladder cannot class: across branches, or off the ladder."""
        source = deciders_of(item)[0]["level"]
        if source in {"PROV_VERTICAL", "REGIONAL_BRANCH"}:
            return source, "PROV_PC"
        return source, "COMMUNE_PC" if source == "DISTRICT_VERTICAL" else "PUBLIC_SERVICE_UNIT"

    def _transfer(self, review: Review, position: int, source: str, target: str) -> Transfer:
        before, after = self.levels[source], self.levels[target]
        partial = self.rng.random() < 0.1
        province = LOCAL_BODIES.get(review.scope_item.owner.code, ("Sở, ban, ngành",))[0]
        return Transfer(
            review=review,
            position=position,
            source_level_id=source,
            target_level_id=target,
            target_body=province if target == "PROV_DEPT" and province.startswith("Sở") else after.label,
            is_partial=partial,
            condition="Trường hợp dự án, cơ sở nằm trong địa bàn một tỉnh." if partial else "",
            transfer_class=classify(before, after).value,
            is_internal=is_internal(before, after),
        )

    def _dossiers(self, review: Review) -> None:
        if self.rng.random() < 0.12:
            review.annual_dossiers_unknown = True
            return
        review.annual_dossiers = int(10 ** self.rng.uniform(0.5, 4.5))
        review.annual_dossiers_year = self.today.year - 1
        review.annual_dossiers_estimated = self.rng.random() < 0.3
        review.annual_dossiers_source = "Hệ thống một cửa điện tử của cơ quan"

    def _amendments(self, review: Review) -> list[LegalAmendment]:
        rng = self.rng
        kinds = rng.choice(((DocumentType.DECREE,), (DocumentType.DECREE, DocumentType.CIRCULAR), (DocumentType.LAW,)))
        suffix = {DocumentType.DECREE: "NĐ-CP", DocumentType.CIRCULAR: "TT", DocumentType.LAW: "QH14"}
        issuer = {DocumentType.DECREE: "Chính phủ", DocumentType.CIRCULAR: "", DocumentType.LAW: "Quốc hội"}
        owner = review.scope_item.owner.name
        return [
            LegalAmendment(
                review=review,
                position=position,
                document_type=kind.value,
                number=f"{rng.randrange(10, 160)}/{rng.randrange(2014, 2021)}/{suffix[kind]}",
                title=f"Quy định về {review.scope_item.sector_name.lower() or 'lĩnh vực'} (số hiệu minh họa)",
                article=str(rng.randrange(3, 60)),
                clause=str(rng.randrange(1, 6)),
                drafting_lead=owner,
                issuing_authority=issuer[kind] or owner,
                due_on=self.today + datetime.timedelta(days=rng.choice((180, 365, 540))),
            )
            for position, kind in enumerate(kinds)
        ]

    def _costs(self, review: Review) -> list[ComplianceCost]:
        """Thông tư 02/2017/TT-VPCP, Điều 27: the same work now and after, the travel cut."""
        subjects = self.rng.randrange(200, 12_000)
        phases = ((ComplianceCost.Phase.AFTER.value, 20_000), (ComplianceCost.Phase.NOW.value, 100_000))
        return [
            ComplianceCost(
                review=review,
                phase=phase,
                item="Chuẩn bị, nộp hồ sơ và nhận kết quả",
                hours=Decimal("4.00"),
                hourly_income=36_000,
                outside_cost=outside,
                fee=150_000,
                subjects_per_year=subjects,
                source="Khảo sát minh họa",
            )
            for phase, outside in phases
        ]
