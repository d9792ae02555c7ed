"""Pages of organisations, one file a noun. Each fetches what is visible, acts once and redirects."""
