"""Addresses of shortlists, under `techmap/shortlists/`."""

from django.urls import path

from techmap.views import records, shortlist_entries, shortlists

urlpatterns = [
    path("", shortlists.shortlist_list, name="shortlist-list"),
    path("new/", shortlists.shortlist_create, name="shortlist-create"),
    path("<uuid:public_id>/", shortlists.shortlist_detail, name="shortlist-detail"),
    path("<uuid:public_id>/edit/", shortlists.shortlist_edit, name="shortlist-edit"),
    path("<uuid:public_id>/leave-out/", shortlist_entries.entry_leave_out, name="shortlist-leave-out"),
    path("<uuid:public_id>/bring-back/", shortlist_entries.entry_bring_back, name="shortlist-bring-back"),
    path("<uuid:public_id>/note/", shortlist_entries.note_create, name="shortlist-note"),
    path("<uuid:public_id>/since/", shortlist_entries.shortlist_since, name="shortlist-since"),
    path("<uuid:public_id>/outcome/", shortlists.shortlist_outcome, name="shortlist-outcome"),
    path("<uuid:public_id>/lock/", shortlists.shortlist_lock, name="shortlist-lock"),
    path("<uuid:public_id>/record/", records.record_print, name="shortlist-record"),
    path("<uuid:public_id>/download/<slug:format>/", records.record_download, name="shortlist-download"),
]
