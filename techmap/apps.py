from django.apps import AppConfig


class TechmapConfig(AppConfig):
    name = "techmap"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.audit.words import register_words
        from portal.organisations.listeners import register_listener
        from portal.organisations.lookups import register_lookup
        from techmap.lookups import COMPANIES_HOUSE
        from techmap.search.index import organisation_changed

        register_listener(organisation_changed)
        register_lookup(COMPANIES_HOUSE)
        register_words(
            {
                "techmap.match.decided": "Decided whether two suppliers are one",
                "techmap.supplier.merged_kept": "Another record of this supplier merged into it",
                "techmap.supplier.merged_folded": "Merged into another record of this supplier",
                "techmap.supplier.unmerged_kept": "Merge undone: the other record stands by itself",
                "techmap.supplier.unmerged_folded": "Merge undone: this record stands by itself",
                "techmap.shortlist.created": "Search saved as a shortlist",
                "techmap.shortlist.edited": "Title or purpose changed",
                "techmap.shortlist.suppliers_left_out": "Suppliers left out",
                "techmap.shortlist.supplier_brought_back": "Supplier brought back",
                "techmap.shortlist.suppliers_added": "New matches added",
                "techmap.shortlist.note_written": "Note written",
                "techmap.shortlist.outcome_chosen": "Outcome chosen",
                "techmap.shortlist.locked": "Locked, and the decision record written",
                "techmap.shortlist.export_made": "File made of the decision record",
            }
        )
