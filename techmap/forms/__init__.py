"""The shape of what people type in; the actions hold the rules."""

from techmap.forms.capabilities import CapabilitySearchForm
from techmap.forms.fields import CapabilitiesField, LinesField, SupplierField

__all__ = ["CapabilitiesField", "CapabilitySearchForm", "LinesField", "SupplierField"]
