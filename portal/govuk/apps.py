from django.apps import AppConfig


class GovukConfig(AppConfig):
    name = "portal.govuk"
    label = "govuk"
    default_auto_field = "django.db.models.BigAutoField"
