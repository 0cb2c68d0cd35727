"""Short programs that ask a running app; ``make run`` starts one on this machine.

Each reads the app's address from SENTIMENT_URL (default: http://localhost:7071) and its key from
SENTIMENT_KEY.
"""
