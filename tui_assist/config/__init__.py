"""Configuration: bytes of TOML in, one frozen `Config` out. Touches no disk."""
