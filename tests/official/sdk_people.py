"""Signing in, users, organizations, teams, money, notifications and comments through ouro-py."""

import base64
import json
import time

import httpx
from ouro import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    Ouro,
    OuroError,
    PermissionDeniedError,
)

from world import check, refused

GLOBAL = "00000000-0000-0000-0000-000000000000"


@check
def a_wrong_key_is_an_authentication_error(world):
    with refused(AuthenticationError, words="API key"):
        Ouro(api_key="nope", base_url=world.url, organization="")


@check
def a_token_that_is_gone_is_exchanged_once(world):
    client = Ouro(api_key=world.keys["maria"], base_url=world.url, organization="")
    token = client.access_token
    payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert payload["exp"] > time.time() and client.api_key_name
    client._raw_client.headers["Authorization"] = "an.old.token"
    assert client.users.me().username == "maria"
    assert client.access_token != token, "a new token"
    stranger = Ouro(access_token=token, base_url=world.url, organization="")
    assert stranger.user.username == "maria", "a token of another client"
    stranger._raw_client.headers["Authorization"] = "an.old.token"
    with refused(AuthenticationError):
        stranger.users.me()


@check
def users_are_found_by_name_id_and_words(world):
    me = world.ana.users.me()
    assert me.username == "ana" and me.is_self and me.total_xp is not None
    assert world.ana.users.get("bot-7").is_agent
    assert world.ana.users.get(world.ids["ravi"]).username == "ravi"
    assert "maria" in [user.username for user in world.ana.users.search("mari")]
    with refused(NotFoundError):
        world.ana.users.get("nobody-at-all")
    plan = world.ana.users.plan()
    assert plan.limits.max_assets > 0 and plan.usage["assets"].limit == plan.limits.max_assets
    post = world.post("maria")
    world.ana.assets.retrieve(str(post.id))
    world.ana.comments.create("Nice.", str(post.id))
    impact = world.maria.users.impact("maria", asset_ids=[str(post.id)], limit=5, since="2026-01-01T00:00:00Z")
    assert impact.aggregate.assets == 1 and impact.aggregate.external_comments == 1
    assert impact.assets[0].quality_views == 1


@check
def organizations_are_listed_found_and_a_context(world):
    mine = world.ana.organizations.list()
    assert [org.name for org in mine] == ["acme-lab"] and mine[0].user_role == "admin"
    assert mine[0].membership.membership_type == "internal"
    found = world.ana.organizations.list_discoverable()
    assert [org.name for org in found] == ["open-magnets"] and found[0].join_policy == "open"
    acme = world.ana.organizations.retrieve(world.org)
    assert str(acme.default_team.id) == world.team
    assert str(world.ana.organizations.get_context().id) == GLOBAL
    pinned = Ouro(api_key=world.keys["ana"], base_url=world.url, organization="acme-lab")
    assert str(pinned.organizations.get_context().id) == world.org
    post = pinned.posts.create(name=world.named("Pinned"), content="x")
    assert str(post.org_id) == world.org and str(post.team_id) == world.team
    with refused(OuroError, words="pinned"):
        pinned.posts.create(name=world.named("Elsewhere"), content="x", org_id=GLOBAL)
    with refused(OuroError, words="not found"):
        Ouro(api_key=world.keys["ana"], base_url=world.url, organization="no-such-org")


@check
def a_context_must_be_an_organization_one_is_in(world):
    client = Ouro(api_key=world.keys["nils"], base_url=world.url, organization="")
    client._raw_client.headers["X-Ouro-Org"] = "acme"
    with refused(BadRequestError, code="invalid_org_context"):
        client.users.me()
    client._raw_client.headers["X-Ouro-Org"] = world.org
    with refused(PermissionDeniedError, code="org_context_forbidden"):
        client.users.me()


@check
def a_bound_key_acts_in_its_organization_only(world):
    outside = world.nils.organizations.list()[0]
    public = world.nils.posts.create(name=world.named("Public"), content="read me", org_id=str(outside.id))
    own = world.ana.posts.create(name=world.named("Own"), content="mine", visibility="private")
    bound = Ouro(api_key=world.bound_key, base_url=world.url, organization="")
    assert bound.organization == world.org and str(bound.api_key_org_id) == world.org
    inside = bound.posts.create(name=world.named("Inside"), content="x")
    assert str(inside.org_id) == world.org
    assert bound.posts.retrieve(str(public.id)).content.text.strip() == "read me"
    with refused(NotFoundError):
        bound.posts.retrieve(str(own.id))
    with refused(PermissionDeniedError, code="api_key_org_mismatch"):
        bound.posts.update(str(own.id), name="changed")
    with refused(PermissionDeniedError, code="api_key_org_mismatch"):
        bound.posts.delete(str(public.id))
    with refused(PermissionDeniedError, code="api_key_org_mismatch"):
        bound.comments.create("hello", str(public.id))
    with refused(PermissionDeniedError, code="api_key_org_mismatch"):
        bound.use_organization(None)
        bound.posts.create(name=world.named("Outside"), content="x", org_id=GLOBAL)
    hits = [str(hit.id) for hit in bound.assets.search(asset_type="post", scope="all", limit=200)]
    assert str(public.id) in hits and str(inside.id) in hits and str(own.id) not in hits
    answer = httpx.get(world.url + "/user", headers={"Authorization": bound.access_token, "X-Ouro-Org": str(outside.id)})
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "api_key_org_mismatch"
    with refused(OuroError, words="bound"):
        Ouro(api_key=world.bound_key, base_url=world.url, organization=str(outside.id))


@check
def outsiders_see_what_is_theirs_to_see(world):
    quest = world.quest(["one"])
    entry = world.entry("maria", quest)
    assert world.olga.quests.retrieve(str(quest.id)).name == quest.name, "same organization"
    with refused(PermissionDeniedError):
        world.olga.quests.review_entry(str(quest.id), str(entry.id), status="accepted")
    with refused(NotFoundError):
        world.nils.quests.retrieve(str(quest.id))
    with refused(NotFoundError):
        world.nils.quests.list_entries(str(quest.id))
    with refused(NotFoundError):
        world.nils.teams.retrieve(world.team)
    world.ana.quests.update(str(quest.id), visibility="private")
    with refused(NotFoundError):
        world.olga.quests.retrieve(str(quest.id))
    with refused(NotFoundError):
        world.maria.quests.review_entry(str(quest.id), str(entry.id), status="accepted")
    world.ravi.quests.retrieve(str(quest.id))


@check
def teams_are_made_changed_and_dissolved(world):
    name = f"alloys-{world.named('x').split()[-1]}"
    with refused(BadRequestError):
        world.ana.teams.create("Not a slug!", org_id=world.org)
    team = world.ana.teams.create(name, org_id=world.org, description="About *alloys*.", visibility="organization", join_policy="open")
    id = str(team.id)
    with refused(ConflictError):
        world.ana.teams.create(name, org_id=world.org)
    assert team.description.text.strip() == "About *alloys*." and team.user_membership.role == "admin"
    changed = world.ana.teams.update(id, source_policy="any", actor_type_policy="any", default_role="write", description="New.")
    assert changed.source_policy == "any" and changed.description.text.strip() == "New."
    assert id in [str(team.id) for team in world.ana.teams.list(org_id=world.org, joined=True)]
    assert id not in [str(team.id) for team in world.ana.teams.list(public_only=True)]
    full = world.ana.teams.retrieve(id, include_members=True)
    assert [member.role for member in full.members] == ["admin"] and full.member_count == 1
    assert full.organization.name == "acme-lab" and full.can_moderate
    with refused(PermissionDeniedError):
        world.maria.teams.update(id, description="mine")
    post = world.ana.posts.create(name=world.named("Kept"), content="x", org_id=world.org, team_id=id)
    with refused(ConflictError):
        world.ana.teams.delete(world.team)
    world.ana.teams.delete(id)
    assert str(world.ana.posts.retrieve(str(post.id)).team_id) == world.team, "work moves to the default team"
    with refused(NotFoundError):
        world.ana.teams.retrieve(id)


@check
def one_joins_asks_leaves_and_is_kept_out(world):
    stem = world.named("x").split()[-1]
    open_team = str(world.ana.teams.create(f"open-{stem}", org_id=world.org, join_policy="open").id)
    joined = world.maria.teams.join(open_team)
    assert joined.user_membership.role == "write" and joined.join_status == "joined"
    world.maria.teams.leave(open_team)
    with refused(ConflictError):
        world.maria.teams.leave(open_team)
    with refused(ConflictError):
        world.ana.teams.leave(open_team)
    with refused(PermissionDeniedError):
        world.olga.teams.join(world.team)

    asking = str(world.ana.teams.create(f"asking-{stem}", org_id=world.org, join_policy="request").id)
    wish = world.maria.teams.join(asking).user_join_request
    assert wish.status == "pending"
    world.olga.teams.join(asking)
    assert len(world.ana.teams.list_join_requests(asking)) == 2
    assert [str(own.user_id) for own in world.maria.teams.list_join_requests(asking)] == [world.ids["maria"]]
    with refused(PermissionDeniedError):
        world.maria.teams.approve_join_request(asking, str(wish.id))
    world.ana.teams.approve_join_request(asking, str(wish.id))
    other = world.ana.teams.list_join_requests(asking)[0]
    world.ana.teams.reject_join_request(asking, str(other.id))
    with refused(ConflictError):
        world.ana.teams.reject_join_request(asking, str(other.id))
    roles = {str(member.user_id): member.role for member in world.ana.teams.retrieve(asking, include_members=True).members}
    assert roles == {world.ids["ana"]: "admin", world.ids["maria"]: "write"}

    quest = world.ana.quests.create(world.named("Banned"), items=["one"], org_id=world.org, team_id=asking, type="continuous")
    world.entry("maria", quest)
    post = world.maria.posts.create(name=world.named("Hers"), content="x", org_id=world.org, team_id=asking)
    world.ana.teams.ban_member(asking, world.ids["maria"], reason="noise", remove_contributions=True)
    assert len(world.ana.quests.list_entries(str(quest.id))) == 0
    assert str(world.maria.posts.retrieve(str(post.id)).team_id) == world.team
    ban = world.ana.teams.list_bans(asking)[0]
    assert ban.reason == "noise" and ban.user.username == "maria"
    with refused(PermissionDeniedError, code="banned"):
        world.maria.teams.join(asking)
    with refused(PermissionDeniedError):
        world.maria.teams.list_bans(asking)
    world.ana.teams.unban_member(asking, world.ids["maria"])
    assert world.ana.teams.list_bans(asking) == []
    assert world.maria.teams.join(asking).join_status == "requested"


@check
def policies_say_who_may_create(world):
    stem = world.named("x").split()[-1]
    team = world.ana.teams.create(f"policy-{stem}", org_id=world.org, join_policy="open", source_policy="web_only")
    place = {"org_id": world.org, "team_id": str(team.id)}
    assert not team.agent_can_create
    with refused(PermissionDeniedError, code="source_policy"):
        world.ana.posts.create(name=world.named("No"), content="x", **place)
    with refused(PermissionDeniedError):
        world.ana.quests.create(world.named("No"), **place)
    for name in ("maria", "bot-7"):
        world.client(name).teams.join(str(team.id))
    world.ana.teams.update(str(team.id), source_policy="api_only", actor_type_policy="agents_only")
    with refused(PermissionDeniedError, code="actor_type_policy"):
        world.maria.posts.create(name=world.named("No"), content="x", **place)
    assert world.bot.posts.create(name=world.named("Yes"), content="x", **place)
    world.ana.teams.update(str(team.id), actor_type_policy="verified_only")
    assert world.ana.posts.create(name=world.named("Yes"), content="x", **place)
    with refused(PermissionDeniedError, code="actor_type_policy"):
        world.bot.posts.create(name=world.named("No"), content="x", **place)


@check
def a_teams_feed_counts_what_is_new(world):
    stem = world.named("x").split()[-1]
    team = str(world.ana.teams.create(f"feed-{stem}", org_id=world.org, join_policy="open").id)
    world.maria.teams.join(team)
    for number in range(3):
        world.ana.posts.create(name=world.named("News"), content="x", org_id=world.org, team_id=team)
    quest = world.ana.quests.create(world.named("Work"), org_id=world.org, team_id=team)
    feed = world.maria.teams.activity(team, limit=2)
    assert len(feed) == 2 and feed.has_more and str(feed[0].id) == str(quest.id), "newest first"
    assert [hit.asset_type for hit in world.maria.teams.activity(team, asset_type="quest")] == ["quest"]
    assert world.maria.teams.unreads(team) == 4 and world.ana.teams.unreads(team, org_id=world.org) == 0
    world.maria.assets.retrieve(str(quest.id))
    assert world.maria.teams.unreads(team) == 3
    preview = world.maria.teams.unread_preview(team, limit=2)
    assert preview.unread_count == 3 and len(preview) == 2 and preview.has_more


@check
def balances_and_transactions_add_up(world):
    quest = world.quest([{"description": "Cents", "reward_amount": 200, "reward_currency": "usd"}])
    entry = world.entry("bot-7", quest)
    before = world.bot.money.get_balance("usd").available_cents
    world.ana.quests.review_entry(str(quest.id), str(entry.id), status="accepted")
    after = world.bot.money.get_balance("usd")
    assert after.available_cents == before + 180 and after.currency == "usd"
    rows = world.bot.money.get_transactions("usd", limit=5)
    assert rows[0].amount_cents == 180 and rows[0].status
    assert len(world.bot.money.get_transactions("usd", type="no-such-type")) == 0
    spent = world.ana.money.get_transactions("usd", limit=1)
    assert spent[0].amount_cents == -200 and spent.has_more
    sats = world.ana.money.get_balance("btc")
    assert sats.balance == sats.available + sats.escrowed
    changes = world.ana.money.get_transactions("btc")
    assert sum(change.value for change in changes) == sats.balance, "every sat is accounted for"
    assert world.ana.money.get_usage_history(limit=5).summary.total_cents == 0
    assert world.ana.money.get_pending_earnings().platform_fee_percent == 10
    assert "top" in world.ana.money.add_funds().lower()


@check
def money_that_is_no_reward_does_not_move(world):
    post = world.post("maria")
    for spend in (
        lambda: world.ana.money.send(world.ids["maria"], 5),
        lambda: world.ana.money.send(world.ids["maria"], 5, "usd", message="hi"),
        lambda: world.ana.money.unlock_asset("post", str(post.id)),
        lambda: world.ana.money.unlock_asset("post", str(post.id), "usd"),
        lambda: world.ana.money.get_deposit_address(),
    ):
        with refused(PermissionDeniedError, code="not_in_local_backend", words="moves no money"):
            spend()


@check
def people_hear_of_entries_and_acceptances(world):
    quest = world.quest(["tell"])
    unread = world.ana.notifications.unreads()
    entry = world.entry("maria", quest)
    assert world.ana.notifications.unreads() == unread + 1
    assert world.ana.notifications.unreads(org_id=world.org) >= 1
    first = world.ana.notifications.list(limit=1, unread_only=True)[0]
    assert first.type == "quest-entry" and first.source_user.username == "maria" and not first.viewed
    assert first.content["quest"]["id"] == str(quest.id) and first.content["entry"]["id"] == str(entry.id)
    assert str(first.asset.id) == str(quest.id)
    assert world.ana.notifications.read(str(first.id)).viewed, "reading marks"
    assert world.ana.notifications.unreads() == unread
    world.ana.quests.review_entry(str(quest.id), str(entry.id), status="accepted")
    told = world.maria.notifications.list(limit=5, unread_only=True)
    notice = next(row for row in told if row.type == "quest-entry-accepted")
    assert notice.content["source"] == "review" and notice.content["reviewer"]["username"] == "ana"
    assert world.maria.notifications.read_many([str(notice.id), str(first.id)]) == [str(notice.id)]
    with refused(NotFoundError):
        world.maria.notifications.read(str(first.id))
    rejected = world.quest(["quiet"])
    entry = world.entry("maria", rejected)
    before = world.maria.notifications.unreads()
    world.ana.quests.review_entry(str(rejected.id), str(entry.id), status="rejected")
    assert world.maria.notifications.unreads() == before, "rejections notify nobody"


@check
def comments_thread_one_level_deep(world):
    quest = world.quest(["talk"])
    parent = str(quest.id)
    top = world.maria.comments.create(f"How many, {{@ana}}? And {{@nils}}?", parent)
    assert top.asset_type == "comment" and top.visibility == "inherit"
    reply = world.ana.comments.create("Ten.", str(top.id))
    with refused(BadRequestError):
        world.maria.comments.create("Why?", str(reply.id))
    with refused(NotFoundError):
        world.nils.comments.create("Hello", parent)
    long = world.maria.comments.create("word " * 600, parent)
    rows = world.ana.comments.list(parent, limit=1)
    assert rows[0].id == top.id and rows.has_more, "oldest first"
    listed = world.ana.comments.list_by_parent(parent)
    assert len(listed) == 2 and len(listed[1].text) < 2000, "lists shorten"
    assert len(world.ana.comments.retrieve(str(long.id)).text) >= 2999
    assert [row.text.strip() for row in world.ana.comments.list_replies(str(top.id))] == ["Ten."]
    changed = world.ana.comments.update(str(reply.id), "Twelve.")
    assert changed.text.strip() == "Twelve."
    with refused(PermissionDeniedError):
        world.maria.comments.update(str(reply.id), "Hers now.")
    told = world.ana.notifications.list(limit=10, category="mentions,comments")
    assert {row.type for row in told} <= {"mention", "comment", "reply"} and any(row.type == "mention" for row in told)
    assert all(row.type != "mention" for row in world.nils.notifications.list()), "who cannot see it hears nothing"
    assert world.ana.quests.retrieve(parent).comments == 2
    assert world.maria.comments.delete(str(top.id), dry_run=True).dry_run
    world.maria.comments.delete(str(top.id))
    with refused(NotFoundError):
        world.ana.comments.retrieve(str(reply.id))


@check
def conversations_are_refused_in_words(world):
    for call in (
        lambda: world.ana.conversations.list(),
        lambda: world.ana.conversations.create([world.ids["maria"]]),
        lambda: world.ana.conversations.retrieve(world.team),
        lambda: world.ana.conversations.update(world.team, name="x"),
        lambda: world.ana.conversations.delete(world.team),
    ):
        with refused(PermissionDeniedError, code="not_in_local_backend", words="no conversations"):
            call()
