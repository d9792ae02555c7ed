"""Keys with which an organisation's own programs use the API in its name."""
