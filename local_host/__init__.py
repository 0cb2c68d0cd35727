"""A local stand-in for the Azure Functions host: ``python -m local_host`` serves an app."""
