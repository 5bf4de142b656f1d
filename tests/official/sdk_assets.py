"""Posts, files, datasets, services, routes and what all assets have, through ouro-py."""

import tempfile
from pathlib import Path

import httpx
import pandas as pd
from ouro import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    UnprocessableEntityError,
)
from ouro._exceptions import APIStatusError

from world import check, refused

NOWHERE = "0193b2aa-1111-7000-8000-000000000001"


@check
def posts_are_written_read_changed_and_deleted(world):
    content = world.maria.posts.Content()
    content.from_markdown("# Title\n\n- [x] done\n- [ ] open\n\n> [!NOTE]\n> careful")
    name = world.named("Rich")
    post = world.maria.posts.create(name=name, content=content, description="About *it*", license_id="MIT", **world.place())
    kinds = [node["type"] for node in post.content.data["content"]]
    assert kinds == ["heading", "taskList", "callout"], kinds
    assert post.preview["type"] == "doc" and post.attribution.originality == "original" and post.license_id == "MIT"
    found = world.maria.posts.retrieve(str(post.id))
    assert found.name == name and found.description.text.strip() == "About *it*" and found.user.username == "maria"
    changed = world.maria.posts.update(str(post.id), content="Now **this**.", name=name + "!", visibility="private")
    assert changed.content.text.strip() == "Now **this**." and changed.visibility == "private" and changed.name == name + "!"
    with refused(PermissionDeniedError):
        other = world.post("maria")
        world.olga.posts.update(str(other.id), name="hers")
    with refused(UnprocessableEntityError):
        world.maria.posts.update(str(post.id), visibility="public")
    with refused(UnprocessableEntityError):
        world.maria.posts.create(name="x" * 256, content="y")
    assert str(post.id) in [str(hit.id) for hit in world.maria.posts.list(scope="personal", limit=50)]
    assert world.maria.posts.delete(str(post.id), dry_run=True).dry_run
    world.maria.posts.delete(str(post.id))
    with refused(NotFoundError):
        world.maria.posts.retrieve(str(post.id))
    public = world.maria.posts.create(name=world.named("Personal"), content="x")
    assert public.visibility == "public" and public.organization.name == "global"


@check
def files_are_uploaded_read_replaced_and_deleted(world):
    name = world.named("measure") + ".csv"
    file = world.maria.files.create(name, "organization", file_content=b"t,m\n1,2\n3,4\n", file_name="m.csv", **world.place())
    assert file.metadata.extension == "csv" and file.metadata.size == 12 and file.metadata.bucket == "files"
    assert file.preview == [{"t": "1", "m": "2"}, {"t": "3", "m": "4"}]
    found = world.maria.files.retrieve(str(file.id))
    assert httpx.get(found.data.url).content == b"t,m\n1,2\n3,4\n", "the address needs no key"
    assert world.maria.files.retrieve(str(file.id), include_data=False).data is None
    assert world.ana.files.read_data(str(file.id)).url
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "new.txt"
        path.write_text("hello")
        replaced = world.maria.files.update(str(file.id), file_path=str(path), name="renamed.txt")
        assert replaced.name == "renamed.txt" and replaced.metadata.extension == "txt" and replaced.metadata.size == 5
        other = world.maria.files.create(world.named("from disk"), "private", file_path=str(path), **world.place())
        assert other.metadata.type == "text/plain"
    renamed = world.maria.files.update(str(file.id), description="words")
    assert renamed.description.text.strip() == "words" and renamed.metadata.size == 5
    world.maria.files.share(str(other.id), world.ids["ana"], "read")
    assert world.ana.files.retrieve(str(other.id)).data.url
    with refused(PermissionDeniedError):
        world.ana.files.share(str(other.id), world.ids["olga"], "read")
    with refused(NotFoundError):
        world.nils.files.retrieve(str(file.id))
    hits = world.maria.files.search(extension="txt", scope="all", limit=None)
    assert str(file.id) in [str(hit.id) for hit in hits]
    assert str(file.id) not in [str(hit.id) for hit in world.maria.files.search(file_type="image", scope="all")]
    assert len(world.maria.files.list(limit=1)) == 1
    assert world.maria.files.partial_from_bytes(b"x", "x.txt", name="x")
    assert world.maria.files.delete(str(file.id)).asset_type == "file"
    with refused(NotFoundError):
        world.maria.files.read_data(str(file.id))
    tricky = world.maria.files.create(world.named("tricky"), "private", file_content=b"x", file_name="../../etc/passwd", **world.place())
    assert tricky.metadata.name == "passwd" and ".." not in tricky.metadata.path
    with refused(UnprocessableEntityError):
        world.maria.files.create("x", "private", file_content=b"x", file_name="..")


@check
def uploads_are_reserved_put_and_taken(world):
    place = world.maria.files.create_upload_url("run.csv", content_type="text/csv")
    with refused(NotFoundError):
        world.maria.files.create("early", "private", upload_id=place["upload_id"])
    put = httpx.request(place["method"], place["upload_url"], content=b"a\n1\n", headers=place["headers"])
    assert put.status_code == 200 and place["expires_in"] > 0
    with refused(NotFoundError):
        world.ana.files.create("not hers", "private", upload_id=place["upload_id"])
    file = world.maria.files.create(world.named("uploaded"), "private", upload_id=place["upload_id"], file_name="kept.csv", **world.place())
    assert str(file.id) == place["upload_id"] and file.metadata.name == "kept.csv" and file.metadata.size == 4
    late = httpx.put(place["upload_url"], content=b"other")
    assert late.status_code == 409, "an upload that became a file is not written over"
    again = world.maria.files.create_upload_url("next.csv")
    httpx.put(again["upload_url"], content=b"a\n1\n2\n", headers=again["headers"])
    updated = world.maria.files.update(str(file.id), upload_id=again["upload_id"])
    assert updated.metadata.size == 6 and httpx.get(updated.read_data().url).content == b"a\n1\n2\n"
    text = world.maria.files.create_upload_url("body.md")
    httpx.put(text["upload_url"], content=b"# Hi", headers=text["headers"])
    assert world.maria.files.read_upload(text["upload_id"], discard=False) == b"# Hi"
    world.maria.files.discard_upload(text["upload_id"])
    with refused(NotFoundError):
        world.maria.files.read_upload(text["upload_id"])
    assert httpx.put(world.url + "/uploads/a.b.c", content=b"x").status_code == 403


def table(world, who="maria", **fields):
    data = pd.DataFrame({"Sample ID": ["a", "b", "c"], "Tc (K)": [310.5, 402.0, None], "n": [1, 2, 3], "ok": [True, False, True]})
    fields = {**world.place(), "visibility": "organization", **fields}
    return world.client(who).datasets.create(world.named("Curie"), data=fields.pop("data", data), **fields)


@check
def datasets_are_made_read_and_described(world):
    dataset = table(world, description="Measured.")
    id = str(dataset.id)
    assert dataset.row_ingest.inserted == 3 and dataset.metadata.columns == ["sample_id", "tc_k", "n", "ok"]
    assert dataset.metadata.schema_name == "datasets" and dataset.metadata.table_name.startswith("dataset_")
    found = world.ana.datasets.retrieve(id)
    assert found.preview[0]["sample_id"] == "a" and found.description.text.strip() == "Measured."
    stats = world.ana.datasets.stats(id)
    assert (stats.count, stats.column_count) == (3, 4)
    schema = {column.name: column.type for column in world.ana.datasets.schema(id)}
    assert schema == {"sample_id": "text", "tc_k": "double precision", "n": "bigint", "ok": "boolean"}
    frame = world.ana.datasets.query(id)
    assert list(frame["sample_id"]) == ["a", "b", "c"]
    page = world.ana.datasets.list_rows(id, limit=2)
    assert len(page) == 2 and page.has_more and page.total == 3
    rest = world.ana.datasets.list_rows(id, limit=2, cursor=page.next_cursor)
    assert [row["sample_id"] for row in rest] == ["c"] and not rest.has_more and rest.next_cursor is None
    assert world.ana.datasets.permissions(id) == []
    world.maria.assets.share(id, world.ids["ravi"], "write")
    grant = world.maria.datasets.permissions(id)[0]
    assert grant.role == "write" and grant.user.username == "ravi"
    assert len(world.ana.datasets.list(query="Curie", scope="all", limit=200)) >= 1


@check
def datasets_answer_read_only_sql(world):
    id = str(table(world).id)
    frame = world.ana.datasets.query(id, "SELECT count(*) AS n, max(tc_k) AS top FROM {{table}}")
    assert list(frame["n"]) == [3] and list(frame["top"]) == [402.0]
    page = world.ana.datasets.list_rows(id, sql="SELECT n FROM {{table}} ORDER BY n DESC", limit=1, offset=1)
    assert [row["n"] for row in page] == [2] and page.total == 3 and page.has_more and "SELECT n" in page.sql
    with refused(BadRequestError, code="42703", words="does not exist"):
        world.ana.datasets.query(id, "SELECT curie FROM {{table}}")
    for hostile in (
        "DELETE FROM {{table}}", "DROP TABLE {{table}}", "SELECT 1; DROP TABLE {{table}}", "ATTACH DATABASE 'x' AS y",
        "SELECT * FROM sqlite_master", "SELECT load_extension('x')", "SELECT * FROM users", "not sql at all",
    ):
        with refused(BadRequestError):
            world.ana.datasets.query(id, hostile)
    assert world.ana.datasets.stats(id).count == 3
    with refused(UnprocessableEntityError, words="no language model"):
        world.ana.datasets.query(id, prompt="the hot ones")
    with refused(NotFoundError):
        world.nils.datasets.query(id, "SELECT 1 FROM {{table}}")


@check
def rows_are_appended_replaced_merged_and_checked(world):
    import json

    body = {"name": world.named("Keyed"), "visibility": "organization", "rows": [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}],
            "schema": "CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT, note TEXT)", **world.place()}
    answer = world.maria.client.post("/datasets/create/from-schema", json={"dataset": body}).json()
    id = answer["data"]["id"]
    sets = world.maria.datasets
    merged = sets.update(id, data=[{"id": 2, "v": "B"}, {"id": 3, "v": "c"}], data_mode="upsert")
    assert (merged.row_ingest.inserted, merged.row_ingest.updated) == (1, 1)
    changed = sets.update(id, data=[{"id": 1, "note": "n"}, {"id": 9, "note": "x"}], data_mode="update")
    assert (changed.row_ingest.updated, changed.row_ingest.skipped) == (1, 1)
    rows = {row["id"]: row for row in sets.list_rows(id)}
    assert rows[1]["v"] == "a" and rows[1]["note"] == "n" and rows[2]["v"] == "B" and len(rows) == 3, json.dumps(rows)
    with refused(ConflictError):
        sets.update(id, data=[{"id": 1, "v": "again"}])
    more = sets.update(id, data=[{"id": 4, "v": "d", "extra": 1}], name="Renamed")
    assert more.name == "Renamed" and more.ingest_warning["ignored_columns"] == [{"column": "extra", "count": 1}]
    sets.update(id, data=[{"id": 7, "v": "z"}], data_mode="overwrite")
    assert [row["id"] for row in sets.list_rows(id)] == [7]
    plain = str(table(world).id)
    with refused(ConflictError):
        sets.update(plain, data=[{"n": 1}], data_mode="upsert")
    with refused(PermissionDeniedError):
        world.olga.datasets.update(plain, data=[{"n": 4}])
    many = sets.update(plain, data=[{"n": number, "sample_id": "x" * 50} for number in range(500)])
    assert many.row_ingest.inserted == 500, "packed bodies are read"


@check
def columns_indexes_references_and_views_are_kept(world):
    post = world.post("maria")
    data = [{"what": str(post.id), "state": "new"}, {"what": None, "state": "old"}]
    dataset = table(world, data=data, refs={"what": "post"}, enum_columns={"state": ["new", "old"]}, indexes=["state"])
    id, sets = str(dataset.id), world.maria.datasets
    schema = {column.name: column for column in sets.schema(id)}
    assert schema["what"].semantic_type == "reference" and schema["what"].ref_kind == "asset"
    assert schema["state"].enum_values == ["new", "old"]
    page = sets.list_rows(id, resolve_refs=True)
    assert page.resolved_refs["what"][str(post.id)].name == post.name
    with refused(UnprocessableEntityError):
        sets.update(id, data=[{"state": "worn"}])
    skipped = sets.update(id, data=[{"what": NOWHERE, "state": "new"}])
    assert skipped.row_ingest.skipped == 1
    sets.add_column(id, "Grade", enum_values=["a", "b"])
    sets.add_column(id, "size", type="numeric")
    sets.update_column(id, "grade", new_name="mark", enum_values=["a", "b", "c"])
    sets.drop_column(id, "size")
    assert world.maria.datasets.retrieve(id).metadata.columns == ["what", "state", "mark"]
    with refused(ConflictError):
        sets.add_column(id, "state")
    with refused(NotFoundError):
        sets.drop_column(id, "nothing")
    assert [index.columns for index in sets.list_indexes(id)] == [["state"]]
    made = sets.create_index(id, ["mark", "state"])
    assert sets.create_index(id, ["mark", "state"]).name == made.name and len(sets.list_indexes(id)) == 2
    sets.update(id, data=[{"state": "new"}, {"state": "new"}])
    with refused(ConflictError):
        sets.create_index(id, ["what", "mark"], unique=True)
    sets.drop_index(id, made.name)
    with refused(NotFoundError):
        sets.drop_index(id, made.name)
    view = sets.create_view(id, "By state", sql_query="SELECT state, count(*) AS n FROM {{table}} GROUP BY state", config={"type": "bar"})
    assert view.config == {"type": "bar"} and [row.name for row in world.ana.datasets.list_views(id)] == ["By state"]
    assert sets.update_view(id, str(view.id), name="Renamed").name == "Renamed"
    with refused(BadRequestError):
        sets.create_view(id, "Bad", sql_query="SELECT nothing FROM {{table}}")
    with refused(UnprocessableEntityError):
        sets.create_view(id, "Prompted", prompt="a chart")
    sets.delete_view(id, str(view.id))
    assert sets.list_views(id) == []
    assert sets.delete(id, dry_run=True).dry_run and sets.delete(id).asset_type == "dataset"


@check
def services_and_routes_are_described(world):
    service = world.ana.services.create(world.named("Lab"), f"https://{world.number}.example.org", visibility="organization", version="1", **world.place())
    id = str(service.id)
    assert service.metadata.base_url.endswith("example.org") and service.metadata.authentication == "None"
    assert world.ana.services.update(id, version="2", description="Words").metadata.version == "2"
    route = world.ana.routes.create(id, "POST", "/relax", name="relax", input_assets={"structure": {"asset_type": "file"}})
    assert route.visibility == "inherit" and str(route.parent_id) == id and route.route.method == "POST"
    with refused(ConflictError):
        world.ana.routes.create(id, "POST", "/relax")
    changed = world.ana.routes.update(str(route.id), description="Relaxes.", execution_mode="async")
    assert changed.name == "relax" and changed.route.execution_mode == "async"
    assert world.maria.routes.retrieve(f"{id}/relax").id == route.id
    assert [row.name for row in world.maria.services.read_routes(id)] == ["relax"]
    assert "/relax" in world.maria.services.read_spec(id)["paths"]
    assert id in [str(row.id) for row in world.ana.services.list()]
    assert str(route.id) in [str(row.id) for row in world.ana.routes.list(query="relax", scope="personal")]
    assert [row.id for row in world.ana.assets.children(id)] == [route.id]
    post = world.post("maria")
    assert world.ana.routes.cost(str(route.id), str(post.id)).total_cost == 0
    assert world.ana.routes.stats(str(route.id)).total == 0
    with refused(PermissionDeniedError):
        world.maria.routes.update(str(route.id), description="mine")
    for call in (
        lambda: world.ana.routes.execute(str(route.id), body={}),
        lambda: world.ana.services.create("x", "https://x.example.org", spec_url="https://x.example.org/openapi.json", **world.place()),
        lambda: world.ana.services.update(id, spec_url="https://x.example.org/openapi.json"),
        lambda: world.ana.services.set_authentication(id, "secret"),
    ):
        with refused(PermissionDeniedError, code="not_in_local_backend"):
            call()
    with refused(ConflictError):
        world.ana.services.delete(id, delete_children=False)
    assert world.ana.routes.delete(str(route.id)).asset_type == "route"
    assert world.ana.services.delete(id).asset_type == "service"
    lab = world.maria.routes.retrieve(world.routes["lab"])
    assert "url" not in (lab.route.model_dump() if lab.route else {}), "where a route answers is nobody's business"
    assert world.ana.services.retrieve(str(lab.parent_id)).name


@check
def runs_are_listed_by_route_asset_and_person(world):
    quest = world.quest([{"description": "Scored", "submission_assets": {"paper": {"asset_type": "post"}}, "eval_route_id": world.routes["table-audit"]}])
    post = world.post("maria")
    entry = world.entry("maria", quest, assets={"paper": str(post.id)})
    action = str(entry.eval_action_id)
    assert action in [str(run.id) for run in world.maria.routes.list_my_actions(status=["success", "error"], limit=50)]
    assert world.maria.routes.list_my_actions(since="2100-01-01T00:00:00Z").data == []
    assert action in [str(run.id) for run in world.ana.routes.list_actions(world.routes["table-audit"], include_other_users=True, limit=50)]
    assert action not in [str(run.id) for run in world.ana.routes.list_actions(world.routes["table-audit"])]
    assert world.maria.routes.stats(world.routes["table-audit"]).total >= 1
    both = world.ana.assets.actions(str(post.id), include_response=True)
    assert both.created_by is None and [str(run.id) for run in both.as_input] == [action] and both.as_input[0].response
    assert [str(run.id) for run in world.ana.assets.actions(str(post.id), role="input").as_input] == [action]
    assert world.ana.assets.actions(str(post.id), role="output").created_by is None
    with refused(NotFoundError):
        world.nils.routes.retrieve_action(action)


@check
def any_asset_tells_its_type_counts_links_and_facts(world):
    target = world.post("maria")
    words = f"See [it](post:{target.id}).\n\n```assetComponent\n{{\"id\": \"{target.id}\", \"assetType\": \"post\", \"viewMode\": \"card\"}}\n```"
    source = world.ana.posts.create(name=world.named("Source"), content=words, **world.place())
    assert [asset["id"] for asset in source.assets] == [str(target.id)]
    links = world.ana.assets.connections(str(target.id), direction="target")
    assert sorted(link.type for link in links) == ["component", "link"] and str(links[0].source.id) == str(source.id)
    assert [link.type for link in world.ana.assets.connections(str(source.id), type=["link"], direction="source")] == ["link"]
    for kind, id in (("post", target.id), ("quest", world.quest(["x"]).id), ("route", world.routes["lab"])):
        assert world.ana.assets.retrieve(str(id)).asset_type == kind
    with refused(NotFoundError):
        world.ana.assets.retrieve(NOWHERE)
    with refused(BadRequestError):
        world.ana.assets.retrieve("abc")
    world.ana.comments.create("Good.", str(target.id))
    counts = world.ana.assets.counts(str(target.id))
    assert (counts.views, counts.comments) == (1, 1)
    impact = world.ana.assets.impact([str(target.id), NOWHERE])
    assert len(impact) == 1 and impact[0].external_comments == 1 and impact[0].quality_views == 1
    facts = {fact.key: fact.value for fact in world.ana.assets.properties(str(target.id), history=True)}
    assert facts["words"] == 4 and facts["headings"] == 1, facts
    assert world.ana.assets.tags(str(target.id)) == []
    lineage = world.ana.assets.lineage(str(target.id))
    assert lineage.asset.lineage_role == "new" and lineage.sources == [] and not lineage.truncated
    offered = world.ana.assets.compatible_routes(str(target.id), query="audit")
    assert [route.name for route in offered] == ["table-audit"]
    assert len(world.ana.assets.compatible_routes(str(target.id), limit=1)) == 1
    world.maria.assets.share(str(target.id), world.ids["nils"], "read")
    assert world.nils.assets.retrieve(str(target.id)).name == target.name
    assert any(row.type == "share" for row in world.nils.notifications.list(category="shares"))
    assert world.maria.assets.delete(str(target.id), dry_run=True).dry_run
    assert world.maria.assets.delete(str(target.id)).asset_type == "post"


@check
def assets_are_downloaded(world):
    post, data = world.post("maria"), table(world)
    file = world.maria.files.create(world.named("raw"), "organization", file_content=b"\x00\x01", file_name="Größe.bin", **world.place())
    with tempfile.TemporaryDirectory() as home:
        def bytes_of(id, **how):
            got = world.ana.assets.download(str(id), output_path=home, **how)
            return got, Path(got.path).read_bytes()

        page, html = bytes_of(post.id)
        assert page.filename.endswith(".html") and b"<h1>Findings</h1>" in html
        assert bytes_of(post.id, format="markdown")[1].decode().strip().startswith("# Findings")
        assert bytes_of(data.id)[1].splitlines()[:2] == [b"sample_id,tc_k,n,ok", b"a,310.5,1,true"]
        got, raw = bytes_of(file.id)
        assert got.filename == "Größe.bin" and raw == b"\x00\x01"
    link = world.ana.assets.create_download_url(str(post.id))
    assert link["asset_type"] == "post" and link["expires_in"] > 0
    assert httpx.get(link["download_url"]).text.startswith("# Findings")
    html = world.ana.assets.create_download_url(str(post.id), format="html")
    assert "<h1>" in httpx.get(html["download_url"]).text
    assert world.ana.assets.counts(str(post.id)).downloads == 2
    with refused(NotFoundError):
        world.nils.assets.download(str(file.id))
    with refused(BadRequestError):
        world.ana.assets.download(str(world.quest(["x"]).id))


@check
def search_filters_sorts_and_pages(world):
    word = f"Zirconium{world.named('x').split()[-1]}"
    posts = [world.maria.posts.create(name=f"{word} {number}", content="x", **world.place()) for number in range(3)]
    world.maria.posts.create(name=f"{word} private", content="x", visibility="private", **world.place())
    find = world.ana.assets.search
    assert [str(hit.id) for hit in find(word, asset_type="post", scope="all")] == [str(post.id) for post in reversed(posts)]
    page = find(word, limit=2)
    assert len(page) == 2 and page.has_more
    assert len(find(word, limit=2, offset=2)) == 1
    assert len(find(word, user_id=world.ids["ana"])) == 0 and len(find(word, scope="shared")) == 0
    assert len(find(word, visibility="private")) == 0 and len(world.maria.assets.search(word, visibility="private")) == 1
    assert len(find(word, team_id="null", org_id="", source="api", top_level_only=True)) == 3, "blank filters are left out"
    for post in posts[:1]:
        world.maria.posts.update(str(post.id), description="changed")
    assert str(find(word, sort="updated")[0].id) == str(posts[0].id)
    world.ana.assets.retrieve(str(posts[1].id))
    world.maria.assets.share(str(posts[2].id), world.ids["ana"], "read")
    assert [str(hit.id) for hit in find(word, scope="shared")] == [str(posts[2].id)]
    assert str(find(word, sort="popular", time_window="month")[0].id) == str(posts[1].id)
    assert len(find(limit=None, asset_type="post", scope="personal")) >= 0
    with refused(APIStatusError):
        find(word, scope="everywhere")
    with refused(BadRequestError):
        find(word, org_id="abc")
    with refused(BadRequestError):
        find(word, sort="loudest")
    with refused(BadRequestError):
        find(word, metadata_filters={"x') OR 1 --": "y"})
    assert [str(hit.id) for hit in find(str(posts[1].id))] == [str(posts[1].id)]
    assert len(world.nils.assets.search(word, scope="all")) == 0
