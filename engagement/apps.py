from django.apps import AppConfig


class EngagementConfig(AppConfig):
    name = "engagement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from engagement.permissions import can_read_file
        from portal.audit.words import register_words
        from portal.files.permissions import register_reader

        register_reader(can_read_file)
        register_words(
            {
                "engagement.question.merged": "Question answered together with another",
                "engagement.response.file_added": "File added to the response",
                "engagement.response.file_removed": "File removed from the response",
            }
        )
