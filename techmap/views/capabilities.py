"""The taxonomy, one capability's page, and what a person follows."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST, require_safe

from portal.govuk.pages import refused_page
from portal.refusals import Refused
from techmap.actions import follow_capability, unfollow_capability
from techmap.forms import CapabilitySearchForm
from techmap.models import Capability
from techmap.queries import capabilities_named, capability_tree, count_for, follows_in, follows_of


@require_safe
def capability_list(http: HttpRequest) -> HttpResponse:
    """All that is offered, or what the words find. The template keeps the whole list for a minute."""
    form = CapabilitySearchForm(http.GET or None)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    found = capabilities_named(words) if words else Capability.objects.in_use()
    branches = SimpleLazyObject(lambda: capability_tree(found, timezone.now()))
    context = {
        "form": form,
        "words": words,
        "branches": branches,
        "number": lambda: sum(len(branch.children) for branch in branches),
    }
    return render(http, "techmap/capability_list.html", context)


@require_safe
def capability_detail(http: HttpRequest, code: str) -> HttpResponse:
    """A capability in use or retired; a retired one says so."""
    capability = get_object_or_404(Capability.objects.select_related("parent"), code=code)
    followed = follows_in(http.user, [capability.pk, capability.parent_id])
    context = {
        "capability": capability,
        "counted": count_for(capability, timezone.now()),
        "children": capability.children.filter(is_retired=False),
        "follows": capability.pk in followed,
        "follows_parent": capability.parent_id in followed,
    }
    return render(http, "techmap/capability_detail.html", context)


@require_POST
def capability_follow(http: HttpRequest, code: str) -> HttpResponse:
    return _change_follow(http, code, follow_capability, "You now follow {}. We will tell you of requests for it.")


@require_POST
def capability_unfollow(http: HttpRequest, code: str) -> HttpResponse:
    return _change_follow(http, code, unfollow_capability, "You no longer follow {}.")


def _change_follow(http: HttpRequest, code: str, action: Callable[..., None], said: str) -> HttpResponse:
    """Act, and go back to the page that the button stood on: the capability's, or the list of follows."""
    capability = get_object_or_404(Capability, code=code)
    if not http.user.is_authenticated:
        return redirect_to_login(capability.get_absolute_url())
    try:
        action(capability=capability, by=http.user)
    except Refused as refused:
        return refused_page(http, refused, title="You can't follow this", back_url=capability.get_absolute_url())
    messages.success(http, said.format(capability))
    return redirect("techmap:follow-list") if http.POST.get("back") == "follows" else redirect(capability)


@login_required
@require_safe
def follow_list(http: HttpRequest) -> HttpResponse:
    assert http.user.is_authenticated  # noqa: S101 -- for the type checker: login_required has seen to it
    return render(http, "techmap/follow_list.html", {"follows": follows_of(http.user)})
