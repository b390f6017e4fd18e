"""Headers that several answers share."""

from typing import Final

UNSNIFFED: Final = {"x-content-type-options": "nosniff"}
_FEATURES: Final = (
    "accelerometer",
    "autoplay",
    "camera",
    "clipboard-read",
    "clipboard-write",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "usb",
    "xr-spatial-tracking",
)
NOTHING_ALLOWED: Final = ", ".join(f"{feature}=()" for feature in _FEATURES)
"""A Permissions-Policy with everything off."""
