"""What each room takes from a release. Later rooms add their importer to the list; the order matters."""

from portal.ocds.importers.contracts import import_contracts
from portal.ocds.importers.engagement import import_engagement
from portal.ocds.importers.organisations import import_organisations
from portal.ocds.importers.techmap import import_awards
from portal.ocds.importing import Importer

IMPORTERS: tuple[Importer, ...] = (import_organisations, import_engagement, import_awards, import_contracts)
