"""Addresses of the REST API. A version that changes what is there already gets a prefix of its own."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from portal.api.documentation import documentation
from portal.api.openness import open_to_all
from portal.api.problems import nothing_here
from techmap import api as techmap

app_name = "api"
urlpatterns = [
    path("", documentation, name="documentation"),
    path("v1/schema/", open_to_all(SpectacularAPIView.as_view()), name="schema"),
    path("v1/capabilities/", open_to_all(techmap.capability_list), name="capability-list"),
    path("v1/suppliers/", open_to_all(techmap.supplier_list), name="supplier-list"),
    path("v1/suppliers/<int:pk>/", open_to_all(techmap.supplier_detail), name="supplier-detail"),
    path("v1/<path:rest>", open_to_all(nothing_here), name="nothing-here"),
]
