"""Every address of the portal, and the bare page: the frame that all pages share, and one query."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from portal.urls import handler400, handler500
from portal.urls import urlpatterns as portal_urls
from techmap.models import Capability

__all__ = ["handler400", "handler500", "urlpatterns"]


def bare(http: HttpRequest) -> HttpResponse:
    return render(http, "base.html", {"capability": Capability.objects.first()})


urlpatterns = [path("bare/", bare, name="bare"), *portal_urls]
