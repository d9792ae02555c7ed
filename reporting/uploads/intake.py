"""What may be uploaded as a file with returns."""

from __future__ import annotations

from portal.files.kinds import CSV, JSON, JSON_LINES, ODS, XLSX, ZIP_OF_CSV, Intake
from reporting.choices import FileFormat

RETURNS = Intake(
    (XLSX, ODS, CSV, ZIP_OF_CSV, JSON, JSON_LINES),
    "XLSX, ODS, CSV, a zip of CSV files, JSON or JSON Lines",
    "RETURNS_UPLOAD_BYTES",
)
FORMATS = {
    XLSX: FileFormat.XLSX,
    ODS: FileFormat.ODS,
    CSV: FileFormat.CSV,
    ZIP_OF_CSV: FileFormat.ZIP,
    JSON: FileFormat.JSON,
    JSON_LINES: FileFormat.JSONL,
}
