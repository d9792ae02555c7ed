"""Renders Django forms with the markup of the GOV.UK Design System."""

from django.forms.renderers import TemplatesSetting


class GovukRenderer(TemplatesSetting):
    """Looks for form and widget templates in `templates/`, before Django's own."""
