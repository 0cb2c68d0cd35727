"""What happened and how long it took, told to Application Insights where one is configured."""
