from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "portal.files"
    label = "files"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.audit.words import register_words

        register_words(
            {
                "files.file.stored": "File uploaded",
                "files.file.removed": "File removed",
                "files.file.scanned_clean": "File scanned: nothing found",
                "files.file.quarantined": "File quarantined: malware found",
                "files.file.rescan_asked": "Fresh malware scan asked for",
            }
        )
