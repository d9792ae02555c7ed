from django.apps import AppConfig


class TechmapConfig(AppConfig):
    name = "techmap"
    default_auto_field = "django.db.models.BigAutoField"
