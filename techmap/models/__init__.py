"""What government buys (capabilities), who offers it (profiles and claims), and what shows it (evidence)."""

from techmap.models.bulk import BulkFile
from techmap.models.capabilities import Capability, CapabilityFollow, CapabilityQuerySet
from techmap.models.evidence import Evidence, Price, Rating
from techmap.models.identities import Company, Merge, NameMatch, OtherName
from techmap.models.profiles import (
    Accreditation,
    CapabilityClaim,
    CaseStudy,
    Contact,
    Framework,
    FrameworkPlace,
    RefereeRequest,
    RemovedClaim,
    SupplierProfile,
)
from techmap.models.search import SearchGone, SearchRow, SearchWord
from techmap.models.shortlists import Shortlist, ShortlistEntry, ShortlistExport, ShortlistNote, ShortlistQuerySet

__all__ = [
    "Accreditation",
    "BulkFile",
    "Capability",
    "CapabilityClaim",
    "CapabilityFollow",
    "CapabilityQuerySet",
    "CaseStudy",
    "Company",
    "Contact",
    "Evidence",
    "Framework",
    "FrameworkPlace",
    "Merge",
    "NameMatch",
    "OtherName",
    "Price",
    "Rating",
    "RefereeRequest",
    "RemovedClaim",
    "SearchGone",
    "SearchRow",
    "SearchWord",
    "Shortlist",
    "ShortlistEntry",
    "ShortlistExport",
    "ShortlistNote",
    "ShortlistQuerySet",
    "SupplierProfile",
]
