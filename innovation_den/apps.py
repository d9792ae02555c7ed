from django.apps import AppConfig


class InnovationDenConfig(AppConfig):
    name = "innovation_den"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from innovation_den.actions.merges import MOVER
        from innovation_den.permissions import can_read_file
        from innovation_den.queries.conflicts import shown_to_staff
        from innovation_den.words import WORDS
        from portal.audit.words import register_words
        from portal.files.permissions import register_reader
        from portal.read_only import register_narrowing
        from techmap.merging import register_mover

        register_reader(can_read_file)
        register_narrowing(shown_to_staff)
        register_mover(MOVER)
        register_words(WORDS)
