"""What a team runs beside the app: scoring, feedback review, drift, alerts, the registry."""
