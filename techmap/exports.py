"""How often one visitor may ask for a file that takes work to make."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle

View = Callable[..., HttpResponseBase]


class ExportThrottle(AnonRateThrottle):
    """By address of the visitor, signed in or not, counted in the shared cache."""

    scope = "exports"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


def limited(view: View) -> View:
    """429 where one address has asked for more files than the settings allow."""

    @wraps(view)
    def wrapper(http: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        throttle = ExportThrottle()
        if throttle.allow_request(cast(Request, http), cast(Any, view)):
            return view(http, *args, **kwargs)
        response: HttpResponse = render(http, "429.html", status=429)
        response["Retry-After"] = str(int(throttle.wait() or 60))
        return response

    return wrapper
