"""What panellists' scores say together: weighted means, severity taken out, and how sure one may be."""
