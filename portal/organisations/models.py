"""Public bodies, suppliers, and the people who act for them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from portal.organisations.choices import SME_SIZES, InvitationState, JoinState, Kind, Role, Scheme, Size, Status
from portal.records import Region, SubmittedOnce, Versioned

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def public_bodies(self) -> OrganisationQuerySet:
        return self.filter(kind=Kind.PUBLIC_BODY)

    def suppliers(self) -> OrganisationQuerySet:
        return self.filter(kind=Kind.SUPPLIER)

    def verified(self) -> OrganisationQuerySet:
        return self.filter(status=Status.VERIFIED)

    def of_user(self, user: User) -> OrganisationQuerySet:
        """Organisations that the user belongs to today."""
        return self.filter(memberships__user=user, memberships__ended_at=None)

    def visible_to(self, user: User | AnonymousUser) -> OrganisationQuerySet:
        """Whose own pages the user may open: staff see all, others those that they belong to."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.all() if user.is_staff else self.of_user(user)

    def locked(self, pk: int) -> Organisation:
        """The row as it is now, locked to the end of the transaction.

        Every change of its state or of who belongs to it takes this lock first, so that two of them
        never pass each other. The weaker lock lets other rows go on referring to it meanwhile.
        """
        return self.select_for_update(no_key=True).get(pk=pk)


@pghistory.track()
class Organisation(Versioned, SubmittedOnce):
    """A public body or a supplier. Staff verify it before it may publish or respond."""

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=200)
    street_address = models.CharField(max_length=200, blank=True)
    locality = models.CharField("town or city", max_length=100, blank=True)
    postal_code = models.CharField("postcode", max_length=12, blank=True)
    country_name = models.CharField("country", max_length=60, default="United Kingdom", blank=True)
    region = models.CharField(max_length=3, choices=Region.choices, blank=True)
    size = models.CharField(max_length=10, choices=Size.choices, blank=True)
    website = models.URLField(blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    status_reason = models.CharField(max_length=500, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    is_imported = models.BooleanField(default=False, help_text="Made from published notices, not by its own people.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(Lower("name"), name="organisation_name_lower")]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="organisation_kind_known"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="organisation_status_known"),
            models.CheckConstraint(
                condition=models.Q(size="") | models.Q(kind=Kind.SUPPLIER), name="organisation_size_of_supplier"
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=[Status.REFUSED, Status.SUSPENDED]) | ~models.Q(status_reason=""),
                name="organisation_refusal_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("organisations:organisation-detail", args=[self.pk])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Members and staff may read what was done to the organisation and by whom."""
        from portal.organisations.permissions import can_view_organisation

        return can_view_organisation(user, self)

    @property
    def address(self) -> str:
        """The address as it stands on an envelope, a line each."""
        lines = [self.street_address, self.locality, self.postal_code]
        return "\n".join(line for line in [*lines, self.country_name if any(lines) else ""] if line)

    @property
    def is_supplier(self) -> bool:
        return self.kind == Kind.SUPPLIER

    @property
    def is_public_body(self) -> bool:
        return self.kind == Kind.PUBLIC_BODY

    @property
    def is_verified(self) -> bool:
        return self.status == Status.VERIFIED

    @property
    def is_sme(self) -> bool:
        return self.size in SME_SIZES


class Identifier(models.Model):
    """One number that one list gives the organisation, for example GB-COH 01234567."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="identifiers")
    scheme = models.CharField(max_length=10, choices=Scheme.choices)
    value = models.CharField(max_length=120)

    class Meta:
        ordering = ["scheme", "value"]
        constraints = [models.UniqueConstraint(fields=["scheme", "value"], name="identifier_names_one_organisation")]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class EmailDomain(models.Model):
    """A domain whose people may ask to join; where it is trusted they join at once."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="email_domains")
    domain = models.CharField(max_length=253, unique=True)
    is_trusted = models.BooleanField(default=False)

    class Meta:
        ordering = ["domain"]
        constraints = [
            models.CheckConstraint(condition=models.Q(domain=Lower("domain")), name="email_domain_lower_case")
        ]

    def __str__(self) -> str:
        return self.domain


@pghistory.track()
class Membership(models.Model):
    """One person's role in one organisation. It ends, it is never deleted."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["user__name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"], condition=models.Q(ended_at=None), name="membership_once_at_a_time"
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.role} of {self.organisation}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def unanswered(self) -> InvitationQuerySet:
        """Neither accepted nor taken back; those whose time has run out are among them."""
        return self.filter(accepted_at=None, revoked_at=None)

    def open_at(self, now: datetime) -> InvitationQuerySet:
        return self.unanswered().filter(expires_at__gt=now)


class Invitation(SubmittedOnce):
    """An invitation by e-mail. Only a hash of its token is kept."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.EDITOR)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(help_text="When it was last sent.")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Lower("email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_once_unanswered",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(revoked_at=None), name="invitation_answered_once"
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organisation}"

    def state_at(self, now: datetime) -> InvitationState:
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.revoked_at:
            return InvitationState.REVOKED
        return InvitationState.OPEN if now < self.expires_at else InvitationState.EXPIRED


class JoinRequest(models.Model):
    """Someone whose verified e-mail domain matches asks to join; an owner decides."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="join_requests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="join_requests")
    state = models.CharField(max_length=10, choices=JoinState.choices, default=JoinState.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=models.Q(state=JoinState.WAITING),
                name="join_request_once_waiting",
            ),
            models.CheckConstraint(
                condition=models.Q(state=JoinState.WAITING, decided_at=None, decided_by=None)
                | (~models.Q(state=JoinState.WAITING) & models.Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="join_request_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} to {self.organisation}"
