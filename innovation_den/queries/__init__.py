"""What is read of the dens, one file a noun."""
