"""The tools of ouro-mcp, called over the protocol: the real server process on its standard input and output."""

import asyncio
import json
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from world import wait_for


class Tools:
    """One MCP server process, signed in as somebody."""

    def __init__(self, session, called):
        self.session, self.called = session, called

    async def raw(self, tool, /, **arguments):
        self.called.add(tool)
        answer = await self.session.call_tool(tool, arguments)
        text = "".join(part.text for part in answer.content if hasattr(part, "text"))
        failed = answer.is_error if hasattr(answer, "is_error") else answer.isError
        return text, failed

    async def text(self, tool, /, **arguments):
        text, failed = await self.raw(tool, **arguments)
        assert not failed, f"{tool}: {text}"
        return text

    async def json(self, tool, /, **arguments):
        return json.loads(await self.text(tool, **arguments))

    async def refused(self, tool, error, words="", /, **arguments):
        """The tool's error text must name that error and hold those words."""
        text, failed = await self.raw(tool, **arguments)
        assert failed, f"{tool} was not refused: {text}"
        answer = json.loads(text)
        assert answer["error"] == error, answer
        assert words.lower() in text.lower(), answer
        return answer


async def quests(world, ana, maria):
    place = world.place()
    made = await ana.json("create_quest", name=world.named("Tools"), description_markdown="Ask @maria.", type="continuous", status="draft",
                          items=["One", {"description": "Two", "reward_amount": 50, "reward_currency": "btc"}], **place)
    quest, item = made["id"], made["items"][0]["id"]
    await maria.refused("submit_quest_entry", "quest_draft_not_accepting_entries", quest_id=quest, item_id=item, description_markdown="x")
    await ana.json("update_quest", id=quest, status="open", name=world.named("Tools open"))
    await ana.json("create_quest_items", quest_id=quest, items=["Three", {"description": "Four", "submission_assets": {"paper": {"asset_type": "post"}}}])
    listed = await ana.text("list_quest_items", quest_id=quest)
    assert "Found 4 quest items" in listed and "50 sats" in listed and "contributor_keys" in listed, listed
    changed = await ana.json("update_quest_item", quest_id=quest, item_id=item, notes="n", waiting_on="x", waiting_until="2027-01-01T00:00:00Z", assignee_id=world.ids["maria"])
    assert changed["waiting_on"] == "x" and changed["assignee_id"] == world.ids["maria"]
    assert item in await maria.text("list_assigned_quest_items")
    entry = await maria.json("submit_quest_entry", quest_id=quest, item_id=item, description_markdown="Done, **really**.")
    assert entry["status"] == "submitted"
    assert entry["id"] in await ana.text("list_quest_entries", quest_id=quest, status="submitted")
    await maria.refused("review_quest_entry", "permission_denied", quest_id=quest, entry_id=entry["id"], status="accepted")
    decided = await ana.json("review_quest_entry", quest_id=quest, entry_id=entry["id"], status="accepted", review_markdown="Good *work*.")
    assert decided["status"] == "accepted" and decided["review"]["text"].strip() == "Good *work*."
    await ana.refused("review_quest_entry", "entry_already_reviewed", quest_id=quest, entry_id=entry["id"], status="rejected")
    await ana.refused("delete_quest_item", "item_has_entries", quest_id=quest, item_id=item)
    two = made["items"][1]["id"]
    done = await ana.json("complete_quest_item", quest_id=quest, item_id=two, description="By *myself*.")
    assert done["entry"]["status"] == "accepted" and done["item"]["status"] == "done"
    extra = (await ana.json("create_quest_items", quest_id=quest, items=["Gone soon"]))[0]["id"]
    assert (await ana.json("delete_quest_item", quest_id=quest, item_id=extra))["deleted"] == extra
    await ana.refused("list_quest_items", "invalid_id", quest_id="abc")
    await ana.refused("list_quest_items", "not_found", quest_id="0193b2aa-1111-7000-8000-000000000001")


async def evaluations(world, ana, maria):
    quest = world.quest([{"description": "Scored", "submission_assets": {"paper": {"asset_type": "post"}}, "eval_route_id": world.routes["lab"],
                          "eval_trigger": "owner", "leaderboard_enabled": True}], type="continuous")
    id, item = str(quest.id), str(quest.items[0].id)
    post = world.post("maria")
    world.scorer.scores[str(post.id)] = 0.75
    entry = await maria.json("submit_quest_entry", quest_id=id, item_id=item, assets={"paper": str(post.id)}, description_markdown="Scored.")
    assert entry["eval_status"] == "pending"
    await ana.json("evaluate_quest_entry", quest_id=id, entry_id=entry["id"])
    row = await asyncio.to_thread(wait_for, "the score", lambda: (found := world.ana.quests.list_entries(id)[0]).eval_score is not None and found)
    board = await maria.text("list_quest_leaderboard", quest_id=id, item_id=item)
    assert "score: 0.75" in board and "@maria" in board and "order: desc" in board, board
    action = str(row.eval_action_id)
    assert (await ana.json("get_action", id=action, include_logs=True, include_response=True))["status"] == "success"
    assert action in await ana.text("list_my_actions", status=["success"])
    assert action in await ana.text("list_route_actions", route_id=world.routes["lab"], include_other_users=True)
    assert action in await ana.text("list_asset_actions", asset_id=str(post.id))
    await ana.text("get_action_logs", action_id=action)
    rescored = await ana.json("update_quest_item", quest_id=id, item_id=item, eval_pass_min=0.1, rescore_entries=True)
    assert [started["entry_id"] for started in rescored["rescore"]["started"]] == [entry["id"]]


async def assets(world, ana, maria):
    place = world.place()
    post = await maria.json("create_post", name=world.named("By tool"), content_markdown="# Hi\n\nAsk @ana.", **place)
    id = post["id"]
    await maria.json("update_post", id=id, content_markdown="# Ho", description="words")
    full = await ana.json("get_asset", id=id, detail="full")
    assert full["id"] == id and "# Ho" in json.dumps(full)
    quest = world.quest(["one"])
    shown = await ana.json("get_asset", id=str(quest.id), detail="full")
    assert shown["asset_type"] == "quest" and shown["id"] == str(quest.id)
    assert id in await ana.text("search_assets", query="By tool", asset_type="post", scope="all")
    note = await ana.json("write_comment", content_markdown="Fine, @maria.", parent_id=id)
    await maria.json("write_comment", content_markdown="Thanks.", parent_id=note["id"])
    await ana.json("write_comment", content_markdown="Very fine.", id=note["id"])
    assert "Very fine." in await maria.text("list_comments", parent_id=id)
    await maria.text("share_asset", id=id, user_id=world.ids["nils"], role="read")
    await ana.text("get_asset_connections", asset_id=id)
    assert "table-audit" in await ana.text("get_compatible_routes", asset_id=id)
    target = os.path.join(world.home.name, "download.md")
    got = await ana.json("download_asset", id=id, output_path=target, format="markdown")
    assert os.path.exists(got["path"])

    file = await maria.json("create_file", name=world.named("tool file"), file_content_text="a,b\n1,2\n", file_name="t.csv", visibility="organization", **place)
    await maria.json("update_file", id=file["id"], file_content_text="a,b\n3,4\n", file_name="t.csv", description="new")
    assert "upload_url" in await maria.text("create_upload_url", file_name="later.csv")
    data = await maria.json("create_dataset", name=world.named("tool data"), data=[{"k": 1, "v": "x"}, {"k": 2, "v": "y"}], **place)
    dataset = data["id"]
    assert "| 2 |" in (text := await ana.text("query_dataset", dataset_id=dataset, sql="SELECT count(*) AS n FROM {{table}}")) or "2" in text
    bad = await ana.refused("query_dataset", "invalid_dataset_query", "does not exist", dataset_id=dataset, sql="SELECT nope FROM {{table}}")
    assert bad["code"] == "42703" and "hint" in bad
    await maria.json("update_dataset", id=dataset, data=[{"k": 3, "v": "z"}], data_mode="append")
    await maria.json("edit_dataset_columns", dataset_id=dataset, operations=[{"op": "add", "name": "w", "type": "text"}])
    view = await maria.json("write_dataset_view", dataset_id=dataset, name="V", sql_query="SELECT k FROM {{table}}", config={"type": "bar"})
    assert "V" in await maria.text("list_dataset_views", dataset_id=dataset)
    await maria.text("delete_dataset_view", dataset_id=dataset, view_id=view.get("view_id") or view.get("id"))
    report = await maria.json("delete_asset", id=dataset, dry_run=True)
    assert report["dry_run"]
    await maria.text("delete_asset", id=dataset)
    await ana.refused("get_asset", "not_found", id=dataset)

    service = await ana.json("create_service", name=world.named("Tool lab"), base_url=f"https://tool-{world.number}.example.org", visibility="organization", **place)
    await ana.json("update_service", id=service["id"], version="3")
    route = await ana.json("create_route", service_id=service["id"], method="POST", path="/go", name="go")
    await ana.json("update_route", id=route["id"], description="Goes.")
    await ana.refused("execute_route", "permission_denied", "evaluate entries only", route_id=route["id"], body={})
    await ana.text("delete_asset", id=service["id"])


async def people(world, ana, maria):
    assert "acme-lab" in await ana.text("list_organizations")
    assert "open-magnets" in await ana.text("list_organizations", discover=True)
    assert (await maria.json("get_me"))["username"] == "maria"
    assert "maria" in await ana.text("search_users", query="mari")
    assert (await ana.json("get_user", username="ravi"))["username"] == "ravi"
    await ana.text("get_impact", user="maria")
    stem = world.named("x").split()[-1]
    team = (await ana.json("create_team", name=f"tool-{stem}", description="By *tool*.", org_id=world.org, join_policy="request"))["id"]
    await ana.json("update_team", id=team, source_policy="web_only")
    assert (await ana.json("get_team", id=team, include_members=True))["agent_can_create"] is False
    await ana.json("update_team", id=team, source_policy="any")
    await maria.json("set_team_membership", team_id=team, member=True)
    asked = await ana.text("list_join_requests", team_id=team)
    request = str(world.ana.teams.list_join_requests(team)[0].id)
    assert request in asked
    await ana.json("review_join_request", team_id=team, request_id=request, decision="approve")
    assert team in await maria.text("list_teams", org_id=world.org)
    await ana.json("create_post", name=world.named("Feed"), content_markdown="x", org_id=world.org, team_id=team)
    assert "Feed" in await maria.text("get_team_feed", team_id=team)
    assert "Feed" in await maria.text("get_team_feed", team_id=team, unread_only=True)
    await maria.json("set_team_membership", team_id=team, member=False)
    await ana.refused("create_team", "bad_request", "slug", name="Not A Slug", description="x", org_id=world.org)


async def money(world, ana, maria):
    assert (await ana.json("get_balance", currency="btc"))["available"] >= 0
    assert "available_cents" in await ana.json("get_balance", currency="usd")
    await ana.text("list_transactions", currency="btc")
    await ana.text("list_transactions", currency="usd", limit=5)
    await ana.text("list_usage")
    await ana.json("get_pending_earnings")
    await ana.json("add_funds")
    post = world.post("maria")
    for tool, arguments in (
        ("send_money", {"recipient_id": world.ids["maria"], "amount": 5, "currency": "btc"}),
        ("unlock_asset", {"id": str(post.id), "currency": "usd"}),
        ("get_deposit_address", {}),
    ):
        await ana.refused(tool, "permission_denied", "moves no money", **arguments)
    world.entry("maria", world.quest(["notify"]))
    listed = await ana.text("list_notifications", unread_only=True, limit=5)
    assert "submitted to" in listed, listed
    first = str(world.ana.notifications.list(limit=1, unread_only=True)[0].id)
    assert first in await ana.text("read_notification", ids=[first])
    some = world.team
    for tool, arguments in (
        ("list_conversations", {}),
        ("get_conversation", {"id": some}),
        ("create_conversation", {"member_user_ids": [world.ids["maria"]], "org_id": world.org}),
        ("update_conversation", {"id": some, "name": "x"}),
        ("leave_conversation", {"id": some}),
        ("send_message", {"conversation_id": some, "text": "hi"}),
        ("list_messages", {"conversation_id": some}),
    ):
        await ana.refused(tool, "permission_denied", "no conversations", **arguments)


async def resources(world, ana, maria):
    """What a client reads without a tool."""
    post = world.post("maria")
    for uri in ("ouro://profile", "ouro://notifications/unread", f"ouro://posts/{post.id}"):
        answer = await ana.session.read_resource(uri)
        assert "error" not in answer.contents[0].text[:12], answer.contents[0].text


async def every_tool(world, ana, maria):
    """Nothing the server offers is left uncalled."""
    left = {tool.name for tool in (await ana.session.list_tools()).tools} - ana.called
    assert not left, f"never called: {sorted(left)}"


PARTS = [quests, evaluations, assets, people, money, resources, every_tool]


async def drive(world, report):
    called = set()

    def parameters(name):
        env = {"OURO_API_KEY": world.keys[name], "OURO_BASE_URL": world.url, "OURO_ORG_ID": "", "HOME": world.home.name,
               "WORKSPACE_ROOT": world.home.name, "OURO_MCP_LOG_LEVEL": "ERROR", "PATH": os.environ.get("PATH", "")}
        return StdioServerParameters(command=sys.executable, args=["-W", "ignore", "-m", "ouro_mcp.server"], env=env)

    with open(os.devnull, "w") as nowhere:
        async with stdio_client(parameters("ana"), errlog=nowhere) as (read, write), stdio_client(parameters("maria"), errlog=nowhere) as (read2, write2):
            async with ClientSession(read, write) as first, ClientSession(read2, write2) as second:
                await first.initialize()
                await second.initialize()
                ana, maria = Tools(first, called), Tools(second, called)
                for part in PARTS:
                    try:
                        await part(world, ana, maria)
                        report(f"ouro-mcp: {part.__name__}", None)
                    except Exception as error:
                        report(f"ouro-mcp: {part.__name__}", error)
