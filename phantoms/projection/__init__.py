"""Projection images: radiographs, angiograms and bone scans."""
