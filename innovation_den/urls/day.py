"""Addresses of the day, and of score sheets."""

from django.urls import URLPattern, path

from innovation_den.views import day, sheets

urlpatterns: list[URLPattern] = [
    path("sheets/<slug:reference>/", sheets.sheet_edit, name="sheet-edit"),
    path("sheets/<slug:reference>/keep/", sheets.sheet_keep, name="sheet-keep"),
    path("<slug:reference>/day/", day.day_sheet, name="day-sheet"),
    path("<slug:reference>/day/mine/", day.day_mine, name="day-mine"),
    path("<slug:reference>/day/rooms/<int:pk>/", day.day_timer, name="day-timer"),
    path("<slug:reference>/day/pitches/<slug:pitch>/move/", day.slot_move, name="slot-move"),
    path("<slug:reference>/day/pitches/<slug:pitch>/seat/", day.day_fill_seat, name="day-fill-seat"),
    path("<slug:reference>/day/pitches/<slug:pitch>/step-back/<int:pk>/", day.day_step_back, name="day-step-back"),
]
