"""What to run on a device, and how to read what it prints."""
