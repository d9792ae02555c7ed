"""Finding suppliers. `techmap.search.query` is the question, `find` answers it, `index.refresh` keeps it true."""

from techmap.search.facets import Facet, Option
from techmap.search.finding import Found, NearMiss, counts, data_version, find, in_words, matching
from techmap.search.query import SearchQuery

__all__ = [
    "Facet",
    "Found",
    "NearMiss",
    "Option",
    "SearchQuery",
    "counts",
    "data_version",
    "find",
    "in_words",
    "matching",
]
