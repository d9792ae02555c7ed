"""Addresses of dens and pitches."""

from django.urls import URLPattern, path
from django.views.decorators.cache import cache_page

from innovation_den.feeds import DenFeed
from innovation_den.views import dens, drafts, moves, pitch_drafts, pitches
from portal.govuk.kept import OLDEST

PITCH = "pitches/<slug:reference>/"
PART = "<slug:reference>/parts/<slug:kind>/"
urlpatterns: list[URLPattern] = [
    path("", dens.den_list, name="den-list"),
    path("feed/", cache_page(OLDEST, cache="template_fragments")(DenFeed()), name="den-feed"),
    path("new/", dens.den_create, name="den-create"),
    path("own/", dens.own_den_list, name="own-den-list"),
    path("pitches/", pitches.own_pitch_list, name="own-pitch-list"),
    path(PITCH, pitches.pitch_detail, name="pitch-detail"),
    path(f"{PITCH}edit/", pitch_drafts.pitch_edit, name="pitch-edit"),
    path(f"{PITCH}edit/firms/", pitch_drafts.partner_list, name="partner-list"),
    path(f"{PITCH}edit/files/remove/", pitch_drafts.pitch_file_remove, name="pitch-file-remove"),
    path(f"{PITCH}edit/<slug:slug>/", pitch_drafts.pitch_step, name="pitch-step"),
    path(f"{PITCH}firms/<int:pk>/remove/", pitch_drafts.partner_remove, name="partner-remove"),
    path(f"{PITCH}firms/<int:pk>/answer/", pitch_drafts.partner_answer, name="partner-answer"),
    path(f"{PITCH}submit/", pitches.pitch_submit, name="pitch-submit"),
    path(f"{PITCH}take-back/", pitches.pitch_take_back, name="pitch-take-back"),
    path(f"{PITCH}withdraw/", pitches.pitch_withdraw, name="pitch-withdraw"),
    path(f"{PITCH}drop-out/", pitches.pitch_drop_out, name="pitch-drop-out"),
    path("<slug:reference>/", dens.den_detail, name="den-detail"),
    path("<slug:reference>/edit/", drafts.den_edit, name="den-edit"),
    path("<slug:reference>/edit/<slug:slug>/", drafts.den_step, name="den-step"),
    path(PART, drafts.part_list, name="den-part-list"),
    path(f"{PART}new/", drafts.part_edit, name="den-part-create"),
    path(f"{PART}<int:pk>/", drafts.part_edit, name="den-part-edit"),
    path(f"{PART}<int:pk>/remove/", drafts.part_remove, name="den-part-remove"),
    path(f"{PART}<int:pk>/move/", drafts.part_move, name="den-part-move"),
    path("<slug:reference>/preview/", drafts.den_preview, name="den-preview"),
    path("<slug:reference>/move/", moves.den_move, name="den-move"),
    path("<slug:reference>/put-off/", moves.den_put_off, name="den-put-off"),
    path("<slug:reference>/call-off/", moves.den_call_off, name="den-call-off"),
    path("<slug:reference>/delete/", moves.den_delete, name="den-delete"),
    path("<slug:reference>/pitch/", pitch_drafts.pitch_start, name="pitch-start"),
    path("<slug:reference>/pitches/", pitches.pitch_list, name="pitch-list"),
    path("<slug:reference>/pitches/table/<slug:form>/", pitches.pitch_export, name="pitch-export"),
]
