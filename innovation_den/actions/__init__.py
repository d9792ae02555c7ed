"""Every write of the dens, one file a noun."""
