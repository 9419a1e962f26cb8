"""The screen: it shows events and answers requests. It decides nothing by itself."""
