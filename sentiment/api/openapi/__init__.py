"""The HTTP contract as OpenAPI 3.1, made from the types that validate; imported when asked for."""
