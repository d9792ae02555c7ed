"""What the search reads: one row for each supplier that is listed, and the words that all of them use."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class SearchRow(models.Model):
    """One listed supplier as the search sees it. Made by `techmap.search.index` alone, from everything else.

    It holds nothing of its own: deleting all rows and running `manage.py rebuild_search` loses nothing.
    """

    supplier = models.OneToOneField(
        "organisations.Organisation", primary_key=True, on_delete=models.CASCADE, related_name="search_row"
    )
    # By bytes, so that one index finds a beginning and gives the names in order.
    name_key = models.CharField(max_length=200, db_collation="C", help_text="The name in lower case, for completion.")
    words = SearchVectorField(help_text="Name A, capabilities and summary B, description C, evidence D.")
    tags = ArrayField(models.IntegerField(), help_text="Sorted; `techmap.search.tags` says what each number means.")
    # A process finds what was committed since it last looked by comparing this with the snapshot it had then. A
    # number of our own would either miss what commits out of turn, or make all who change suppliers wait in line.
    changed = models.BigIntegerField(db_index=True, help_text="The transaction that wrote the row.")

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="search_row_words", fastupdate=False),
            GinIndex(fields=["tags"], name="search_row_tags", fastupdate=False),
            models.Index(fields=["name_key"], name="search_row_name"),
        ]

    def __str__(self) -> str:
        return self.name_key


class SearchGone(models.Model):
    """A supplier whose row was taken away, so that other processes forget it too."""

    supplier = models.BigIntegerField(primary_key=True)
    changed = models.BigIntegerField(db_index=True, help_text="The transaction that took it away.")

    def __str__(self) -> str:
        return str(self.supplier)


class SearchWord(models.Model):
    """One word that listed suppliers use, and how many use it: what "did you mean" chooses from."""

    word = models.CharField(max_length=60, primary_key=True)
    suppliers = models.PositiveIntegerField()

    class Meta:
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word
