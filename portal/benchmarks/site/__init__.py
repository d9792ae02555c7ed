"""The portal with one bare page more: what the benchmark of pages serves. No deployment uses it."""
