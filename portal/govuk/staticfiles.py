"""Where the addresses of styles, scripts and pictures come from."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Names carry a hash of the content, so that browsers may keep them for ever.

    Before `collectstatic` has run there is no manifest: then names stay plain, as in the tests.
    With a manifest, a file that it lacks is an error.
    """

    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
