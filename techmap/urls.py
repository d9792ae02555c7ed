app_name = "techmap"
urlpatterns = []
