"""What an organisation is, and what its people may do."""

from django.db import models


class Kind(models.TextChoices):
    PUBLIC_BODY = "public_body", "Public body"
    SUPPLIER = "supplier", "Supplier"


class Size(models.TextChoices):
    """The SME test: staff, and turnover or balance sheet (Companies Act 2006, s.382 and s.465).

    Small and medium firms have under 250 staff and a turnover of up to £54 million or a balance
    sheet of up to £27 million (limits from 6 April 2025).
    """

    MICRO = "micro", "Micro: up to 10 staff"
    SMALL = "small", "Small: up to 50 staff"
    MEDIUM = "medium", "Medium: under 250 staff"
    LARGE = "large", "Large: 250 staff or more"


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


STATUS_TRANSITIONS = {
    Status.PENDING: {Status.VERIFIED, Status.REFUSED},
    Status.VERIFIED: {Status.SUSPENDED},
    Status.REFUSED: {Status.PENDING, Status.VERIFIED},
    Status.SUSPENDED: {Status.VERIFIED},
}


class JoinState(models.TextChoices):
    WAITING = "waiting", "Waiting for the owner"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
