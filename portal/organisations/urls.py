from django.urls import path

from portal.organisations.views import domains, invitations, joining, members, organisations

app_name = "organisations"
urlpatterns = [
    path("", organisations.organisation_list, name="organisation-list"),
    path("switch/", organisations.organisation_switch, name="organisation-switch"),
    path("register/", organisations.organisation_create, name="organisation-create"),
    path("register/public-body/", organisations.public_body_create, name="public-body-create"),
    path("register/supplier/", organisations.supplier_create, name="supplier-create"),
    path("<int:pk>/", organisations.organisation_detail, name="organisation-detail"),
    path("<int:pk>/edit/", organisations.organisation_edit, name="organisation-edit"),
    path("<int:pk>/ask-again/", organisations.organisation_ask_again, name="organisation-ask-again"),
    path("<int:pk>/join/", joining.join_request_create, name="join-request-create"),
    path("<int:pk>/join-requests/", joining.join_request_list, name="join-request-list"),
    path("<int:pk>/join-requests/<int:join_pk>/approve/", joining.join_request_approve, name="join-request-approve"),
    path("<int:pk>/join-requests/<int:join_pk>/decline/", joining.join_request_decline, name="join-request-decline"),
    path("<int:pk>/members/", members.member_list, name="member-list"),
    path("<int:pk>/members/<int:member_pk>/role/", members.member_edit, name="member-edit"),
    path("<int:pk>/members/<int:member_pk>/end/", members.member_end, name="member-end"),
    path("<int:pk>/invitations/", invitations.invitation_list, name="invitation-list"),
    path("<int:pk>/invitations/new/", invitations.invitation_create, name="invitation-create"),
    path("<int:pk>/invitations/<int:invitation_pk>/send/", invitations.invitation_resend, name="invitation-resend"),
    path("<int:pk>/invitations/<int:invitation_pk>/revoke/", invitations.invitation_revoke, name="invitation-revoke"),
    path("invitations/<int:invitation_pk>/accept/", invitations.invitation_accept, name="invitation-accept"),
    path("invitation/<str:signed>/", invitations.invitation_open, name="invitation-open"),
    path("<int:pk>/domains/", domains.domain_list, name="domain-list"),
    path("<int:pk>/domains/new/", domains.domain_create, name="domain-create"),
    path("<int:pk>/domains/<int:domain_pk>/trust/", domains.domain_trust, name="domain-trust"),
    path("<int:pk>/domains/<int:domain_pk>/remove/", domains.domain_remove, name="domain-remove"),
]
