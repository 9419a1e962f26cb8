"""The words everyone uses: frozen values without behaviour beyond reading themselves.

Import from the submodules: `content` (text, image, file), `patch` (operations, hunks, file changes),
`asking` (views, requests, decisions, rules, modes), `calls` (calls, plans, outcomes, tools),
`step` (what a model takes and gives).
"""
