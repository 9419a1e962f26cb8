"""Configuration: bytes of TOML in, one frozen `Config` out. Touches no disk."""

from tui_assist.config.edit import set_value
from tui_assist.config.layers import Layer, load
from tui_assist.config.settings import Config, Origin, ProviderSettings, RequestSettings

__all__ = ["Config", "Layer", "Origin", "ProviderSettings", "RequestSettings", "load", "set_value"]
