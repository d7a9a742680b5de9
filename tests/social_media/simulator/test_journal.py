"""The file behind the simulator's memory."""

from __future__ import annotations

import pytest

from social_media.simulator.journal import Journal
from social_media.simulator.networks.base import Addresses
from social_media.simulator.networks.x import X
from social_media.simulator.world import World


def test_half_a_line_at_the_end_is_cut_off(tmp_path):
    path = tmp_path / "state.jsonl"
    path.write_text('{"event":"one"}\n{"event":"tw')
    journal = Journal(path)
    journal.append({"event": "two"})
    assert [event["event"] for event in journal.events()] == ["one", "two"]
    journal.close()


def test_somebody_elses_file_is_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("my notes,\nno newline at the end")
    with pytest.raises(OSError, match="not a state file"):
        Journal(path)
    assert path.read_text() == "my notes,\nno newline at the end"


def test_an_event_is_in_the_file_before_anything_else_happens(tmp_path):
    path = tmp_path / "state.jsonl"
    journal = Journal(path)
    journal.append({"event": "one"})
    assert path.read_text() == '{"event":"one"}\n'
    journal.close()


def test_a_world_is_the_same_after_its_events(tmp_path):
    path = tmp_path / "folder" / "state.jsonl"
    journal = Journal(path)
    world = World(journal)
    network = X(world, Addresses("http://x", "http://page"))
    account = network.add_account("ann", {"max_length": 4000})
    pair = network.credentials(account, {})
    old = world.token("x", pair["refresh_token"])
    new = network.new_token(account, "refresh", chain=old.chain)
    world.replace_token(old, new, valid_until=old.expires_at)
    world.put_record("bluesky", "at://a/b/c", {"kept": True})
    world.put_record("bluesky", "at://a/b/d", {"kept": False})
    world.put_record("bluesky", "at://a/b/d", None)
    journal.close()

    journal = Journal(path)
    again = World(journal)
    assert again.accounts == world.accounts
    assert again.tokens == world.tokens
    assert again.records_under("bluesky", "at://a/b/") == {"c": {"kept": True}}
    again.revoke_chain(new)
    journal.close()

    journal = Journal(path)
    dead = [token.revoked for token in World(journal).tokens.values()]
    journal.close()
    assert dead == [True, True, True]
