"""A challenger trained with reviewed feedback, published only if it beats the champion."""
