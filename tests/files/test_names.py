import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.files.kinds import size_text
from portal.files.names import MAX_LENGTH, clean_name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\plan.pdf", "plan.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\r\nc\u200b.pdf", "abc.pdf"),
        ('<img src=x onerror="a">.pdf', "_img src=x onerror=_a__.pdf"),
        ("  a   b .pdf  ", "a b.pdf"),
        ("...", "file"),
        (".pdf", "file.pdf"),
        ("", "file"),
        ("Ba\u0301rta.txt", "Bárta.txt"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("报价.xlsx", "报价.xlsx"),
    ],
)
def test_clean_name(raw: str, shown: str) -> None:
    assert clean_name(raw) == shown


@given(st.text())
def test_clean_name_of_anything(raw: str) -> None:
    name = clean_name(raw)

    assert 0 < len(name) <= MAX_LENGTH
    assert not set(name) & set('/\\<>:"|?*\0\r\n\t\u202e')


@pytest.mark.parametrize(
    ("size", "text"),
    [(1, "1 byte"), (1023, "1023 bytes"), (1536, "1.5 KB"), (20 * 1024**2, "20 MB"), (2000 * 1024**2, "2,000 MB")],
)
def test_size_text(size: int, text: str) -> None:
    assert size_text(size) == text
