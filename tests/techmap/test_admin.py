"""The taxonomy is edited in the admin by its action; all else of the techmap is only read there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.audit.models import Event
from techmap.models import Capability
from tests.factories import make_user
from tests.techmap.makers import make_claim

READ_ONLY = ["supplierprofile", "capabilityclaim", "removedclaim", "evidence", "capabilityfollow"]
READ_ONLY += ["company", "othername", "namematch", "merge", "searchgone", "bulkfile"]


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    client.force_login(make_user(is_staff=True))
    return client


def change_url(capability: Capability) -> str:
    return reverse("admin:techmap_capability_change", args=[capability.pk])


def sent(capability: Capability, **changes: Any) -> dict[str, Any]:
    return {
        "code": capability.code, "name": capability.name, "description": "Computers on demand.",
        "parent": capability.parent_id, "aliases": "IaaS", "cpv_prefixes": "", "position": 1, **changes,
    }  # fmt: skip


def test_admin_edits_aliases_as_a_comma_list(staff, hosting) -> None:
    answer = staff.post(change_url(hosting), sent(hosting, aliases="IaaS, public cloud", cpv_prefixes="72514,4882"))
    assert answer.status_code == 302
    hosting.refresh_from_db()
    assert (hosting.aliases, hosting.cpv_prefixes) == (["IaaS", "public cloud"], ["72514", "4882"])
    assert hosting.is_edited is True
    event = Event.objects.about(hosting).first()
    assert (event.name, event.new["aliases"]) == ("techmap.capability.updated", ["IaaS", "public cloud"])


def test_admin_adds_a_capability(staff, cloud) -> None:
    new = Capability(code="edge", name="Edge computing", parent=cloud)
    assert staff.post(reverse("admin:techmap_capability_add"), sent(new, aliases="")).status_code == 302
    edge = Capability.objects.get(code="edge")
    assert (edge.parent, edge.is_edited) == (cloud, True)


def test_admin_shows_what_would_break_the_taxonomy_on_its_field(staff, hosting, backup) -> None:
    answer = staff.post(change_url(backup), sent(backup, aliases="iaas"))
    assert answer.status_code == 200
    [error] = answer.context["adminform"].form.errors["aliases"]
    assert "the name or alias “iaas” belongs to cloud-hosting already" in error
    backup.refresh_from_db()
    assert (backup.aliases, backup.is_edited) == ([], False)


def test_admin_never_deletes_a_capability(staff, hosting) -> None:
    assert staff.post(reverse("admin:techmap_capability_delete", args=[hosting.pk]), {"post": "yes"}).status_code == 403
    assert Capability.objects.filter(pk=hosting.pk).exists()


@pytest.mark.parametrize("search", ["", "?q=iaas"])
def test_admin_lists_capabilities(staff, hosting, search) -> None:
    assert b"Cloud hosting" in staff.get(reverse("admin:techmap_capability_changelist") + search).content


@pytest.mark.parametrize("model", READ_ONLY)
def test_admin_reads_the_rest(staff, larkspur, hosting, model) -> None:
    make_claim(larkspur, hosting)
    assert staff.get(reverse(f"admin:techmap_{model}_changelist"), {"q": "cloud"}).status_code == 200
    assert staff.get(reverse(f"admin:techmap_{model}_add")).status_code == 403


def test_admin_claims_cannot_be_changed(staff, larkspur, hosting) -> None:
    claim = make_claim(larkspur, hosting, guessed=True)
    url = reverse("admin:techmap_capabilityclaim_change", args=[claim.pk])
    assert staff.get(url).status_code == 200
    assert staff.post(url, {"origin": "supplier"}).status_code == 403
    claim.refresh_from_db()
    assert claim.origin == "guessed"
