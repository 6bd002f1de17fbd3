"""client.py DISCOVERY USER TOKEN: use a TAXII server through taxii2-client as its users do, and fail where it is not as they expect."""
import json
import sys
import uuid

from taxii2client.v21 import ApiRoot, Collection, Server, Status, as_pages
from taxii2client.common import TokenAuth
import requests

url, user, token = sys.argv[1:4]
server = Server(url, user=user, password=token)
assert server.title and server.default and len(server.api_roots) == 1, server.title
root = server.default
assert root.title and "application/taxii+json;version=2.1" in root.versions and root.max_content_length >= 100 << 20
[collection] = [c for c in root.collections if c.can_write]
assert collection.can_read and collection.media_types == ["application/stix+json;version=2.1", "application/stix+json;version=2.0"], collection
assert Collection(collection.url, user=user, password=token).title == collection.title
assert ApiRoot(root.url, auth=TokenAuth(token)).title == root.title  # its word in the header is Token

total = 257
ids = [f"identity--{uuid.uuid4()}" for _ in range(total)]
objects = [{"type": "identity", "spec_version": "2.1", "id": i, "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z", "name": "n"} for i in ids]
status = collection.add_objects({"objects": objects + [{"type": "identity", "id": "identity--x"}]})
assert isinstance(status, Status) and status.status == "complete", status.status
assert (status.total_count, status.success_count, status.failure_count, status.pending_count) == (total + 1, total, 1, 0), status._raw
assert status.failures[0]["message"], status.failures
status.refresh()
again = root.get_status(status.id)
assert again.failure_count == 1

everything = collection.get_objects()
assert [o["id"] for o in everything["objects"]] == ids and everything["objects"] == objects, "not what was sent"
pages = list(as_pages(collection.get_objects, per_request=100))
assert [len(p["objects"]) for p in pages] == [100, 100, 57], [len(p["objects"]) for p in pages]
assert [o["id"] for p in pages for o in p["objects"]] == ids
manifest = [m for p in as_pages(collection.get_manifest, per_request=50) for m in p["objects"]]
assert [m["id"] for m in manifest] == ids
added = [m["date_added"] for m in manifest]
assert added == sorted(set(added)) and all(len(a) == 27 for a in added), "dates are not strictly increasing"
after = collection.get_objects(added_after=added[99])
assert [o["id"] for o in after["objects"]] == ids[100:]
assert collection.get_objects(added_after=added[-1]) == {}
one = collection.get_objects(id=[ids[3], ids[5]], type="identity", version="all", spec_version="2.1")
assert [o["id"] for o in one["objects"]] == [ids[3], ids[5]]
assert collection.get_object(ids[7])["objects"] == [objects[7]]

newer = dict(objects[7], modified="2026-02-01T00:00:00.000Z", name="m")
assert collection.add_objects(json.dumps({"objects": [newer]})).success_count == 1
assert collection.object_versions(ids[7])["versions"] == ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"]
assert collection.get_object(ids[7])["objects"] == [newer]
assert collection.get_object(ids[7], version="first")["objects"] == [objects[7]]
collection.delete_object(ids[7], version="2026-02-01T00:00:00.000Z")
assert collection.get_object(ids[7])["objects"] == [objects[7]]
collection.delete_object(ids[7])
for refused in (lambda: collection.get_object(ids[7]), lambda: collection.delete_object(ids[7])):
    try:
        refused()
        raise AssertionError("an object that was deleted is there")
    except requests.HTTPError as e:
        assert e.response.status_code == 404
try:
    Server(url, user=user, password="wrong").title
    raise AssertionError("a wrong token is taken")
except requests.HTTPError as e:
    assert e.response.status_code == 401
print("taxii2-client: all as expected")
