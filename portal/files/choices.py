"""The life of an uploaded file."""

from django.db import models


class ScanState(models.TextChoices):
    NOT_SCANNED = "not_scanned", "Not scanned"
    PENDING = "pending", "Waiting for the malware scan"
    CLEAN = "clean", "Scanned, nothing found"
    QUARANTINED = "quarantined", "Quarantined: malware found"


TRANSITIONS = {
    ScanState.NOT_SCANNED: {ScanState.PENDING, ScanState.CLEAN, ScanState.QUARANTINED},
    ScanState.PENDING: {ScanState.CLEAN, ScanState.QUARANTINED},
    ScanState.CLEAN: {ScanState.QUARANTINED},
    ScanState.QUARANTINED: set(),
}

# What may be downloaded. A file that waits for its scan may not.
DOWNLOADABLE = frozenset({ScanState.NOT_SCANNED, ScanState.CLEAN})

STATE_COLOURS = {
    ScanState.NOT_SCANNED: "grey",
    ScanState.PENDING: "yellow",
    ScanState.CLEAN: "green",
    ScanState.QUARANTINED: "red",
}
