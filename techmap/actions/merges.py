"""One supplier under two names: give its facts to the record that is kept, and give them back.

A merge moves rows, and writes down which; nothing is deleted. What both had already stays behind, where
nobody sees it. Both suppliers are locked first, in the order of their numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction

from portal.audit.actions import record
from portal.organisations.choices import Scheme
from portal.organisations.models import Identifier, Organisation
from portal.refusals import Reason, Refused
from techmap.choices import ClaimOrigin, MatchState
from techmap.merging import movers
from techmap.models import CapabilityClaim, Evidence, Merge, NameMatch, OtherName, Price, Rating, SupplierProfile
from techmap.names import fold_name
from techmap.permissions import can_decide_matches
from techmap.queries.identities import can_be_merged_away
from techmap.search import index

if TYPE_CHECKING:
    from portal.accounts.models import User

Moved = dict[str, list[int]]

# What moves from supplier to supplier: the model, its link, and by what two rows say the same.
_ROWS: dict[str, tuple[type[models.Model], str, tuple[str, ...]]] = {
    "evidence": (Evidence, "supplier", ("capability", "kind", "source")),
    "ratings": (Rating, "supplier", ("source", "what")),
    "prices": (Price, "supplier", ("source", "what", "unit")),
    "other_names": (OtherName, "supplier", ("name",)),
    "identifiers": (Identifier, "organisation", ("scheme", "value")),
}
_CLAIMS, _NAME_ADDED, _PROFILE_MADE = "claims", "name_added", "profile_made"


@transaction.atomic
def merge_suppliers(*, kept: Organisation, folded: Organisation, by: User, now: datetime) -> Merge:
    """Give what `folded` has to `kept`, which stands for both from now on.

    Staff. Raises Refused unless `folded` is a record made from published lists that nobody belonged to,
    both are suppliers that stand, and no company numbers tell them apart.
    """
    if not can_decide_matches(by):
        raise PermissionDenied
    kept, folded = _locked(kept, folded)
    reasons = list(why_not_merge(kept, folded))
    if reasons:
        raise Refused([Reason(reason) for reason in reasons])
    merge = Merge.objects.create(kept=kept, folded=folded, by=by, at=now, moved=_take(kept, folded))
    _bump(kept, folded)
    _carry_matches(kept, folded)
    index.refresh([kept.pk, folded.pk])
    _record("merged", merge, by)
    return merge


def why_not_merge(kept: Organisation, folded: Organisation) -> Iterable[str]:
    """Each reason why `folded` cannot be merged into `kept`."""
    if kept.pk == folded.pk or not (kept.is_supplier and folded.is_supplier):
        yield "Choose two suppliers."
        return
    if folded.pk not in can_be_merged_away([folded.pk]):
        yield f"{folded} has people of its own or was not made from published lists, so it cannot be merged away."
    for supplier in (kept, folded):
        merge = Merge.objects.filter(folded=supplier, undone_at=None).select_related("kept").first()
        if merge:
            yield f"{supplier} is already merged into {merge.kept}."
    one, two = (_company_numbers(supplier) for supplier in (kept, folded))
    if one and two and one.isdisjoint(two):
        yield f"They are two companies: their Companies House numbers are {', '.join(sorted(one | two))}."


def _company_numbers(supplier: Organisation) -> set[str]:
    return {*supplier.identifiers.filter(scheme=Scheme.COH).values_list("value", flat=True)}


def _locked(*suppliers: Organisation) -> list[Organisation]:
    pks = [supplier.pk for supplier in suppliers]
    rows = Organisation.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True)
    found = {row.pk: row for row in rows}
    return [found[pk] for pk in pks]


def _bump(*suppliers: Organisation) -> None:
    """A form that was opened before knows that numbers have come or gone."""
    for supplier in suppliers:
        supplier.bump_version().save(update_fields=["version"])


# --- Giving ------------------------------------------------------------------------------------------


def _take(kept: Organisation, folded: Organisation) -> Moved:
    """Move to `kept` each row of `folded` that it has not, and say which."""
    moved = {name: _move(folded, kept, *kind) for name, kind in _ROWS.items()}
    moved |= _take_claims(kept, folded)
    for mover in movers():
        moved |= mover.take(kept, folded)
    if folded.name != kept.name:
        name, is_new = OtherName.objects.get_or_create(
            supplier=kept,
            name=folded.name,
            defaults={"folded": fold_name(folded.name), "source": f"merge of supplier {folded.pk}"},
        )
        moved[_NAME_ADDED] = [name.pk] if is_new else []
    return {name: pks for name, pks in moved.items() if pks}


def _move(
    old: Organisation,
    new: Organisation,
    model: type[models.Model],
    link: str,
    same: tuple[str, ...],
    only: Iterable[int] | None = None,
) -> list[int]:
    """Move rows, or those of them that are named, from one supplier to the other, unless it has the same."""
    rows = model._default_manager.filter(**{link: old})
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    there = {*model._default_manager.filter(**{link: new}).values_list(*same)}
    pks = [pk for pk, *key in rows.order_by("pk").values_list("pk", *same) if tuple(key) not in there]
    model._default_manager.filter(pk__in=pks).update(**{link: new})
    return pks


def _take_claims(kept: Organisation, folded: Organisation) -> Moved:
    """Guesses alone: nobody of `folded` ever claimed anything. What `kept` removed once stays behind."""
    guesses = CapabilityClaim.objects.filter(profile__organisation=folded, origin=ClaimOrigin.GUESSED)
    if not guesses:
        return {}
    profile, is_made = SupplierProfile.objects.get_or_create(organisation=kept)
    known = {*profile.claims.values_list("capability", flat=True)}
    known |= {*profile.removed_claims.values_list("capability", flat=True)}
    pks = [claim.pk for claim in guesses if claim.capability_id not in known]
    CapabilityClaim.objects.filter(pk__in=pks).update(profile=profile)
    return {_CLAIMS: pks, _PROFILE_MADE: [profile.pk] if is_made else []}


def _carry_matches(kept: Organisation, folded: Organisation) -> None:
    """Whom `folded` was like, `kept` may be too: those pairs wait under its number."""
    waiting = NameMatch.objects.filter(state=MatchState.WAITING)
    pairs = waiting.filter(first=folded) | waiting.filter(second=folded)
    for match in pairs:
        other = match.second_id if match.first_id == folded.pk else match.first_id
        if other != kept.pk:
            first, second = sorted((other, kept.pk))
            NameMatch.objects.get_or_create(first_id=first, second_id=second, defaults={"score": match.score})


# --- Giving back -------------------------------------------------------------------------------------


@transaction.atomic
def undo_merge(*, merge: Merge, by: User, now: datetime) -> Merge:
    """Give back exactly what moved, and let both stand. What came to `kept` later stays with it.

    Staff. A guess that the people of `kept` have made their own claim since is theirs. Where a third
    supplier was merged into `kept` too and had the same as what goes, its rows take the place. Raises
    Refused where it was undone already, where `kept` was itself merged away since, or where its people have
    worked on what would go.
    """
    if not can_decide_matches(by):
        raise PermissionDenied
    kept, folded = _locked(merge.kept, merge.folded)
    merge = Merge.objects.select_related("undone_by").select_for_update(of=("self",)).get(pk=merge.pk)
    if merge.undone_at:
        raise Refused(f"{merge.undone_by} has already undone this merge.")
    later = Merge.objects.filter(folded=kept, undone_at=None).select_related("kept").first()
    if later:
        raise Refused(f"{kept} was itself merged into {later.kept} since. Undo that merge first.")
    if reasons := [Reason(why) for mover in movers() for why in mover.why_not(kept, merge.moved)]:
        raise Refused(reasons)
    _give_back(kept, folded, merge.moved)
    merge.undone_by, merge.undone_at = by, now
    merge.save(update_fields=["undone_by", "undone_at"])
    _fill_gaps(kept)
    _bump(kept, folded)
    _tell_apart(kept, folded, by, now)
    index.refresh([kept.pk, folded.pk])
    _record("unmerged", merge, by)
    return merge


def _give_back(kept: Organisation, folded: Organisation, moved: Mapping[str, list[int]]) -> None:
    for name, kind in _ROWS.items():
        _move(kept, folded, *kind, only=moved.get(name, []))
    for mover in movers():
        mover.give_back(kept, folded, moved)
    profile = SupplierProfile.objects.filter(organisation=folded).first()
    if profile:
        CapabilityClaim.objects.filter(
            pk__in=moved.get(_CLAIMS, []), profile__organisation=kept, origin=ClaimOrigin.GUESSED
        ).update(profile=profile)
    OtherName.objects.filter(pk__in=moved.get(_NAME_ADDED, []), supplier=kept).delete()
    made = SupplierProfile.objects.filter(pk__in=moved.get(_PROFILE_MADE, []), organisation=kept, version=1)
    made.filter(claims=None, removed_claims=None).delete()


def _fill_gaps(kept: Organisation) -> None:
    """Others that were merged into `kept` may have had what went: their rows, left behind till now, come."""
    for other in Merge.objects.filter(kept=kept, undone_at=None).select_related("folded").order_by("pk"):
        more = _take(kept, other.folded)
        if more:
            both: Moved = defaultdict(list, other.moved)
            for name, pks in more.items():
                both[name] = [*both[name], *pks]
            other.moved = dict(both)
            other.save(update_fields=["moved"])


def _tell_apart(kept: Organisation, folded: Organisation, by: User, now: datetime) -> None:
    first, second = sorted((kept.pk, folded.pk))
    NameMatch.objects.filter(first=first, second=second).update(
        state=MatchState.DIFFERENT, decided_by=by, decided_at=now
    )


def _record(verb: str, merge: Merge, by: User) -> None:
    """Said of both, so that the history of each tells of it."""
    numbers: dict[str, Any] = {name.replace("_", " "): len(pks) for name, pks in merge.moved.items()}
    for target, role, other in ((merge.kept, "kept", merge.folded), (merge.folded, "folded", merge.kept)):
        new = {"other supplier": str(other), "number of the other": other.pk, "moved": numbers}
        record(f"techmap.supplier.{verb}_{role}", target=target, by=by, new=new)
