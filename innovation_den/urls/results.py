"""Addresses of results and decisions."""

from django.urls import URLPattern, path

from innovation_den.views import decisions, results

urlpatterns: list[URLPattern] = [
    path("pitches/<slug:reference>/decision/", decisions.decision_detail, name="decision-detail"),
    path("<slug:reference>/results/", results.result_list, name="result-list"),
    path("<slug:reference>/results/chart.svg", results.result_chart, name="result-chart"),
    path("<slug:reference>/results/discussion/", results.result_discussion, name="result-discussion"),
    path("<slug:reference>/results/panel/", results.result_panel, name="result-panel"),
    path("<slug:reference>/results/<slug:pitch_reference>/", results.result_detail, name="result-detail"),
    path("<slug:reference>/my-scores/", results.severity_own, name="severity-own"),
    path("<slug:reference>/my-scores/<int:pk>/change/", results.score_change, name="score-change"),
    path("<slug:reference>/decisions/", decisions.decision_list, name="decision-list"),
    path("<slug:reference>/decisions/letters/", decisions.letter_list, name="letter-list"),
    path("<slug:reference>/decisions/release/", decisions.decision_release, name="decision-release"),
    path("<slug:reference>/decisions/<slug:pitch_reference>/", decisions.decision_edit, name="decision-edit"),
    path("<slug:reference>/decisions/<slug:pitch_reference>/letter/", decisions.letter_edit, name="letter-edit"),
    path("<slug:reference>/record/", decisions.record_detail, name="record-detail"),
    path("<slug:reference>/record/chart.svg", decisions.record_chart, name="record-chart"),
    path("<slug:reference>/record.json", decisions.record_json, name="record-json"),
    path("<slug:reference>/record.csv", decisions.record_csv, name="record-csv"),
]
