"""The command line: flags to values, one call, text."""
