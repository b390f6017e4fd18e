"""The room `auth`: who asks, and what they may."""
