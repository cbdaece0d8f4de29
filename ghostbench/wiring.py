"""The one place where names become concrete classes."""
