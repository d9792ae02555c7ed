"""Addresses of early engagement."""

from django.urls import path
from django.views.decorators.cache import cache_page

from engagement.feeds import RequestFeed
from engagement.views import drafts, outcomes, questions, requests, responses
from portal.govuk.kept import OLDEST

app_name = "engagement"
urlpatterns = [
    path("", requests.request_list, name="request-list"),
    path("feed/", cache_page(OLDEST, cache="template_fragments")(RequestFeed()), name="request-feed"),
    path("work/", requests.work, name="work"),
    path("new/", requests.request_create, name="request-create"),
    path("<slug:reference>/", requests.request_detail, name="request-detail"),
    path("<slug:reference>/edit/", drafts.request_edit, name="request-edit"),
    path("<slug:reference>/edit/questions/", drafts.market_question_list, name="market-question-list"),
    path("<slug:reference>/edit/questions/new/", drafts.market_question_edit, name="market-question-create"),
    path("<slug:reference>/edit/questions/<int:pk>/", drafts.market_question_edit, name="market-question-edit"),
    path(
        "<slug:reference>/edit/questions/<int:pk>/remove/", drafts.market_question_remove, name="market-question-remove"
    ),
    path("<slug:reference>/edit/<slug:slug>/", drafts.request_step, name="request-step"),
    path("<slug:reference>/preview/", drafts.request_preview, name="request-preview"),
    path("<slug:reference>/publish/", drafts.request_publish, name="request-publish"),
    path("<slug:reference>/withdraw/", drafts.request_withdraw, name="request-withdraw"),
    path("<slug:reference>/delete/", drafts.request_delete, name="request-delete"),
    path("<slug:reference>/ask/", questions.question_ask, name="question-ask"),
    path("<slug:reference>/questions/", questions.question_list, name="question-list"),
    path("<slug:reference>/questions/<int:pk>/answer/", questions.question_answer, name="question-answer"),
    path("<slug:reference>/questions/<int:pk>/decline/", questions.question_decline, name="question-decline"),
    path("<slug:reference>/questions/<int:pk>/merge/", questions.question_merge, name="question-merge"),
    path("<slug:reference>/respond/", responses.response_start, name="response-start"),
    path("<slug:reference>/responses/", responses.response_list, name="response-list"),
    path("<slug:reference>/responses/<uuid:public_id>/", responses.response_detail, name="response-detail"),
    path("<slug:reference>/responses/<uuid:public_id>/edit/", responses.response_edit, name="response-edit"),
    path(
        "<slug:reference>/responses/<uuid:public_id>/withdraw/", responses.response_withdraw, name="response-withdraw"
    ),
    path(
        "<slug:reference>/responses/<uuid:public_id>/files/remove/",
        responses.response_file_remove,
        name="response-file-remove",
    ),
    path("<slug:reference>/outcome/", outcomes.outcome_edit, name="outcome-edit"),
    path("<slug:reference>/outcome/themes/new/", outcomes.theme_edit, name="theme-create"),
    path("<slug:reference>/outcome/themes/<int:pk>/", outcomes.theme_edit, name="theme-edit"),
    path("<slug:reference>/outcome/themes/<int:pk>/remove/", outcomes.theme_remove, name="theme-remove"),
]
