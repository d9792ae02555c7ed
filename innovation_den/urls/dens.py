"""Addresses of dens and pitches."""

from django.urls import URLPattern, path

from innovation_den.views import dens

urlpatterns: list[URLPattern] = [
    path("", dens.den_list, name="den-list"),
    path("<slug:reference>/", dens.den_detail, name="den-detail"),
]
