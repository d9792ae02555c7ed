"""Addresses of the innovation dens, one file a part."""

from innovation_den.urls import day, dens, panels, pilots, results, schedule

app_name = "innovation_den"
# The dens' own come last: their addresses begin with any reference.
urlpatterns = [
    *pilots.urlpatterns,
    *schedule.urlpatterns,
    *day.urlpatterns,
    *results.urlpatterns,
    *panels.urlpatterns,
    *dens.urlpatterns,
]
