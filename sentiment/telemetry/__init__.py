"""What happened and how long it took, sent to Application Insights where one is configured."""
