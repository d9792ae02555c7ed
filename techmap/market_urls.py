"""Addresses that look at the market as a whole: combinations, gaps and concentration."""

from django.urls import path

from techmap.views import combination, market

urlpatterns = [
    path("combination/", combination.combination_find, name="combination-find"),
    path("combination/save/", combination.combination_save, name="combination-save"),
    path("market/", market.market, name="market"),
    path("market/download/<slug:format>/", market.market_download, name="market-download"),
    path("market/<slug:code>/", market.market_capability, name="market-capability"),
    path("market/<slug:code>/<slug:chart>.svg", market.market_chart, name="market-chart"),
]
