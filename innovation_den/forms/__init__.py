"""The forms of the dens, one file a noun."""
