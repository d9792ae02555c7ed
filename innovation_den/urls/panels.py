"""Addresses of screening, panellists and conflicts."""

from django.urls import URLPattern, path

from innovation_den.views import conflicts, panellists, screening, seats

urlpatterns: list[URLPattern] = [
    path("seats/", panellists.seat_list, name="seat-list"),
    path("seats/<int:pk>/answer/", panellists.seat_answer, name="seat-answer"),
    path("invitations/<str:signed>/", panellists.panellist_open, name="panellist-open"),
    path("pitches/<slug:reference>/screening/", screening.screening_give, name="screening-give"),
    path("pitches/<slug:reference>/screening/decision/", screening.screening_settle, name="screening-settle"),
    path("pitches/<slug:reference>/appeal/", screening.appeal_create, name="appeal-create"),
    path("pitches/<slug:reference>/appeal/decision/", screening.appeal_decide, name="appeal-decide"),
    path("<slug:reference>/screening/", screening.screening_list, name="screening-list"),
    path("<slug:reference>/panellists/", panellists.panellist_list, name="panellist-list"),
    path("<slug:reference>/panellists/invite/", panellists.panellist_invite, name="panellist-invite"),
    path("<slug:reference>/panellists/<int:pk>/", panellists.panellist_detail, name="panellist-detail"),
    path("<slug:reference>/panellists/<int:pk>/edit/", panellists.panellist_edit, name="panellist-edit"),
    path("<slug:reference>/panellists/<int:pk>/resend/", panellists.panellist_resend, name="panellist-resend"),
    path(
        "<slug:reference>/panellists/<int:pk>/stand-down/",
        panellists.panellist_stand_down,
        name="panellist-stand-down",
    ),
    path("<slug:reference>/seat/", seats.seat_detail, name="seat-detail"),
    path("<slug:reference>/seat/about/", seats.seat_about, name="seat-about"),
    path("<slug:reference>/seat/interests/", seats.seat_interests, name="seat-interests"),
    path("<slug:reference>/seat/availability/", seats.seat_availability, name="seat-availability"),
    path("<slug:reference>/seat/availability/calendar/", seats.seat_calendar, name="seat-calendar"),
    path("<slug:reference>/seat/pitches/", seats.seat_pitches, name="seat-pitches"),
    path("<slug:reference>/seat/pitches/<slug:pitch>/", seats.seat_declare, name="seat-declare"),
    path("<slug:reference>/seat/stand-down/", seats.seat_stand_down, name="seat-stand-down"),
    path("<slug:reference>/conflicts/", conflicts.conflict_list, name="conflict-list"),
    path("<slug:reference>/conflicts/find/", conflicts.conflict_find, name="conflict-find"),
    path("<slug:reference>/conflicts/<int:pk>/", conflicts.conflict_decide, name="conflict-decide"),
]
