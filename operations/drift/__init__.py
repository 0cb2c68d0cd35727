"""Whether what the served model sees and says has moved away from its reference."""
