"""ghostbench: checks the accuracy-latency claims of mobile vision papers on your own device."""

__version__ = "0.1.0"
