"""The names that methods had in 2020, when a device's make and a telephone's place were part of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tocsin.core.people import Method

Place = Literal["MOBILE", "LANDLINE"]

_METHODS: Mapping[str, Method] = {
    "ANDROID": "PUSH",
    "IPHONE": "PUSH",
    "VOICE_MOBILE": "VOICE",
    "VOICE_LANDLINE": "VOICE",
}
_PLACES: Mapping[str, Place] = {"SMS": "MOBILE", "VOICE_MOBILE": "MOBILE", "VOICE_LANDLINE": "LANDLINE"}


def method_of(name: str) -> Method:
    """The method behind a name, older or not."""
    return _METHODS.get(name, name)


def place_of(name: str) -> Place | None:
    """Which telephone of a person the older name means."""
    return _PLACES.get(name)
