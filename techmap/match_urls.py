from django.urls import path

from techmap.views import matches

urlpatterns = [
    path("", matches.match_list, name="match-list"),
    path("<int:pk>/", matches.match_detail, name="match-detail"),
    path("<int:pk>/undo/", matches.match_undo, name="match-undo"),
    path("<int:pk>/reopen/", matches.match_reopen, name="match-reopen"),
]
