"""What other apps and the pages ask of the techmap."""

from techmap.queries.capabilities import (
    Branch,
    Counted,
    capabilities_named,
    capability_tree,
    count_for,
    follows_in,
    follows_of,
)
from techmap.queries.concerned import people_to_tell, why_told
from techmap.queries.guessing import guess_capabilities
from techmap.queries.suppliers import (
    ClaimLine,
    SupplierPage,
    claim_groups,
    in_taxonomy_order,
    public_suppliers,
    supplier_page,
    suppliers_visible_to,
    with_claims,
)

__all__ = [
    "Branch",
    "ClaimLine",
    "Counted",
    "SupplierPage",
    "capabilities_named",
    "capability_tree",
    "claim_groups",
    "count_for",
    "follows_in",
    "follows_of",
    "guess_capabilities",
    "in_taxonomy_order",
    "people_to_tell",
    "public_suppliers",
    "supplier_page",
    "suppliers_visible_to",
    "why_told",
    "with_claims",
]
