from django.apps import AppConfig


class InnovationDenConfig(AppConfig):
    name = "innovation_den"
    default_auto_field = "django.db.models.BigAutoField"
