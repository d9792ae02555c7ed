"""Addresses that look at the market as a whole: combinations, gaps and concentration."""

from django.urls import path

from techmap.views import combination

urlpatterns = [
    path("combination/", combination.combination_find, name="combination-find"),
    path("combination/save/", combination.combination_save, name="combination-save"),
]
