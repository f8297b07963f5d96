"""Tables of imports: each file, what it changed, what was wrong in it, and how files of its kind are read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Text
from sqlmodel import Field, SQLModel

from server.database import Json, UtcDateTime


class CustomerImport(SQLModel, table=True):
    """A file of customers or orders, and how far it has been taken in."""

    __tablename__ = "customer_import"
    __table_args__ = (Index("ix_customer_import_state", "state", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=Column(Text, nullable=False), description="The file's name as it was given.")
    digest: str = Field(default="", description="In the file store; empty once the file was removed.")
    size: int = Field(default=0, sa_type=BigInteger)
    form: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="`sheets.Form`: how it is read."
    )
    headers: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    plan: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="`plans.Plan`: what becomes of it."
    )
    state: str = Field(description="new, trying, tried, running, done, cancelled, failed, undoing or undone.")
    position: int = Field(default=0, description="The last row of the file that is done with.")
    share: float = Field(default=0.0, description="How much of the work at hand is done, 0 to 1.")
    counts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    trial: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False), description="The counts of the last dry run."
    )
    words: str = Field(default="", sa_column=Column(Text, nullable=False), description="Why it failed.")
    by_whom: str
    forgotten: bool = Field(default=False, description="Its journal is gone: it cannot be taken back any more.")
    worker: str = Field(default="", description="The process that is at it.")
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def _of_import() -> Column[int]:
    return Column(ForeignKey("customer_import.id"), nullable=False)


class ImportEntry(SQLModel, table=True):
    """One thing that an import made or changed, with what it takes to take that back."""

    __tablename__ = "import_entry"
    __table_args__ = (
        Index("ix_import_entry_import", "import_id", "id"),
        Index("ix_import_entry_subject", "kind", "subject"),
    )
    id: int | None = Field(default=None, primary_key=True)
    import_id: int = Field(sa_column=_of_import())
    number: int = Field(description="The row of the file.")
    kind: str = Field(description="customer or order.")
    subject: int = Field(description="The id of what was changed.")
    made: bool = Field(default=False, description="Whether the import made it.")
    before: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    kept: str = Field(
        default="", sa_column=Column(Text, nullable=False), description="Why taking back left something of it."
    )


class ImportProblem(SQLModel, table=True):
    """What was wrong with a row, column by column."""

    __tablename__ = "import_problem"
    __table_args__ = (Index("ix_import_problem_import", "import_id", "trial", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    import_id: int = Field(sa_column=_of_import())
    trial: bool
    number: int
    refused: bool = Field(default=True, description="False: the row was taken without these cells.")
    reasons: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))


class ImportMemory(SQLModel, table=True):
    """How files with these column names were read last."""

    __tablename__ = "import_memory"
    headers: str = Field(primary_key=True, description="A digest of the column names.")
    plan: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    used_at: datetime = Field(sa_type=UtcDateTime)
