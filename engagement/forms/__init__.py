"""The shape of what people type, one file a noun. Rules that an action must hold are in the actions."""
