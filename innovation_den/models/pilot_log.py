"""What a pilot brings along as it runs: the weekly log, what is spent, and changes that both sides sign."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from innovation_den.choices import PilotState, Side
from innovation_den.models.pilots import PRIVATE_TERMS, TERMS, Pilot, StopRule, in_words, term_name, term_value
from portal.addresses import address
from portal.govuk.formats import day
from portal.records import SubmittedOnce

if TYPE_CHECKING:
    from portal.accounts.models import User

# What is signed beside the terms, in an amendment as it is to be: all that stays and all that is new.
BESIDE = {"stop_rules": "Stop rules", "reviews": "Review points"}
PRIVATE = PRIVATE_TERMS | {"reviews"}
TERMS_FROM_JSON = ", ".join(f"{name} = changed.{name}" for name in TERMS)
RULES_IN_JSON = """jsonb_to_recordset(NEW.new -> 'stop_rules') AS said("when" text, "limit" numeric)"""
REVIEWS_IN_JSON = "jsonb_array_elements_text(NEW.new -> 'reviews') AS said"


def beside_as_text(name: str, value: Any) -> list[Any]:
    """Stop rules or review points as JSON holds them, in one order."""
    if name == "stop_rules":
        return [{"when": when, "limit": format(limit.normalize(), "f")} for when, limit in sorted(value)]
    return sorted(due_on.isoformat() for due_on in value)


def beside_value(name: str, texts: list[Any]) -> list[Any]:
    """The same back from JSON."""
    if name == "stop_rules":
        return [(said["when"], Decimal(said["limit"])) for said in texts]
    return [date.fromisoformat(text) for text in texts]


def beside_in_words(name: str, texts: list[Any]) -> list[str]:
    """Each as people read it."""
    values = beside_value(name, texts)
    if name == "stop_rules":
        return [StopRule(when=when, limit=limit).said() for when, limit in values]
    return [day(due_on) for due_on in values]


class SpendEntry(SubmittedOnce):
    """Money spent on a pilot. The pilot's `spent` is their sum, and the database holds it to the cap."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="spending")
    dated = models.DateField()
    amount = models.DecimalField(
        max_digits=12, decimal_places=2, help_text="GBP, excl. VAT; below nought for money back."
    )
    what = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["dated", "id"]
        verbose_name_plural = "spend entries"
        triggers = [
            pgtrigger.Trigger(
                name="spend_is_summed",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP <> 'INSERT' THEN
                        UPDATE innovation_den_pilot SET spent = spent - OLD.amount WHERE id = OLD.pilot_id;
                    END IF;
                    IF TG_OP <> 'DELETE' THEN
                        UPDATE innovation_den_pilot SET spent = spent + NEW.amount WHERE id = NEW.pilot_id;
                    END IF;
                    RETURN NULL;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.what}: £{self.amount}"


class LogEntry(SubmittedOnce):
    """A week of a pilot: what happened, and where the measure stands."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="log")
    dated = models.DateField()
    text = models.TextField("what happened", max_length=3000)
    value = models.DecimalField("the measure", max_digits=14, decimal_places=4, null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["dated", "id"]
        verbose_name_plural = "log entries"

    def __str__(self) -> str:
        return f"{self.dated}: {self.text[:60]}"


class PilotAmendment(SubmittedOnce):
    """A change of what was fixed. It holds once both sides have signed, and never before."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    old = models.JSONField(help_text="The terms that change, as they were.")
    new = models.JSONField(help_text="The same, as they are to be.")
    reason = models.TextField(max_length=2000)
    proposed_side = models.CharField(max_length=10, choices=Side.choices)
    signed_by_sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_by_firm = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="pilot_amendment_number_once"),
            models.CheckConstraint(
                name="pilot_amendment_signed_by_both",
                condition=Q(applied_at=None) | Q(signed_by_sponsor__isnull=False, signed_by_firm__isnull=False),
            ),
            models.CheckConstraint(
                name="pilot_amendment_signed_by_two",
                condition=Q(signed_by_sponsor=None)
                | Q(signed_by_firm=None)
                | ~Q(signed_by_sponsor=F("signed_by_firm")),
            ),
            models.CheckConstraint(
                name="pilot_amendment_applied_or_dropped", condition=Q(applied_at=None) | Q(dropped_at=None)
            ),
            models.UniqueConstraint(
                fields=["pilot"], condition=Q(applied_at=None, dropped_at=None), name="pilot_amendment_one_open"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="amendment_as_proposed", operation=pgtrigger.UpdateOf("pilot_id", "old", "new")),
            pgtrigger.Protect(
                name="amendment_is_settled",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__applied_at__isnull=False) | pgtrigger.Q(old__dropped_at__isnull=False),
            ),
            pgtrigger.Trigger(
                name="amendment_changes_terms",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__applied_at__isnull=False),
                declare=[("changed", "innovation_den_pilot")],
                func=f"""
                    SELECT (jsonb_populate_record(pilot, NEW.new)).* INTO changed
                    FROM innovation_den_pilot pilot
                    WHERE id = NEW.pilot_id AND state = '{PilotState.RUNNING}' FOR NO KEY UPDATE;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'Only a pilot that runs is amended' USING ERRCODE = 'check_violation';
                    END IF;
                    UPDATE innovation_den_pilot SET {TERMS_FROM_JSON} WHERE id = NEW.pilot_id;
                    IF NEW.new ? 'stop_rules' THEN
                        DELETE FROM innovation_den_stoprule stands WHERE pilot_id = NEW.pilot_id AND NOT EXISTS (
                            SELECT 1 FROM {RULES_IN_JSON}
                            WHERE said."when" = stands."when" AND said."limit" = stands."limit"
                        );
                        INSERT INTO innovation_den_stoprule (pilot_id, "when", "limit", answer)
                            SELECT NEW.pilot_id, "when", "limit", '' FROM {RULES_IN_JSON} ON CONFLICT DO NOTHING;
                    END IF;
                    IF NEW.new ? 'reviews' THEN
                        DELETE FROM innovation_den_reviewpoint WHERE pilot_id = NEW.pilot_id
                            AND due_on NOT IN (SELECT said::date FROM {REVIEWS_IN_JSON});
                        INSERT INTO innovation_den_reviewpoint (pilot_id, due_on, note)
                            SELECT NEW.pilot_id, said::date, '' FROM {REVIEWS_IN_JSON} ON CONFLICT DO NOTHING;
                    END IF;
                    RETURN NULL;
                """,  # noqa: S608 - names of columns, from this file
            ),
        ]

    def __str__(self) -> str:
        return f"Amendment {self.number}"

    def get_absolute_url(self) -> str:
        return address("innovation_den:amendment-sign", self.pilot.reference, self.number)

    @property
    def is_open(self) -> bool:
        return self.applied_at is None and self.dropped_at is None

    def signer(self, side: str) -> User | None:
        return self.signed_by_sponsor if side == Side.SPONSOR else self.signed_by_firm

    def new_values(self) -> dict[str, Any]:
        """The new terms as the columns hold them, for JSON has texts alone."""
        return {
            name: beside_value(name, value) if name in BESIDE else term_value(name, value)
            for name, value in self.new.items()
        }

    def rows(self) -> list[tuple[str, Any, Any]]:
        """What each term was and is to be, with its name, in the order of the terms."""
        return self._rows(frozenset())

    def public_rows(self) -> list[tuple[str, Any, Any]]:
        """The same without what stays between both sides."""
        return self._rows(PRIVATE)

    def _rows(self, without: frozenset[str]) -> list[tuple[str, Any, Any]]:
        terms = [name for name in TERMS if name in self.new and name not in without]
        rows = [(term_name(name), in_words(name, self.old.get(name)), in_words(name, self.new[name])) for name in terms]
        for name in [name for name in BESIDE if name in self.new and name not in without]:
            old, new = ("; ".join(beside_in_words(name, said[name])) for said in (self.old, self.new))
            rows.append((BESIDE[name], old, new))
        return rows
