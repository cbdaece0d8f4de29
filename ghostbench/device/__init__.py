"""Reach a device and read its state."""
