"""Pages of the techmap, one file a noun. Each fetches what is visible, acts once and redirects."""
