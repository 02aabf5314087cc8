"""Other products' APIs, at the paths that their clients use, from the root of the server.

Each is a thin file of routes over a translator in `integrations/`. Answers have the form of the
product that is spoken, refusals too.
"""
