"""Addresses of the schedule: plans, the board, releases, the programme, and calendars."""

from django.urls import URLPattern, path

from innovation_den.views import board, calendars, plans, programme, releases

urlpatterns: list[URLPattern] = [
    path("calendar/", calendars.feed_edit, name="feed-edit"),
    path("calendar/<str:token>/slots.ics", calendars.feed, name="feed"),
    path("<slug:reference>/plans/", plans.plan_list, name="plan-list"),
    path("<slug:reference>/plans/<int:pk>/", plans.plan_detail, name="plan-detail"),
    path("<slug:reference>/plans/<int:pk>/progress/", plans.plan_progress, name="plan-progress"),
    path("<slug:reference>/plans/<int:pk>/chart/", plans.plan_chart, name="plan-chart"),
    path("<slug:reference>/plans/<int:pk>/stop/", plans.plan_stop, name="plan-stop"),
    path("<slug:reference>/plans/<int:pk>/apply/", plans.plan_apply, name="plan-apply"),
    path("<slug:reference>/board/", board.board, name="board"),
    path("<slug:reference>/board/move/", board.board_move, name="board-move"),
    path("<slug:reference>/board/<slug:pitch>/", board.placement_edit, name="placement-edit"),
    path("<slug:reference>/board/<slug:pitch>/lock/", board.placement_lock, name="placement-lock"),
    path("<slug:reference>/board/<slug:pitch>/remove/", board.placement_remove, name="placement-remove"),
    path("<slug:reference>/release/", releases.release_create, name="release-create"),
    path("<slug:reference>/releases/", releases.release_list, name="release-list"),
    path("<slug:reference>/programme/", programme.programme, name="programme"),
    path("<slug:reference>/programme.ics", programme.programme_ics, name="programme-ics"),
    path("<slug:reference>/schedule.json", programme.schedule_json, name="schedule-json"),
    path("<slug:reference>/mine/", calendars.slot_mine, name="slot-mine"),
    path("<slug:reference>/mine/<int:pk>.ics", calendars.slot_invitation, name="slot-invitation"),
]
