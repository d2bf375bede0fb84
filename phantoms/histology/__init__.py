"""Stained tissue sections under the light microscope."""
