"""The REST API: the 2020 dialect under /api/v1 and today's under /api, over the same rows."""
