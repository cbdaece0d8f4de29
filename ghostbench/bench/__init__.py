"""Decide what to measure, and carry it out."""
