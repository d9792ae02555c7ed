"""Who was reminded of which return, so that nobody hears twice of one thing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from reporting.choices import ReminderTo


class Reminder(models.Model):
    """One reminder of one return. `stage` is working days from the day it was due; 0 is that day."""

    filed = models.ForeignKey("reporting.Return", on_delete=models.CASCADE, related_name="reminders", db_index=False)
    to = models.CharField(max_length=10, choices=ReminderTo.choices)
    stage = models.SmallIntegerField()
    day = models.DateField(help_text="In London.")

    class Meta:
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint(fields=["filed", "to", "stage"], name="reminder_once"),
            models.CheckConstraint(condition=Q(to__in=ReminderTo.values), name="reminder_to_known"),
        ]

    def __str__(self) -> str:
        return f"{self.filed}: {self.get_to_display()}, {self.stage}"
