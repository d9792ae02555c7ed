from django.apps import AppConfig


class TechmapConfig(AppConfig):
    name = "techmap"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.organisations.listeners import register_listener
        from techmap.search.index import organisation_changed

        register_listener(organisation_changed)
