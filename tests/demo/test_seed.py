"""The demo's data: told through the actions, once, into an empty portal."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.utils import timezone

from engagement.choices import RequestState
from engagement.models import EngagementRequest
from portal.accounts.models import User
from portal.demo.accounts import ACCOUNTS, PASSWORD
from portal.organisations.models import Organisation
from techmap.choices import EvidenceKind
from techmap.models import Accreditation, Evidence, RefereeRequest, Shortlist, SupplierProfile


@pytest.mark.django_db
def test_seed_tells_every_story_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_capabilities")
    call_command("load_frameworks")
    call_command("seed_demo")
    with pytest.raises(CommandError, match="empty portal"):
        call_command("seed_demo")
    assert set(EngagementRequest.objects.values_list("state", flat=True)) == set(RequestState)
    assert set(Evidence.objects.values_list("kind", flat=True)) == set(EvidenceKind) - {EvidenceKind.ENGAGEMENT}
    assert Evidence.objects.values("supplier").distinct().count() == Organisation.objects.suppliers().count()
    assert {*RefereeRequest.objects.values_list("answer", flat=True)} == {"", "confirmed", "declined"}
    assert sorted(Shortlist.objects.values_list("state", flat=True)) == ["locked", "open"]
    profiles = SupplierProfile.objects.all()
    assert profiles.count() == 12
    assert not profiles.filter(
        Q(claims__level="") | Q(claims__since=None) | Q(sectors=[]) | Q(technologies=[])
    ).exists()
    assert [str(profile) for profile in profiles if profile.is_stale(timezone.now())] == ["Oxbow Geospatial Ltd"]
    assert Accreditation.objects.filter(expires_on__lt=timezone.localdate()).exists()
    assert not profiles.filter(Q(contacts=None) | Q(framework_places=None)).exists()
    for account in ACCOUNTS:
        user = User.objects.get(email=account.email)
        assert user.check_password(PASSWORD)
        assert user.authenticator_set.exists() == account.needs_code


@pytest.mark.django_db
def test_seed_says_what_to_load_first() -> None:
    for command in ("load_capabilities", "load_frameworks"):
        with pytest.raises(CommandError, match="load_capabilities and load_frameworks first"):
            call_command("seed_demo")
        call_command(command)
    assert not User.objects.exists()


def test_accounts_are_listed_with_their_password(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seed_demo", accounts=True)
    printed = capsys.readouterr().out
    assert [account.email for account in ACCOUNTS if account.email not in printed] == []
    assert PASSWORD in printed
