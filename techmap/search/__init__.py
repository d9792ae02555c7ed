"""Finding suppliers. `techmap.search.query` is the question, `find` answers it."""
