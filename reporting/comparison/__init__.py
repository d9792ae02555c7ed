"""Setting contracts and schemes side by side: figures, prices of one year, peers, and what services cost.

Nothing here reads the database: `reporting.queries.comparison` and `reporting.queries.costs` do.
"""
