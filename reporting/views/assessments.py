"""Assessments: what is due, one assessment and its reply, the notice it fills in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page, rows_of
from portal.http import PortalRequest, SignedInRequest
from portal.organisations.models import Organisation
from portal.refusals import Refused, StaleWrite
from reporting import uk9
from reporting.actions.assessments import (
    correct_assessment,
    finish_assessment,
    missing_of,
    remove_assessment,
    reply_to_assessment,
    save_assessment,
    share_assessment,
    start_assessment,
    take_back_assessment,
    why_not_finish,
)
from reporting.forms import VersionForm
from reporting.forms.assessments import AssessmentForm, CorrectAssessmentForm, PeriodForm, ReplyForm
from reporting.models import Assessment
from reporting.permissions import can_decide_return, can_file_return, is_party, why_not_assess
from reporting.queries.assessments import due_assessments, next_stretch, shown
from reporting.views.access import visible_contract


def visible_assessment(http: PortalRequest, public_id: UUID) -> Assessment:
    """One that the person may see: their own, or what is public."""
    assessments = Assessment.objects.visible_to(http.user)
    known = assessments.select_related("contract__buyer", "contract__supplier", "corrects__contract", "replied_by")
    return get_object_or_404(known, public_id=public_id)


def own_assessment(http: PortalRequest, public_id: UUID) -> Assessment:
    """One that the person's public body writes; other parties get 403, the public 404."""
    assessment = visible_assessment(http, public_id)
    if can_decide_return(http.user, assessment.contract):
        return assessment
    raise _refusal(http, assessment, "Only owners and editors of the buyer write its assessments.")


def _refusal(http: PortalRequest, assessment: Assessment, why: str) -> Exception:
    return PermissionDenied(why) if is_party(http.user, assessment.contract) else Http404()


@login_required
@require_safe
def assessment_list(http: SignedInRequest) -> HttpResponse:
    """What the person's organisations have to do: assessments that are due or under way, and replies to give."""
    mine = Organisation.objects.of_user(http.user).values("pk")
    today = timezone.localdate()
    under_way = Assessment.objects.visible_to(http.user).under_way().order_by("reply_due_at", "pk")
    under_way = under_way.select_related("contract__buyer", "contract__supplier")
    final = Assessment.objects.visible_to(http.user).final().order_by("-final_at", "-pk")
    context = {
        "due": paginate(http, due_assessments(today).filter(buyer__in=mine)),
        "buyers": under_way.filter(contract__buyer__in=mine)[:50],
        "suppliers": under_way.filter(contract__supplier__in=mine, shared_at__isnull=False)[:50],
        "final": final.filter(contract__buyer__in=mine).select_related("contract__supplier")[:10],
        "today": today,
        "now": timezone.now(),
    }
    return render(http, "reporting/assessment_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def assessment_create(http: SignedInRequest, reference: str) -> HttpResponse:
    contract = visible_contract(http, reference)
    if not can_decide_return(http.user, contract):
        if is_party(http.user, contract):
            raise PermissionDenied("Only owners and editors of the buyer write its assessments.")
        raise Http404
    back = contract.get_absolute_url()
    if why := why_not_assess(http.user, contract):
        return refused_page(http, Refused(why), title="You cannot assess this contract", back_url=back)
    stretch = next_stretch(contract, timezone.localdate())
    initial: dict[str, Any] = {"submission_key": uuid4()}
    if stretch:
        initial |= {"period_start": stretch.start, "period_end": stretch.end}
    form = PeriodForm(http.POST or None, initial=initial)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            made = start_assessment(contract=contract, by=http.user, now=timezone.now(), **form.cleaned_data)
            return redirect("reporting:assessment-edit", made.public_id)
    context = {"contract": contract, "form": form, "due": stretch.due if stretch else None}
    return render(http, "reporting/assessment_create.html", context)


@require_safe
def assessment_detail(http: PortalRequest, public_id: UUID) -> HttpResponse:
    """Assessment and reply side by side. What is held back of a published contract, the public does not see."""
    assessment = visible_assessment(http, public_id)
    contract = assessment.contract
    party = is_party(http.user, contract)
    now = timezone.now()
    decides = can_decide_return(http.user, contract)
    (found,) = shown([assessment], parties=frozenset({contract.pk} if party else ()))
    context = {
        "assessment": assessment,
        "contract": contract,
        "shown": found,
        "is_party": party,
        "decides": decides,
        "may_reply": assessment.is_shared and can_file_return(http.user, contract),
        "why_not_finish": why_not_finish(assessment, now) if assessment.is_shared else None,
        "missing": list(missing_of(assessment, timezone.localdate(now))) if assessment.is_draft and decides else [],
        "why": why_not_assess(http.user, contract) if decides else None,
        "corrected_by": assessment.corrections.final().first(),
        "reply_days": settings.ASSESSMENT_REPLY_WORKING_DAYS,
    }
    return render(http, "reporting/assessment_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def assessment_edit(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    assessment = own_assessment(http, public_id)
    if not assessment.is_draft:
        return _refused(http, assessment, Refused("Only a draft is changed. Take it back first, or correct it"))
    kpis = list(assessment.kpis.all())
    if http.method != "POST":
        return _edit_page(http, assessment, AssessmentForm.showing(assessment, kpis))
    form = AssessmentForm(http.POST, kpis=kpis)
    if form.is_valid():
        try:
            with refusals_on(form):
                save_assessment(
                    assessment=assessment,
                    version=form.cleaned_data["version"],
                    words=form.words(),
                    kpis=form.ratings(),
                    by=http.user,
                )
                return redirect(assessment)
        except StaleWrite:
            return _conflict(http, assessment, form)
    return _edit_page(http, assessment, form)


def _edit_page(http: SignedInRequest, assessment: Assessment, form: AssessmentForm) -> HttpResponse:
    (found,) = shown([assessment], parties=frozenset({assessment.contract_id}))
    rows = list(zip(form.kpi_rows(), found.kpis, strict=True))
    context = {"assessment": assessment, "contract": assessment.contract, "form": form, "rows": rows}
    return render(http, "reporting/assessment_edit.html", context)


def _conflict(http: SignedInRequest, assessment: Assessment, form: Any) -> HttpResponse:
    current = Assessment.objects.get(pk=assessment.pk)
    rows: list[tuple[str, Any]] = [("State", current.get_state_display())]
    if isinstance(form, AssessmentForm):
        rows = list(rows_of(AssessmentForm.showing(current, list(current.kpis.all()))))
    elif isinstance(form, ReplyForm):
        rows.append(("Your reply", current.reply))
    return conflict_page(
        http,
        title="Somebody else has changed the assessment",
        current_rows=rows,
        submitted_rows=rows_of(form) if form else [],
        retry_url=assessment.get_absolute_url(),
    )


def _refused(http: SignedInRequest, assessment: Assessment, refused: Refused) -> HttpResponse:
    return refused_page(http, refused, title="It was not done", back_url=assessment.get_absolute_url())


def _press(
    http: SignedInRequest, assessment: Assessment, do: Callable[..., Any], said: str, to: Any = None
) -> HttpResponse:
    """A button without a form of its own: run the action on the version that was shown."""
    form = VersionForm(http.POST)
    version = form.cleaned_data["version"] if form.is_valid() else 0
    try:
        do(assessment=assessment, version=version, by=http.user)
    except Refused as refused:
        return _refused(http, assessment, refused)
    except StaleWrite:
        return _conflict(http, assessment, None)
    messages.success(http, said)
    return redirect(to or assessment)


@require_POST
@login_required
def assessment_share(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    assessment = own_assessment(http, public_id)
    said = f"The assessment is shared, and {assessment.contract.supplier} has been told."
    return _press(http, assessment, partial(share_assessment, now=timezone.now()), said)


@require_POST
@login_required
def assessment_take_back(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    assessment = own_assessment(http, public_id)
    do = partial(take_back_assessment, now=timezone.now())
    return _press(http, assessment, do, "The assessment is a draft again.")


@require_POST
@login_required
def assessment_finish(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    assessment = own_assessment(http, public_id)
    return _press(http, assessment, partial(finish_assessment, now=timezone.now()), "The assessment is final.")


@require_POST
@login_required
def assessment_remove(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    assessment = own_assessment(http, public_id)
    return _press(http, assessment, remove_assessment, "The draft is removed.", assessment.contract)


@login_required
@require_http_methods(["GET", "POST"])
def assessment_reply(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    assessment = visible_assessment(http, public_id)
    if not can_file_return(http.user, assessment.contract):
        raise _refusal(http, assessment, "Only owners and editors of the supplier reply.")
    if not assessment.is_shared:
        return _refused(http, assessment, Refused("A reply is given before the assessment is final"))
    form = ReplyForm(http.POST or None, initial={"version": assessment.version, "reply": assessment.reply})
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                reply_to_assessment(assessment=assessment, by=http.user, now=timezone.now(), **form.cleaned_data)
                messages.success(http, f"Your reply is sent to {assessment.contract.buyer}.")
                return redirect(assessment)
        except StaleWrite:
            return _conflict(http, assessment, form)
    return _decide_page(http, assessment, form, "Reply to the assessment", "Send the reply")


@login_required
@require_http_methods(["GET", "POST"])
def assessment_correct(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    assessment = own_assessment(http, public_id)
    form = CorrectAssessmentForm(http.POST or None, initial={"submission_key": uuid4()})
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            made = correct_assessment(assessment=assessment, by=http.user, now=timezone.now(), **form.cleaned_data)
            return redirect("reporting:assessment-edit", made.public_id)
    return _decide_page(http, assessment, form, "Correct this assessment", "Start the correction")


def _decide_page(http: SignedInRequest, assessment: Assessment, form: Any, title: str, press: str) -> HttpResponse:
    context = {"assessment": assessment, "form": form, "title": title, "press": press}
    return render(http, "reporting/assessment_decide.html", context)


# --- The notice --------------------------------------------------------------------------------------


def _of_parties(http: SignedInRequest, public_id: UUID) -> Assessment:
    """The draft of a notice is for those who file it, and for the supplier that it is about."""
    assessment = visible_assessment(http, public_id)
    if not is_party(http.user, assessment.contract):
        raise Http404
    return assessment


@login_required
@require_safe
def assessment_notice(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    assessment = _of_parties(http, public_id)
    context = {
        "assessment": assessment,
        "contract": assessment.contract,
        "parts": uk9.parts_of(assessment),
        "missing": list(uk9.missing_from(assessment)),
    }
    return render(http, "reporting/assessment_notice.html", context)


@login_required
@require_safe
def assessment_notice_json(http: SignedInRequest, public_id: UUID) -> JsonResponse:
    """The same as an OCDS release package."""
    assessment = _of_parties(http, public_id)
    url = http.build_absolute_uri(reverse("reporting:assessment-notice", args=[public_id]))
    answer = JsonResponse(uk9.package_of(assessment, url=url, now=timezone.now()), json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="uk9-{assessment.contract.reference}.json"'
    return answer
