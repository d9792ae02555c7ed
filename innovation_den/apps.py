from django.apps import AppConfig


class InnovationDenConfig(AppConfig):
    name = "innovation_den"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from innovation_den.permissions import can_read_file
        from innovation_den.words import WORDS
        from portal.audit.words import register_words
        from portal.files.permissions import register_reader

        register_reader(can_read_file)
        register_words(WORDS)
