"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from portal import health, home

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("portal.govuk.urls")),
    path("accounts/", include("portal.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("organisations/", include("portal.organisations.urls")),
    path("organisations/<int:pk>/tokens/", include("portal.tokens.urls")),
    path("notifications/", include("portal.notifications.urls")),
    path("files/", include("portal.files.urls")),
    path("history/", include("portal.audit.urls")),
    path("engagement/", include("engagement.urls")),
    path("techmap/", include("techmap.urls")),
    path("reporting/", include("reporting.urls")),
    path("dens/", include("innovation_den.urls")),
    path("api/", include("portal.api.urls")),
    path("health/", health.health, name="health"),
    path("health/live/", health.live, name="health-live"),
    path("admin/", admin.site.urls),
]

handler400 = "portal.govuk.views.bad_request"
handler500 = "portal.govuk.views.server_error"
