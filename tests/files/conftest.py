"""Storage of its own for each test, and one person who uploads."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from portal.accounts.models import User
from portal.files import permissions
from portal.files.models import StoredFile
from tests.factories import make_user


@pytest.fixture
def media(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    settings.CLAMD_ADDRESS = ""
    return tmp_path


@pytest.fixture
def alice(db: None) -> User:
    return make_user()


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room that lets each file be read by whoever uploaded it."""
    monkeypatch.setattr(permissions, "_readers", [])

    def own(user: Any, stored_file: StoredFile, _now: datetime) -> bool:
        return user.pk == stored_file.uploaded_by_id

    permissions.register_reader(own)


def contents(folder: Path) -> dict[str, bytes]:
    """Every stored file by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
