"""Pages that every app shows the same way: lists in pages, refusals, and two people saving at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import BaseForm, BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.refusals import Refused

Rows = Sequence[tuple[str, Any]]
MOST_IDS = 1000


def paginate(request: HttpRequest, queryset: Any, per_page: int = 20, count: int | None = None) -> Page[Any]:
    """The page of the list that `?page=` asks for; a page that does not exist gives the nearest.

    `count` is how many rows there are, where that is known.
    """
    paginator = Paginator(queryset, per_page)
    if count is not None:
        paginator.count = count
    return paginator.get_page(request.GET.get("page"))


def paginate_search(
    request: HttpRequest, found: QuerySet[Any], show: Callable[[Any], QuerySet[Any]], per_page: int = 20
) -> Page[Any]:
    """As `paginate`, for a search that costs more than its rows: run once, it gives both their number and a page.

    `show` says what a row shows. What finds more than `MOST_IDS` is counted and read in the ordinary way.
    """
    ids = list(found.values_list("pk", flat=True)[: MOST_IDS + 1])
    if len(ids) > MOST_IDS:
        return paginate(request, show(found), per_page, count=found.count())
    page = paginate(request, ids, per_page)
    rows = show(found.model._default_manager.all()).in_bulk(list(page.object_list))
    page.object_list = [rows[pk] for pk in page.object_list if pk in rows]
    return page


def add_refusal(form: BaseForm, refused: Refused) -> None:
    """Put each reason on its field, or on the form where the form has no such field."""
    for reason in refused.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)


@contextmanager
def refusals_on(form: BaseForm) -> Iterator[None]:
    """Run an action; where a rule says no, its reasons land on the form and the page is shown again."""
    try:
        yield
    except Refused as refused:
        add_refusal(form, refused)


def rows_of(form: BaseForm) -> Rows:
    """The label and the value of each visible field, as a conflict page shows them."""
    return [(str(field.label), shown(field)) for field in form.visible_fields()]


def shown(field: BoundField) -> str:
    """A field's value in words: the label of a choice, never its code."""
    value = field.value()
    chosen = [str(item) for item in value] if isinstance(value, list | tuple) else [str(value or "")]
    labels = dict(flat_choices(getattr(field.field, "choices", ())))
    return ", ".join(labels.get(item, item) for item in chosen if item)


def flat_choices(choices: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Choices without their groups, keys as text."""
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from flat_choices(label)
        else:
            yield str(key), str(label)


def refused_page(request: HttpRequest, refused: Refused, *, title: str, back_url: str) -> HttpResponse:
    """Say why not (422), where the refused action had no form of its own."""
    context = {"title": title, "reasons": refused.reasons, "back_url": back_url}
    return render(request, "pages/refused.html", context, status=422)


def side_by_side(current: Rows, submitted: Rows) -> Iterator[tuple[str, Any, Any]]:
    """Both versions of each row. A label that stands twice, as boxes may, pairs in the order of standing."""
    left = list(submitted)
    for label, value in current:
        match = next((row for row in left if row[0] == label), None)
        if match:
            left.remove(match)
        yield label, value, match[1] if match else ""
    for label, value in left:
        yield label, "", value


def conflict_page(
    request: HttpRequest, *, title: str, current_rows: Rows, submitted_rows: Rows, retry_url: str
) -> HttpResponse:
    """Show what is saved beside what was sent (409), so that the second to save loses nothing."""
    rows = [
        {"label": label, "current": current, "submitted": submitted, "differs": str(current) != str(submitted)}
        for label, current, submitted in side_by_side(current_rows, submitted_rows)
    ]
    context = {"title": title, "rows": rows, "retry_url": retry_url}
    return render(request, "pages/conflict.html", context, status=409)
