from django.apps import AppConfig


class EngagementConfig(AppConfig):
    name = "engagement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from engagement.permissions import can_read_file
        from portal.files.permissions import register_reader

        register_reader(can_read_file)
