"""Dens over REST: what is public of them and of their programmes, read-only. Scores are no part of it."""
