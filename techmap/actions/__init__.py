"""Every write of the techmap, one file a noun."""

from techmap.actions.accreditations import remove_accreditation, save_accreditation
from techmap.actions.assessments import record_prices, record_rating, withdraw_prices, withdraw_ratings
from techmap.actions.capabilities import load_taxonomy, save_capability
from techmap.actions.claims import Depth, confirm_claim, guess_claims, remove_claim, save_capabilities, save_levels
from techmap.actions.contacts import remove_contact, save_contact
from techmap.actions.evidence import record_evidence, withdraw_evidence
from techmap.actions.follows import follow_capability, unfollow_capability
from techmap.actions.frameworks import (
    load_frameworks,
    remove_framework_place,
    save_framework,
    save_framework_place,
)
from techmap.actions.profiles import review_profile, save_about, save_delivery, save_kind

__all__ = [
    "Depth",
    "confirm_claim",
    "follow_capability",
    "guess_claims",
    "load_frameworks",
    "load_taxonomy",
    "record_evidence",
    "record_prices",
    "record_rating",
    "remove_accreditation",
    "remove_claim",
    "remove_contact",
    "remove_framework_place",
    "review_profile",
    "save_about",
    "save_accreditation",
    "save_capabilities",
    "save_capability",
    "save_contact",
    "save_delivery",
    "save_framework",
    "save_framework_place",
    "save_kind",
    "save_levels",
    "unfollow_capability",
    "withdraw_evidence",
    "withdraw_prices",
    "withdraw_ratings",
]
