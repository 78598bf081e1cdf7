"""Which procedures resemble which: worked out once a catalogue, read beside every form."""

from django.db import models
from django.db.models import F, Q

from procedures.models.catalogue import Procedure


class SimilarProcedure(models.Model):
    """One row says that ``similar`` is among the procedures most like ``procedure``, how much, and in what."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="similar", verbose_name="thủ tục")
    similar = models.ForeignKey(Procedure, models.CASCADE, related_name="+", verbose_name="thủ tục tương tự")
    score = models.PositiveSmallIntegerField("mức giống nhau (phần vạn)")
    same_sector = models.BooleanField("cùng lĩnh vực", default=False)
    same_decider = models.BooleanField("cùng cấp quyết định", default=False)

    class Meta:
        ordering = ["procedure", "-score"]
        verbose_name = "thủ tục tương tự"
        verbose_name_plural = "thủ tục tương tự"
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "similar"],
                name="similar_procedure_once",
                violation_error_message="Cặp thủ tục này đã có.",
            ),
            models.CheckConstraint(
                condition=~Q(procedure=F("similar")) & Q(score__lte=10000),
                name="similar_procedure_is_another",
                violation_error_message="Thủ tục không so với chính nó; mức giống nhau tối đa 10000 phần vạn.",
            ),
        ]

    def __str__(self):
        return f"{self.procedure_id} ~ {self.similar_id}"
