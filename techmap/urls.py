from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, include, path

from techmap.views import (
    capabilities,
    case_studies,
    compare,
    evidence,
    profile_rows,
    profiles,
    records,
    referees,
    search,
    suppliers,
)

app_name = "techmap"


def profile_rows_of(
    folder: str, kind: profile_rows.RowKind, create: Callable[..., HttpResponse] = profile_rows.row_edit
) -> list[URLPattern]:
    """The four addresses of one kind of row in a profile."""
    base, with_kind = f"suppliers/<int:pk>/edit/{folder}/", {"kind": kind}
    return [
        path(base, profile_rows.row_list, with_kind, name=f"{kind.slug}-list"),
        path(f"{base}new/", create, with_kind, name=f"{kind.slug}-create"),
        path(f"{base}<int:row_pk>/", profile_rows.row_edit, with_kind, name=f"{kind.slug}-edit"),
        path(f"{base}<int:row_pk>/remove/", profile_rows.row_remove, with_kind, name=f"{kind.slug}-remove"),
    ]


urlpatterns = [
    path("", search.supplier_list, name="supplier-list"),
    path("order/", search.search_order, name="search-order"),
    path("names/", search.name_complete, name="name-complete"),
    path("suppliers/<int:pk>/", suppliers.supplier_detail, name="supplier-detail"),
    path("suppliers/<int:pk>/edit/", profiles.profile_edit, name="profile-edit"),
    path("suppliers/<int:pk>/edit/section/<slug:slug>/", profiles.profile_section, name="profile-section"),
    path("suppliers/<int:pk>/edit/review/", profiles.profile_review, name="profile-review"),
    *profile_rows_of("accreditations", profile_rows.ACCREDITATIONS),
    *profile_rows_of("frameworks", profile_rows.PLACES, create=profile_rows.place_create),
    *profile_rows_of("contacts", profile_rows.CONTACTS),
    path("suppliers/<int:pk>/claims/<slug:code>/confirm/", suppliers.claim_confirm, name="claim-confirm"),
    path("suppliers/<int:pk>/claims/<slug:code>/remove/", suppliers.claim_remove, name="claim-remove"),
    path("suppliers/<int:pk>/evidence/", evidence.evidence_list, name="evidence-list"),
    path("compare/", compare.compare_suppliers, name="compare"),
    path("evidence/", evidence.evidence_rules, name="evidence-rules"),
    path("suppliers/<int:pk>/case-studies/", case_studies.case_study_list, name="case-study-list"),
    path("suppliers/<int:pk>/case-studies/new/", case_studies.case_study_create, name="case-study-create"),
    path("suppliers/<int:pk>/case-studies/<int:study_pk>/", case_studies.case_study_detail, name="case-study-detail"),
    path(
        "suppliers/<int:pk>/case-studies/<int:study_pk>/step/<slug:slug>/",
        case_studies.case_study_step,
        name="case-study-step",
    ),
    path(
        "suppliers/<int:pk>/case-studies/<int:study_pk>/remove/",
        case_studies.case_study_remove,
        name="case-study-remove",
    ),
    path("suppliers/<int:pk>/case-studies/<int:study_pk>/referee/", referees.referee_ask, name="referee-ask"),
    path("referees/<str:signed>/", referees.referee_answer, name="referee-answer"),
    path("capabilities/", capabilities.capability_list, name="capability-list"),
    path("capabilities/<slug:code>/", capabilities.capability_detail, name="capability-detail"),
    path("capabilities/<slug:code>/follow/", capabilities.capability_follow, name="capability-follow"),
    path("capabilities/<slug:code>/unfollow/", capabilities.capability_unfollow, name="capability-unfollow"),
    path("following/", capabilities.follow_list, name="follow-list"),
    path("", include("techmap.market_urls")),
    path("shortlists/", include("techmap.shortlist_urls")),
    path("", include("techmap.open_urls")),
    path("matches/", include("techmap.match_urls")),
    path("records/", records.record_check, name="record-check"),
]
