"""Every write of the techmap, one file a noun."""

from techmap.actions.capabilities import load_taxonomy, save_capability
from techmap.actions.claims import confirm_claim, guess_claims, remove_claim
from techmap.actions.evidence import record_evidence
from techmap.actions.follows import follow_capability, unfollow_capability
from techmap.actions.profiles import save_profile

__all__ = [
    "confirm_claim",
    "follow_capability",
    "guess_claims",
    "load_taxonomy",
    "record_evidence",
    "remove_claim",
    "save_capability",
    "save_profile",
    "unfollow_capability",
]
