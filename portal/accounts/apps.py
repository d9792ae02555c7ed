from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.accounts import receivers  # noqa: F401
        from portal.audit.words import register_words

        register_words(
            {
                "accounts.factor.added": "Second step added",
                "accounts.factor.removed": "Second step removed",
                "accounts.factor.replaced": "Second step replaced",
                "accounts.email.verified": "Email address verified",
                "accounts.email.changed": "Email address changed",
                "accounts.sessions.revoked": "Signed out in other places",
                "accounts.user.signed_in_by_department": "Signed in through a department",
            }
        )
