"""Pages of early engagement, one file a noun. Each fetches what is visible, acts once and redirects."""
