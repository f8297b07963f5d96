"""The database's history: Alembic migrations, run by `madoguchi migrate` and at each start."""
