from django.urls import path

from techmap.views import capabilities, suppliers

app_name = "techmap"
urlpatterns = [
    path("", suppliers.supplier_list, name="supplier-list"),
    path("suppliers/<int:pk>/", suppliers.supplier_detail, name="supplier-detail"),
    path("suppliers/<int:pk>/edit/", suppliers.profile_edit, name="profile-edit"),
    path("suppliers/<int:pk>/claims/<slug:code>/confirm/", suppliers.claim_confirm, name="claim-confirm"),
    path("suppliers/<int:pk>/claims/<slug:code>/remove/", suppliers.claim_remove, name="claim-remove"),
    path("capabilities/", capabilities.capability_list, name="capability-list"),
    path("capabilities/<slug:code>/", capabilities.capability_detail, name="capability-detail"),
    path("capabilities/<slug:code>/follow/", capabilities.capability_follow, name="capability-follow"),
    path("capabilities/<slug:code>/unfollow/", capabilities.capability_unfollow, name="capability-unfollow"),
    path("following/", capabilities.follow_list, name="follow-list"),
]
