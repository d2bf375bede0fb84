"""Colour photographs from the clinic: skin, retina, endoscopy."""
