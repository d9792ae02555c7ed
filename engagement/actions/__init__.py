"""Every write of early engagement, one file a noun."""
