"""The diff of a patch: `document` (rows), `view` (the widget), `review` (the screen). Changes no file."""
