"""Quests, items, entries, review and leaderboards through ouro-py."""

from ouro import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    UnprocessableEntityError,
)
from ouro._exceptions import APIStatusError

from world import check, refused, wait_for

NOWHERE = "0193b2aa-1111-7000-8000-000000000001"


@check
def a_quest_is_made_of_strings_rich_text_and_objects(world):
    content = world.ana.quests.Content()
    content.from_markdown("Measure **this**.")
    quest = world.quest(
        ["First", {"description": content.to_dict(), "reward_xp": 5}, {"description": "Third", "reward_amount": 100}],
        description="Some *rich* text.",
        max_xp_per_contributor=10,
    )
    assert [item.sort_order for item in quest.items] == sorted(item.sort_order for item in quest.items)
    assert quest.items[1].reward_xp == 5 and quest.items[2].reward_currency == "btc"
    assert quest.items[1].description.data["type"] == "doc" and "Measure" in quest.items[1].description.text
    found = world.ana.quests.retrieve(str(quest.id))
    assert found.quest.type == "closable" and found.quest.status == "open"
    assert found.quest.max_xp_per_contributor == 10
    assert (found.progress.total, found.progress.resolved, found.progress.remaining) == (3, 0, 3)
    assert found.description.data["type"] == "doc" and found.description.text.strip() == "Some *rich* text."
    assert found.visibility == "organization", "an internal team's work"
    assert found.user.username == "ana" and found.organization.name == "acme-lab"


@check
def a_quest_is_changed_searched_and_deleted(world):
    name = world.named("Nickel gallate survey")
    quest = world.ana.quests.create(name, items=["one"], **world.place())
    changed = world.ana.quests.update(str(quest.id), name=name + "!", description="New words", type="continuous")
    assert changed.name.endswith("!") and changed.quest.type == "continuous"
    listed = world.ana.quests.list(query="gallate", scope="all", org_id=world.org, team_id=world.team)
    assert [str(hit.id) for hit in listed] == [str(quest.id)]
    assert listed[0].progress.total == 1 and listed[0].quest.status == "open"
    by_id = world.ana.quests.list(query=str(quest.id))
    assert len(by_id) == 1
    page = world.ana.quests.list(limit=1, sort="updated", scope="personal")
    assert len(page) == 1 and str(page[0].id) == str(quest.id)
    report = world.ana.quests.delete(str(quest.id), dry_run=True)
    assert report.dry_run and report.asset_type == "quest"
    world.ana.quests.retrieve(str(quest.id))
    assert not world.ana.quests.delete(str(quest.id)).dry_run
    with refused(NotFoundError):
        world.ana.quests.retrieve(str(quest.id))


@check
def a_draft_takes_no_entries_and_an_ended_quest_stays_ended(world):
    quest = world.quest(["one"], status="draft")
    with refused(ConflictError, code="quest_draft_not_accepting_entries"):
        world.entry("maria", quest)
    with refused(ConflictError):
        world.ana.quests.complete_item(str(quest.id), str(quest.items[0].id))
    world.ana.quests.update(str(quest.id), status="open")
    world.entry("maria", quest)
    ended = world.ana.quests.update(str(quest.id), status="cancelled")
    item = ended.items[0] if ended.items else world.ana.quests.list_items(str(quest.id))[0]
    assert item.status == "skipped" and item.auto_skipped and item.status_before_auto_skip is not None
    with refused(APIStatusError):
        world.entry("bot-7", quest)
    with refused(ConflictError):
        world.ana.quests.update(str(quest.id), status="open")


@check
def items_are_added_changed_and_deleted(world):
    quest = world.quest([])
    id = str(quest.id)
    one, two = world.ana.quests.create_items(id, ["Do it", {"description": "And this", "assignee_id": world.ids["maria"]}])
    changed = world.ana.quests.update_item(
        id, str(one.id), status="in_progress", notes="parked", waiting_on="parts",
        waiting_until="2027-01-01T00:00:00Z", waiting_check_every="1d", reward_xp=7, sort_order=9,
    )
    assert changed.status == "in_progress" and changed.waiting_check_every == "1d" and changed.notes == "parked"
    assert changed.reward_xp == 7
    cleared = world.ana.quests.update_item(id, str(one.id), waiting_on="", waiting_until="", waiting_check_every="")
    assert not cleared.waiting_on and not cleared.waiting_until and not cleared.waiting_check_every
    assert [str(item.id) for item in world.ana.quests.list_items(id)] == [str(two.id), str(one.id)], "by sort order"
    with refused(APIStatusError):
        world.ana.quests.update_item(id, str(one.id), status="finished")
    with refused(PermissionDeniedError):
        world.maria.quests.update_item(id, str(one.id), notes="mine")
    entry = world.maria.quests.create_entry(id, item_id=str(one.id), description="x")
    with refused(ConflictError, code="item_has_entries"):
        world.ana.quests.delete_item(id, str(one.id))
    assert entry.status == "submitted"
    world.ana.quests.delete_item(id, str(two.id))
    assert len(world.ana.quests.list_items(id)) == 1


@check
def assigned_items_are_an_inbox(world):
    quest = world.quest([{"description": "For maria", "assignee_id": world.ids["maria"]}])
    inbox = world.maria.quests.list_assigned_items(org_id=world.org, team_id=world.team)
    mine = [item for item in inbox if item.quest_id == quest.id]
    assert len(mine) == 1 and mine[0].quest.status == "open" and str(mine[0].quest_asset.id) == str(quest.id)
    world.ana.quests.complete_item(str(quest.id), str(quest.items[0].id))
    left = world.maria.quests.list_assigned_items()
    assert all(item.quest_id != quest.id for item in left)
    done = world.ana.quests.list_assigned_items(status=["done"], assignee_id=world.ids["maria"], limit=100)
    assert any(item.quest_id == quest.id for item in done)
    everything = world.maria.quests.list_assigned_items(status="all", limit=1)
    assert len(everything) == 1


@check
def an_owner_completes_an_item_and_the_quest_closes_itself(world):
    quest = world.quest(["only"])
    post = world.post("ana")
    with refused(PermissionDeniedError):
        world.maria.quests.complete_item(str(quest.id), str(quest.items[0].id))
    with refused(APIStatusError):
        world.ana.quests.complete_item(str(quest.id), str(quest.items[0].id), assets={"made-up": str(post.id)})
    done = world.ana.quests.complete_item(str(quest.id), str(quest.items[0].id), description="Did *it*.")
    assert done.entry.status == "accepted" and done.item.status == "done"
    assert done.entry.description.text.strip() == "Did *it*."
    closed = world.ana.quests.retrieve(str(quest.id))
    assert closed.quest.status == "closed" and closed.quest.closed_at
    assert closed.items[0].completed_entry_id == done.entry.id


@check
def a_closable_item_takes_one_active_entry_of_each(world):
    quest = world.quest(["one", "two"])
    first = world.entry("maria", quest)
    assert first.status == "submitted" and str(first.user_id) == world.ids["maria"]
    with refused(ConflictError):
        world.entry("maria", quest)
    world.entry("maria", quest, item=1)
    world.entry("bot-7", quest)
    rejected = world.ana.quests.review_entry(str(quest.id), str(first.id), status="rejected", review="Not *yet*.")
    assert rejected.status == "rejected" and rejected.review.text.strip() == "Not *yet*."
    assert str(rejected.reviewer_id) == world.ids["ana"] and rejected.reviewed_at
    again = world.entry("maria", quest)
    pages = [world.ana.quests.list_entries(str(quest.id), limit=2, offset=offset) for offset in (0, 2)]
    assert [len(page) for page in pages] == [2, 2] and pages[0].has_more and not pages[1].has_more
    assert pages[0].total == 4
    assert len(world.ana.quests.list_entries(str(quest.id), status="rejected")) == 1
    with refused(NotFoundError):
        world.ana.quests.review_entry(str(quest.id), NOWHERE, status="accepted")
    with refused(PermissionDeniedError):
        world.maria.quests.review_entry(str(quest.id), str(again.id), status="accepted")
    with refused(APIStatusError):
        world.ana.quests.create_entry(str(quest.id), item_id=NOWHERE)
    with refused(BadRequestError, words="uuid"):
        world.ana.quests.retrieve("not-an-id")


@check
def an_asset_is_on_one_active_entry_and_fits_its_key(world):
    wanted = {"paper": {"asset_type": "post", "primary": True}, "raw": {"asset_type": "file", "required": False, "file_extensions": [".CSV"]}}
    quest = world.quest([{"description": "A paper", "submission_assets": wanted}], type="continuous")
    post = world.post("maria")
    table = world.maria.files.create(world.named("t") + ".csv", "organization", file_content=b"a,b\n1,2\n", file_name="t.csv", **world.place())
    text = world.maria.files.create(world.named("t") + ".txt", "organization", file_content=b"hi", file_name="t.txt", **world.place())
    keys = {key["key"]: key for key in quest.items[0].contributor_keys}
    assert set(keys) == {"paper", "raw"} and keys["paper"]["required"] and not keys["raw"]["required"]
    for assets in ({}, {"paper": str(table.id)}, {"paper": str(post.id), "raw": str(text.id)}, {"paper": str(post.id), "more": str(table.id)}):
        with refused((UnprocessableEntityError, ConflictError, BadRequestError)):
            world.entry("maria", quest, assets=assets)
    entry = world.entry("maria", quest, assets={"paper": str(post.id), "raw": {"asset_id": str(table.id), "asset_type": "file"}})
    assert str(entry.asset_id) == str(post.id) and entry.asset_type == "post"
    assert entry.assets["raw"]["asset_id"] == str(table.id)
    assert entry.judge_signals["paper"] and entry.judge_signals["raw"]["extension"] == "csv"
    with refused(ConflictError, code="asset_already_submitted"):
        world.entry("maria", quest, assets={"paper": str(post.id)})
    with refused(ConflictError, code="asset_already_submitted"):
        other = world.post("maria")
        world.entry("maria", quest, assets={"paper": str(other.id), "raw": str(table.id)})
    world.ana.quests.review_entry(str(quest.id), str(entry.id), status="rejected")
    world.entry("maria", quest, assets={"paper": str(post.id)})


@check
def acceptance_pays_once_and_a_decision_stays(world):
    before = world.maria.money.get_balance("btc").available
    quest = world.quest([{"description": "Paid", "reward_amount": 1000, "reward_xp": 30}], max_xp_per_contributor=20)
    escrowed = world.ana.money.get_balance("btc").escrowed
    assert escrowed >= 1000
    entry = world.entry("maria", quest)
    accepted = world.ana.quests.review_entry(str(quest.id), str(entry.id), status="accepted", review="Thanks.")
    assert accepted.status == "accepted"
    assert world.maria.money.get_balance("btc").available == before + 900, "less ten per cent"
    again = world.ana.quests.review_entry(str(quest.id), str(entry.id), status="accepted", review="Other words.")
    assert again.review.text == accepted.review.text
    with refused(ConflictError, code="entry_already_reviewed"):
        world.ana.quests.review_entry(str(quest.id), str(entry.id), status="rejected")
    assert world.maria.money.get_balance("btc").available == before + 900
    full = world.ana.quests.retrieve(str(quest.id))
    assert full.quest.status == "closed" and full.items[0].status == "done" and full.progress.resolved == 1


@check
def rewards_are_reserved_and_what_is_not_there_is_refused(world):
    balance = world.ana.money.get_balance("btc")
    with refused(APIStatusError, code="insufficient_funds"):
        world.quest([{"description": "Dear", "reward_amount": balance.available + 1}])
    assert world.ana.money.get_balance("btc").available == balance.available
    quest = world.quest([{"description": "Paid", "reward_amount": 500}])
    item = str(quest.items[0].id)
    assert world.ana.money.get_balance("btc").escrowed == balance.escrowed + 500
    world.ana.quests.update_item(str(quest.id), item, reward_amount=700)
    assert world.ana.money.get_balance("btc").escrowed == balance.escrowed + 700
    world.ana.quests.update_item(str(quest.id), item, status="skipped")
    assert world.ana.money.get_balance("btc").escrowed == balance.escrowed
    dollars = world.ana.money.get_balance("usd")
    quest = world.quest([{"description": "Paid", "reward_amount": 250, "reward_currency": "usd"}])
    assert world.ana.money.get_balance("usd").escrowed_cents == dollars.escrowed_cents + 250
    world.ana.quests.delete(str(quest.id))
    assert world.ana.money.get_balance("usd").available_cents == dollars.available_cents


def scored(world, **fields):
    """A continuous quest whose only item is scored by the suite's own route."""
    fields = {"description": "Scored", "submission_assets": {"paper": {"asset_type": "post"}}, "eval_route_id": world.routes["lab"],
              "leaderboard_enabled": True, **fields}
    return world.quest([fields], type="continuous")


def submit_scored(world, quest, score, who="maria"):
    post = world.post(who)
    world.scorer.scores[str(post.id)] = score
    return world.entry(who, quest, assets={"paper": str(post.id)})


def settled(world, quest, entry):
    return wait_for("the evaluation", lambda: (row := world.found(quest, entry)).eval_status not in (None, "running") and row)


@check
def an_evaluation_scores_and_decides_within_its_band(world):
    quest = scored(world, eval_pass_min=0.8)
    good = settled(world, quest, submit_scored(world, quest, 0.8))
    assert (good.eval_status, good.status, good.eval_score) == ("passed", "accepted", 0.8), "the band includes its ends"
    assert good.eval_category_scores == {"fit": 0.8}
    bad = settled(world, quest, submit_scored(world, quest, 0.79))
    assert (bad.eval_status, bad.status) == ("failed", "rejected")
    broken = settled(world, quest, submit_scored(world, quest, {"nothing": 1}))
    assert (broken.eval_status, broken.status) == ("errored", "submitted")
    run = world.maria.routes.retrieve_action(str(good.eval_action_id))
    assert run.status == "success" and run.response["score"] == 0.8
    assert world.maria.routes.poll_action(str(good.eval_action_id), timeout=5).is_success
    assert world.maria.routes.get_action_logs(str(good.eval_action_id), limit=10) is not None
    asked = world.scorer.seen[-1]
    assert asked, "the route was really asked"


@check
def an_owner_starts_an_evaluation_and_scores_again_without_paying(world):
    quest = scored(world, eval_trigger="owner", eval_pass_min=0.5, reward_amount=100)
    entry = submit_scored(world, quest, 0.9)
    assert entry.eval_status == "pending" and entry.status == "submitted"
    with refused(PermissionDeniedError):
        world.maria.quests.evaluate_entry(str(quest.id), str(entry.id))
    before = world.maria.money.get_balance("btc").available
    world.ana.quests.evaluate_entry(str(quest.id), str(entry.id))
    done = settled(world, quest, entry)
    assert done.status == "accepted" and done.eval_score == 0.9
    assert world.maria.money.get_balance("btc").available == before + 90
    world.scorer.scores[str(done.asset_id)] = 0.1
    with refused(PermissionDeniedError):
        world.maria.quests.rescore_item(str(quest.id), str(quest.items[0].id))
    report = world.ana.quests.rescore_item(str(quest.id), str(quest.items[0].id))
    assert [row["entry_id"] for row in report["started"]] == [str(entry.id)] and report["skipped"] == []
    low = wait_for("the new score", lambda: (row := world.found(quest, entry)).eval_score == 0.1 and row)
    assert (low.status, low.eval_status) == ("accepted", "failed")
    assert world.maria.money.get_balance("btc").available == before + 90


@check
def leaderboards_rank_in_both_orders(world):
    quest = scored(world)
    for score in (0.6, 0.9, 0.7):
        settled(world, quest, submit_scored(world, quest, score))
    item = str(quest.items[0].id)
    board = world.maria.quests.list_leaderboard(str(quest.id), item)
    assert [(row.placement, row.score) for row in board] == [(1, 0.9), (2, 0.7), (3, 0.6)]
    assert str(board.item.id) == item and board.item.leaderboard_order == "desc"
    assert board[0].user.username == "maria" and board[0].category_scores == {"fit": 0.9}
    assert board[0].asset.asset_type == "post"
    world.ana.quests.update_item(str(quest.id), item, leaderboard_order="asc")
    board = world.maria.quests.list_leaderboard(str(quest.id), item, limit=1, offset=1)
    assert [(row.placement, row.score) for row in board] == [(2, 0.7)] and board.has_more
    plain = world.quest(["no board"])
    with refused(APIStatusError):
        world.ana.quests.list_leaderboard(str(plain.id), NOWHERE)


@check
def a_private_asset_opens_with_the_acceptance(world):
    quest = world.quest([{"description": "Secret", "reward_amount": 10, "submission_assets": {"paper": {"asset_type": "post"}}}])
    post = world.post("maria", visibility="private")
    entry = world.entry("maria", quest, assets={"paper": str(post.id)})
    with refused(NotFoundError):
        world.ana.posts.retrieve(str(post.id))
    assert entry.judge_signals["paper"]["words"] > 0
    world.ana.quests.review_entry(str(quest.id), str(entry.id), status="accepted")
    assert "Findings" in world.ana.posts.retrieve(str(post.id)).content.text


@check
def a_description_embeds_what_its_reader_may_open(world):
    quest = world.quest(["look"], type="continuous")
    seen, hidden = world.post("maria"), world.post("maria", visibility="private")
    words = f"See [this](post:{seen.id}), [that](post:{hidden.id}) and {{@ravi}}."
    entry = world.entry("maria", quest, description=words)
    row = world.found(quest, entry)
    assert [asset["id"] for asset in row.embedded_assets] == [str(seen.id)]
    assert row.description.data["type"] == "doc"
