from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Holds the project's own commands; its rooms are apps of their own."""

    name = "portal"
