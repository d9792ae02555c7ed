"""The append-only record of who did what to which object."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class EventQuerySet(models.QuerySet["Event"]):
    def about(self, target: models.Model) -> EventQuerySet:
        """The events of one object, newest first."""
        content_type = ContentType.objects.get_for_model(target)
        return self.filter(target_type=content_type, target_id=target.pk).order_by("-at", "-id")

    def since(self, name: str) -> EventQuerySet:
        """From the first event of this name on; none where there is none."""
        first = self.filter(name=name).order_by("pk").values("pk")[:1]
        return self.filter(pk__gte=models.Subquery(first))


class Event(models.Model):
    """One named thing that happened: who, when, to what, and the values before and after.

    A database trigger refuses every UPDATE and DELETE, whoever asks.
    """

    name = models.CharField(max_length=100, help_text="For example engagement.request.published")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty when the portal itself acted, for example at a deadline.",
    )
    target_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    target_id = models.BigIntegerField()
    target = GenericForeignKey("target_type", "target_id")
    target_label = models.CharField(max_length=300)
    old = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    new = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    note = models.TextField(blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["target_type", "target_id", "-at"], name="audit_event_target")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.name}: {self.target_label}"
