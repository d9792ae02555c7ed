from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.audit.words import register_words

        register_words(
            {
                "reporting.flag.raised": "Question raised by the figures",
                "reporting.flag.figures_changed": "Question renewed with the newest figures",
                "reporting.flag.cleared": "The figures no longer raise the question",
                "reporting.flag.answered": "Question answered",
            }
        )
