"""Reporting over REST: an organisation's own programs read, check, file and correct, as its people do on the pages."""
