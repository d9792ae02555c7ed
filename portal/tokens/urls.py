"""Below the pages of an organisation."""

from django.urls import path

from portal.tokens import views

app_name = "tokens"
urlpatterns = [
    path("", views.token_list, name="token-list"),
    path("new/", views.token_create, name="token-create"),
    path("<uuid:public_id>/revoke/", views.token_revoke, name="token-revoke"),
]
