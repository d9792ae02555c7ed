"""Reporting's pages, one file a noun."""
