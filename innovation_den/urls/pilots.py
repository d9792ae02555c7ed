"""Addresses of pilots, and of what was learnt from them."""

from django.urls import URLPattern, path

from innovation_den.views import amendments, library, pilot_terms, pilot_work, pilots

ONE = "pilots/<slug:reference>/"
urlpatterns: list[URLPattern] = [
    path("learning/", library.library_list, name="library-list"),
    path("learning/csv/", library.library_csv, name="library-csv"),
    path("pilots/", pilots.pilot_list, name="pilot-list"),
    path("pitches/<slug:reference>/pilot/", pilots.pilot_create, name="pilot-create"),
    path(ONE, pilots.pilot_detail, name="pilot-detail"),
    path(f"{ONE}charts/<slug:chart>/", pilots.pilot_chart, name="pilot-chart"),
    path(f"{ONE}again/", pilots.pilot_follow, name="pilot-follow"),
    path(f"{ONE}terms/", pilot_terms.pilot_edit, name="pilot-edit"),
    path(f"{ONE}terms/<slug:slug>/", pilot_terms.pilot_step, name="pilot-step"),
    path(f"{ONE}stop-rules/", pilot_terms.stop_rules, name="stop-rules"),
    path(f"{ONE}stop-rules/<int:pk>/remove/", pilot_terms.stop_rule_remove, name="stop-rule-remove"),
    path(f"{ONE}stop-rules/<int:pk>/", pilot_work.stop_rule_answer, name="stop-rule-answer"),
    path(f"{ONE}reviews/", pilot_terms.review_points, name="review-points"),
    path(f"{ONE}reviews/<int:pk>/remove/", pilot_terms.review_point_remove, name="review-point-remove"),
    path(f"{ONE}reviews/<int:pk>/", pilot_work.review_decide, name="review-decide"),
    path(f"{ONE}sign/", pilot_terms.pilot_sign, name="pilot-sign"),
    path(f"{ONE}start/", pilot_terms.pilot_start, name="pilot-start"),
    path(f"{ONE}give-up/", pilot_terms.pilot_abandon, name="pilot-abandon"),
    path(f"{ONE}log/", pilot_work.log_add, name="log-add"),
    path(f"{ONE}spending/", pilot_work.spend_add, name="spend-add"),
    path(f"{ONE}amendments/", amendments.amendment_create, name="amendment-create"),
    path(f"{ONE}amendments/<int:number>/", amendments.amendment_sign, name="amendment-sign"),
    path(f"{ONE}amendments/<int:number>/drop/", amendments.amendment_drop, name="amendment-drop"),
    path(f"{ONE}end/", pilot_work.pilot_end, name="pilot-end"),
    path(f"{ONE}outcome/", pilot_work.outcome_edit, name="outcome-edit"),
    path(f"{ONE}publish/", pilot_work.pilot_publish, name="pilot-publish"),
    path(f"{ONE}market/", pilot_work.pilot_scale, name="pilot-scale"),
]
