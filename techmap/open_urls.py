"""Addresses at which the techmap is taken away: files, frames and open data."""

from django.urls import path

from techmap.views import bulk, embeds, pictures, tables

urlpatterns = [
    path("landscape.svg", pictures.landscape_svg_file, name="landscape-svg"),
    path("landscape.png", pictures.landscape_png_file, name="landscape-png"),
    path("suppliers.csv", tables.supplier_csv, name="supplier-csv"),
    path("suppliers.xlsx", tables.supplier_xlsx, name="supplier-xlsx"),
    path("embed/", embeds.embed, name="embed"),
    path("embed/help/", embeds.embed_help, name="embed-help"),
    path("open-data/", bulk.bulk, name="bulk"),
    path("open-data/<str:name>", bulk.bulk_download, name="bulk-download"),
]
