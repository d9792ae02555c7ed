"""Addresses of schedule."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
