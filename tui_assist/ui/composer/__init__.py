"""Where the person writes. It sends text up and decides nothing about it."""
