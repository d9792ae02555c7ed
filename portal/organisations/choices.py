"""What an organisation is, and what its people may do."""

from django.db import models


class Kind(models.TextChoices):
    PUBLIC_BODY = "public_body", "Public body"
    SUPPLIER = "supplier", "Supplier"


class Size(models.TextChoices):
    """The SME test: under 250 staff, and turnover up to £44 million or a balance sheet up to £38 million.

    Source: Procurement Act 2023, s.123(1). A firm that fails either half of it is large.
    """

    MICRO = "micro", "Micro: under 10 staff"
    SMALL = "small", "Small: 10 to 49 staff"
    MEDIUM = "medium", "Medium: 50 to 249 staff"
    LARGE = "large", "Large: 250 staff or more, or above both money limits"


SME_SIZES = frozenset({Size.MICRO, Size.SMALL, Size.MEDIUM})


class Scheme(models.TextChoices):
    """Lists that give organisations their identifiers (org-id.guide codes)."""

    COH = "GB-COH", "Companies House number"
    PPON = "GB-PPON", "Public Procurement Organisation Number"
    CFS = "GB-CFS", "Contracts Finder number"
    SRS = "GB-SRS", "Supplier Registration Service number"
    LAE = "GB-LAE", "Local authority code (England)"
    GOR = "GB-GOR", "Government organisation code"
    CHC = "GB-CHC", "Charity number (England and Wales)"


class Role(models.TextChoices):
    OWNER = "owner", "Owner: everything, and who may join"
    EDITOR = "editor", "Editor: write and send"
    VIEWER = "viewer", "Viewer: read"


class Status(models.TextChoices):
    PENDING = "pending", "Waiting for verification"
    VERIFIED = "verified", "Verified"
    REFUSED = "refused", "Not verified"
    SUSPENDED = "suspended", "Suspended"


# A refused organisation goes back to pending when its owner asks again; a verified one only where it
# is an imported record that nobody belonged to, and its people now claim it.
STATUS_TRANSITIONS = {
    Status.PENDING: {Status.VERIFIED, Status.REFUSED},
    Status.VERIFIED: {Status.SUSPENDED, Status.PENDING},
    Status.REFUSED: {Status.PENDING, Status.VERIFIED},
    Status.SUSPENDED: {Status.VERIFIED},
}


class JoinState(models.TextChoices):
    WAITING = "waiting", "Waiting for the owner"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"


JOIN_TRANSITIONS: dict[str, set[str]] = {
    JoinState.WAITING: {JoinState.APPROVED, JoinState.DECLINED},
    JoinState.APPROVED: set(),
    JoinState.DECLINED: set(),
}


class InvitationState(models.TextChoices):
    """Read from the invitation's dates, so that expiry needs no clockwork."""

    OPEN = "open", "Waiting for an answer"
    ACCEPTED = "accepted", "Accepted"
    REVOKED = "revoked", "Taken back"
    EXPIRED = "expired", "Expired"
