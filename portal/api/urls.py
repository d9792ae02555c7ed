"""Addresses of the REST API. A version that changes what is there already gets a prefix of its own."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from innovation_den.api import learning
from innovation_den.api import reading as dens
from portal.api.documentation import documentation
from portal.api.openness import for_keys, open_to_all
from portal.api.problems import nothing_here
from reporting.api import reading, writing
from techmap import api as techmap

app_name = "api"
urlpatterns = [
    path("", documentation, name="documentation"),
    path("v1/schema/", open_to_all(SpectacularAPIView.as_view()), name="schema"),
    path("v1/capabilities/", open_to_all(techmap.capability_list), name="capability-list"),
    path("v1/suppliers/", open_to_all(techmap.supplier_list), name="supplier-list"),
    path("v1/suppliers/<int:pk>/", open_to_all(techmap.supplier_detail), name="supplier-detail"),
    path("v1/dens/", open_to_all(dens.den_list), name="den-list"),
    path("v1/dens/<slug:reference>/", open_to_all(dens.den_detail), name="den-detail"),
    path("v1/dens/<slug:reference>/programme/", open_to_all(dens.den_programme), name="den-programme"),
    path("v1/pilots/", open_to_all(learning.pilot_list), name="pilot-list"),
    path("v1/pilots/<slug:reference>/", open_to_all(learning.pilot_detail), name="pilot-detail"),
    path("v1/reporting/standard/", open_to_all(reading.standard_list), name="standard-list"),
    path("v1/reporting/standard/<slug:version>/", open_to_all(reading.standard_detail), name="standard-detail"),
    path("v1/reporting/contracts/", for_keys(reading.contract_list), name="contract-list"),
    path("v1/reporting/contracts/<slug:reference>/", for_keys(reading.contract_detail), name="contract-detail"),
    path("v1/reporting/returns/", for_keys(reading.return_list), name="return-list"),
    path("v1/reporting/returns/check/", for_keys(writing.return_check), name="return-check"),
    path("v1/reporting/returns/file/", for_keys(writing.return_file), name="return-file"),
    path("v1/reporting/returns/nil/", for_keys(writing.return_nil), name="return-nil"),
    path("v1/reporting/returns/<uuid:public_id>/", for_keys(writing.return_detail), name="return-detail"),
    path(
        "v1/reporting/returns/<uuid:public_id>/tables/<slug:table>/",
        for_keys(reading.return_table),
        name="return-table",
    ),
    path("v1/reporting/returns/<uuid:public_id>/submit/", for_keys(writing.return_submit), name="return-submit"),
    path("v1/reporting/returns/<uuid:public_id>/correct/", for_keys(writing.return_correct), name="return-correct"),
    path("v1/<path:rest>", open_to_all(nothing_here), name="nothing-here"),
]
