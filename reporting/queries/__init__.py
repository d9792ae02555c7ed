"""What reporting reads, one file a noun."""
