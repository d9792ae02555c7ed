from django.urls import path

from portal.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.show_inbox, name="inbox"),
    path("read/", views.mark_all_read, name="inbox-read"),
    path("preferences/", views.edit_preferences, name="preference-edit"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("<int:pk>/", views.show_notice, name="notice-detail"),
    path("<int:pk>/open/", views.open_notice, name="notice-open"),
]
