"""Records to text, charts and pages."""
