from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "portal.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.audit.words import register_words

        register_words(
            {
                "notifications.preferences.changed": "Choice of emails changed",
                "notifications.delivery.retried": "Queued to be sent again",
            }
        )
