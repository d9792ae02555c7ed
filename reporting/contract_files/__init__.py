"""Contracts, milestones and indicators from CSV files: which columns there are, and what a row says."""
