"""What runs offline: from labelled tweets to a verified bundle."""
