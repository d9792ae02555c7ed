from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.audit.words import register_words
        from reporting.actions.merges import MOVER
        from reporting.queries.records import record_link
        from techmap.links import register_supplier_link
        from techmap.merging import register_mover

        register_supplier_link(record_link)
        register_mover(MOVER)
        register_words(
            {
                "reporting.contract.baseline_added": "Milestones or indicators added from a file",
                "reporting.contract.reopened": "Contract made active again",
                "reporting.framework_field.added": "Field added",
                "reporting.framework_field.changed": "Field changed",
                "reporting.return.kept_from_file": "Filled in from a file",
                "reporting.upload.begun": "File uploaded",
                "reporting.upload.checked": "File read and checked",
                "reporting.upload.failed": "File could not be read",
                "reporting.upload.kept": "Good returns kept as drafts",
                "reporting.upload.dropped": "File dropped",
                "reporting.contract.published": "Contract published, or what is held back changed",
                "reporting.contract.taken_back": "Contract taken back from publication",
                "reporting.flag.raised": "Question raised by the figures",
                "reporting.flag.figures_changed": "Question renewed with the newest figures",
                "reporting.flag.cleared": "The figures no longer raise the question",
                "reporting.flag.answered": "Question answered",
                "reporting.return.line_asked_about": "Question asked about a line",
                "reporting.return.line_query_answered": "Question about a line answered",
                "reporting.return.line_query_settled": "Question about a line settled",
                "reporting.return.kpis_rated": "Indicators rated by the buyer",
                "reporting.contract.assessment_draft_removed": "Draft of an assessment removed",
                "reporting.assessment.started": "Assessment begun",
                "reporting.assessment.saved": "Draft saved",
                "reporting.assessment.shared": "Shared with the supplier",
                "reporting.assessment.taken_back": "Taken back to change it",
                "reporting.assessment.replied": "Supplier replied",
                "reporting.assessment.made_final": "Made final",
                "reporting.assessment.correction_started": "Correction begun",
            }
        )
