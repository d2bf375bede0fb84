"""Ultrasound images: gray-scale and Doppler."""
