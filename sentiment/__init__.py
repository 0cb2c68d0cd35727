"""What runs in the cloud: a tweet in, its sentiment out, and the feedback that comes back."""
