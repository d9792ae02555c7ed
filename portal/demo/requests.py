"""The demo's early-engagement requests: each story told through the actions, at the times it happened."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from engagement.actions.outcomes import publish_outcome, save_outcome, save_theme
from engagement.actions.questions import answer_question, ask_question, decline_question
from engagement.actions.requests import (
    close_request,
    publish_request,
    save_draft,
    save_market_question,
    set_capabilities,
    start_request,
    withdraw_request,
)
from engagement.actions.responses import Given, save_response, start_response, submit_response
from engagement.models import EngagementRequest, Response
from portal.accounts.models import User
from portal.demo.people import owner_of
from portal.organisations.models import Organisation
from portal.working_days import shift_working_days
from techmap.models import Capability


def at(day: int, *, now: datetime, hour: int = 17) -> datetime:
    """So many days from today, at the hour in London."""
    date = timezone.localdate(now) + timedelta(days=day)
    return timezone.make_aware(datetime.combine(date, time(hour)))


class Story:
    """One request of `requests.toml`, from its first line to where it has come to."""

    def __init__(self, entry: dict[str, Any], organisations: dict[str, Organisation], now: datetime) -> None:
        self.entry, self.organisations, self.now = entry, organisations, now
        self.authority = organisations[entry["authority"]]
        self.by = owner_of(self.authority)
        self.published = at(entry["published"], now=now, hour=9)
        self.closes = at(entry["closes"], now=now)

    def tell(self) -> EngagementRequest:
        """Play the story through to its state."""
        state = self.entry["state"]
        request = self.write()
        if state == "draft":
            return request
        publish_request(request=request, by=self.by, now=self.published)
        self.ask(request)
        self.respond(request)
        if state == "withdrawn":
            reason = self.entry["withdrawn"]
            withdraw_request(request=request, reason=reason, by=self.by, now=self.published + timedelta(days=9))
        elif state != "published":
            close_request(request=request, now=self.closes)
        if state == "outcome_published":
            self.conclude(request)
        return request

    def write(self) -> EngagementRequest:
        """The draft with all that the entry gives."""
        entry = self.entry
        request = start_request(authority=self.authority, title=entry["title"], by=self.by, submission_key=uuid4())
        low, high = (Decimal(value) for value in entry["value"]) if "value" in entry else (None, None)
        request = save_draft(
            request=request,
            version=request.version,
            by=self.by,
            fields={
                "problem": entry["problem"],
                "outcome_wanted": entry["outcome_wanted"],
                "process": entry["process"],
                "methods": entry["methods"],
                "stage": entry["stage"],
                "region": entry.get("region", ""),
                "value_low": low,
                "value_high": high,
                "contact_name": "Market engagement team",
                "contact_email": f"market@{self.by.email.partition('@')[2]}",
                "questions_close_at": shift_working_days(self.closes, -3),
                "closes_at": self.closes,
            },
        )
        capabilities = Capability.objects.filter(code__in=entry["capabilities"])
        set_capabilities(request=request, version=request.version, by=self.by, capabilities=capabilities)
        for question in entry["questions"]:
            fields = {
                "text": question["text"],
                "answer_type": question["type"],
                "options": question.get("options", []),
                "is_required": question.get("required", False),
            }
            save_market_question(request=request, by=self.by, fields=fields, submission_key=uuid4())
        return request

    def writer(self, name: str) -> User:
        return owner_of(self.organisations[name])

    def ask(self, request: EngagementRequest) -> None:
        for hours, asked in enumerate(self.entry["asked"], start=3):
            question = ask_question(
                request=request,
                supplier=self.organisations[asked["by"]],
                text=asked["text"],
                by=self.writer(asked["by"]),
                now=self.published + timedelta(hours=hours),
                submission_key=uuid4(),
            )
            later = self.published + timedelta(hours=hours + 5)
            if "answer" in asked:
                answer_question(question=question, answer=asked["answer"], by=self.by, now=later)
            elif "declined" in asked:
                decline_question(question=question, reason=asked["declined"], by=self.by, now=later)

    def respond(self, request: EngagementRequest) -> None:
        for entry in self.entry["responses"]:
            by = self.writer(entry["by"])
            now = self.published + timedelta(hours=20)
            response = start_response(request=request, supplier=self.organisations[entry["by"]], by=by, now=now)
            given = [
                Given(question, value, question.answer_type == "money")
                for question, value in zip(request.market_questions.all(), entry["answers"], strict=True)
            ]
            response = save_response(response=response, version=response.version, given=given, by=by, now=now)
            if entry["state"] == "submitted":
                submit_response(response=response, by=by, now=now)

    def conclude(self, request: EngagementRequest) -> None:
        """What was heard and what came of it, a week after closing."""
        now = self.closes + timedelta(days=7)
        entry = self.entry
        save_outcome(
            request=request, version=1, by=self.by, now=now, summary=entry["summary"], next_steps=entry["next_steps"]
        )
        for theme in entry["themes"]:
            words = {name: theme[name] for name in ("heard", "decision", "explanation")}
            raised = Response.objects.filter(request=request, supplier__name__in=theme["by"])
            save_theme(request=request, by=self.by, now=now, fields=words, responses=raised, submission_key=uuid4())
        publish_outcome(request=request, by=self.by, now=now)
