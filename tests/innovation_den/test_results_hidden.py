"""What results, decisions and letters keep from people on two sides, and from those with a conflict."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from innovation_den.actions.decisions import release_decisions, stage_decision
from innovation_den.actions.panellists import resend_panellist, stand_down
from innovation_den.choices import Award, DenState
from innovation_den.models import DecisionRecord
from innovation_den.queries.results import results_of
from portal.organisations.choices import Role
from portal.organisations.models import Membership
from tests.innovation_den.day_makers import hide
from tests.innovation_den.makers import NOW, make_decision
from tests.innovation_den.result_makers import Decided, make_deciding

pytestmark = pytest.mark.django_db
OF_A_PITCH = ("result-detail", "decision-edit", "letter-edit")
OF_ALL = ("result-list", "result-discussion", "result-chart", "decision-list", "letter-list")


def get(user: Any, name: str, *args: Any, **query: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(reverse(f"innovation_den:{name}", args=args), query)


def kept_from(user: Any, decided: Decided, pitch: Any) -> None:
    """No page of the results, and no history, says anything of the pitch to the user; of the others they do."""
    reference = decided.den.reference
    for name in OF_ALL:
        text = get(user, name, reference).content.decode()
        assert pitch.title not in text, name
        assert decided.pitches[3].title in text, name
    for name in OF_A_PITCH:
        assert get(user, name, reference, pitch.reference).status_code == 404, name
        assert get(user, name, reference, decided.pitches[3].reference).status_code == 200, name


@pytest.mark.parametrize("leads", [True, False])
def test_host_who_also_belongs_to_a_firm_neither_reads_nor_decides_on_its_pitch(leads: bool) -> None:
    decided = make_deciding()
    pitch, both = decided.pitches[0], decided.organiser
    firm = pitch.firm if leads else pitch.partners.create(firm=decided.pitches[1].firm, agreed_at=NOW).firm
    Membership.objects.create(organisation=firm, user=both, role=Role.VIEWER)
    for one in decided.pitches:
        decision = make_decision(one)
    kept_from(both, decided, pitch)
    staged = pitch.decision
    with pytest.raises(PermissionDenied):
        stage_decision(pitch=pitch, award=Award.RESERVE, reason="Ours.", version=staged.version, by=both, now=NOW)
    assert (staged.history_visible_to(both), decision.history_visible_to(both)) == (False, True)


def test_what_a_conflict_hides_is_not_found_by_taking_the_rest_away() -> None:
    """The mean that somebody gave, times their pitches, less those that can be seen, would be the hidden score."""
    decided = make_deciding()
    hide(decided.pitches[2], chair := decided.panel[0])
    results = results_of(decided.den, user=chair.user)
    page = get(chair.user, "result-panel", decided.den.reference)
    rows = {panellist.pk: (mean, count) for panellist, mean, count, _ in page.context["rows"]}
    for pk in results.panellists:
        shown = [one.mean for found in results.sheets.values() for one in found if one.panellist.pk == pk]
        assert rows[pk] == (pytest.approx(float(sum(shown) / len(shown))), len(shown))
    everybody = get(decided.organiser, "result-panel", decided.den.reference).context["rows"]
    assert sum(count for _, _, count, _ in everybody) == sum(count for _, count in rows.values()) + 3


@pytest.mark.parametrize("hidden", [0, 3, 7])
def test_place_of_what_a_conflict_hides_is_not_found_by_moving_the_line(hidden: int) -> None:
    """Whichever pitch is hidden, as many of the others lie above the line as are asked for."""
    decided = make_deciding()
    hide(decided.pitches[hidden], chair := decided.panel[0])
    for places in range(8):
        lines = results_of(decided.den, user=chair.user, places=places).standings.lines
        assert [line.is_above_line for line in lines] == [True] * places + [False] * (7 - places)
        assert not any(line.is_at_line for line in lines) or 0 < places < 7


def test_panellist_who_is_asked_again_and_has_not_answered_keeps_nothing_from_its_release() -> None:
    decided = make_deciding(state=DenState.ON_THE_DAY)
    gone = decided.panel[5]
    hide(decided.pitches[0], gone)
    stand_down(panellist=gone, reason="Fell ill", by=decided.organiser, now=NOW)
    resend_panellist(panellist=gone, by=decided.organiser, now=NOW + timedelta(hours=1))
    decided.den.state = DenState.DECIDING
    decided.den.save(update_fields=["state"])
    for pitch in decided.pitches:
        make_decision(pitch)
    assert get(decided.organiser, "letter-list", decided.den.reference).status_code == 200
    release_decisions(den=decided.den, by=decided.organiser, now=NOW)
    content = DecisionRecord.objects.get().content
    assert len(content["panel"]) == 6
    assert [one["ground"] for one in content["recusals"]] == ["Declared by the panellist"]
