"""Micrographs of cells and particles: fluorescence, phase contrast, electrons."""
