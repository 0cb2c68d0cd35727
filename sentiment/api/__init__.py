"""The HTTP interface: one module a route, and what routes share."""
