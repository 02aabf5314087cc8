"""The history of the schema, for Alembic. Linear; every release upgrades from every release."""
