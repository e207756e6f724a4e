"""Thin ipywidgets over the pure rooms: they show, and hold no logic of their own."""
