"""client.py URL KEY READER_KEY FILE...: use a gateway through PyMISP as its users do, and fail where it is not as they expect. The files are events."""
import json
import logging
import sys
import uuid

from pymisp import MISPAttribute, MISPEvent, MISPEventReport, MISPSighting, PyMISP
import requests

logging.getLogger("pymisp").setLevel(logging.CRITICAL)
url, key, reader_key, *files = sys.argv[1:]
misp = PyMISP(url, key, ssl=False)
assert misp.misp_instance_version["version"].startswith("2.5."), misp.misp_instance_version
assert misp._current_role.perm_sync and not misp._current_role.perm_site_admin
reader = PyMISP(url, reader_key, ssl=False)
assert not reader._current_role.perm_add
try:
    PyMISP(url, "x" * 40, ssl=False)
    raise SystemExit("a stranger came in")
except Exception as e:
    assert "403" in str(e) or "Authentication failed" in str(e), e

# An event goes in and comes back.
event = MISPEvent()
event.info, event.distribution, event.threat_level_id, event.analysis = "Letters", 3, 2, 1
event.add_tag("tlp:green")
event.add_attribute("domain", "bad.example.org", to_ids=True, comment="first")
event.add_attribute("ip-dst", "192.0.2.7", to_ids=True).add_tag("c2")
event.add_attribute("comment", "only words")
added = misp.add_event(event, pythonify=True)
assert isinstance(added, MISPEvent) and added.uuid == event.uuid and len(added.attributes) == 3, added
assert misp.event_exists(event.uuid) and not misp.event_exists(str(uuid.uuid4()))
assert "errors" in misp.add_event(event), "twice"
assert "errors" in reader.add_event(event), "a reader writes"
published = misp.publish(added)
assert "errors" not in published, published
back = reader.get_event(event.uuid, pythonify=True)
assert back.published and back.info == "Letters" and {a.value for a in back.attributes} == {"bad.example.org", "192.0.2.7", "only words"}, back.to_json()
assert [t.name for t in back.tags] == ["tlp:green"] and back.distribution == 2, back.to_json()
assert {a.value: a.uuid for a in back.attributes} == {a.value: a.uuid for a in event.attributes}
assert reader.get_event(back.id, pythonify=True).uuid == event.uuid, "by its number"

# One more attribute; a newer version.
more = MISPAttribute()
more.type, more.value, more.to_ids = "url", "http://bad.example.org/a", True
got = misp.add_attribute(event, more, pythonify=True)
assert isinstance(got, MISPAttribute) and got.uuid == more.uuid or got.value == more.value, got
back = misp.get_event(event.uuid, pythonify=True)
assert len(back.attributes) == 4
back.info = "Letters, more of them"
back.timestamp = int(back.timestamp.timestamp()) + 10
updated = misp.update_event(back, pythonify=True)
assert isinstance(updated, MISPEvent), updated
back = reader.get_event(event.uuid, pythonify=True)
assert back.info == "Letters, more of them" and len(back.attributes) == 4, back.to_json()
refused = misp.update_event(back)
assert "errors" in refused and "not newer" in json.dumps(refused), refused

# A report of it.
report = MISPEventReport()
report.name, report.content, report.distribution = "How it began", "# A letter", 5
assert "errors" not in misp.add_event_report(event, report)
assert [r.name for r in reader.get_event(event.uuid, pythonify=True).event_reports] == ["How it began"]
assert "errors" in reader.add_event_report(event, report), "a reader writes"

# Searches.
found = reader.search(controller="attributes", value="bad.example.org", pythonify=True)
assert [a.value for a in found] == ["bad.example.org"] and found[0].Event.uuid == event.uuid, found
assert len(reader.search(controller="attributes", type_attribute=["domain", "url"], to_ids=True, pythonify=True)) == 2
assert [e.uuid for e in reader.search(tags=["tlp:green"], published=True, publish_timestamp="1d", pythonify=True)] == [event.uuid]
assert reader.search(tags=["tlp:red"]) == []
assert reader.search(controller="events", value="192.0.2.7", metadata=True, pythonify=True)[0].uuid == event.uuid
assert "bad.example.org" in reader.search(controller="attributes", return_format="csv", type_attribute="domain")
assert [r["value"] for r in reader.search(controller="attributes", return_format="csv", type_attribute="domain", pythonify=True)] == ["bad.example.org"]
assert reader.search(controller="attributes", return_format="text", type_attribute="domain").strip() == "bad.example.org"
assert "bad.example.org CNAME ." in reader.search(controller="attributes", return_format="rpz")
assert 'content:".bad.example.org"' in reader.search(controller="attributes", return_format="suricata")
bundle = reader.search(controller="events", return_format="stix2", eventid=event.uuid)
assert bundle["type"] == "bundle" and any(o["type"] == "indicator" for o in bundle["objects"]), bundle
index = reader.search_index(published=True, pythonify=True)
assert [e.uuid for e in index] == [event.uuid], index
assert [e["uuid"] for e in reader.search_index(minimal=True)] == [event.uuid]
assert "errors" in reader.search(controller="attributes", object_name="file"), "a filter that is not there is silently dropped"
assert [e.uuid for e in reader.search_index(attribute="bad.example", eventinfo="letters", distribution=[2], sort="date", desc=True, pythonify=True)] == [event.uuid]
assert reader.search_index(attribute="elsewhere") == [] and reader.search_index(distribution=[3]) == []
for narrower in ({"hasproposal": 1}, {"sharinggroup": [1]}, {"email": "a@b.example"}, {"sort": "colour"}):
    assert "errors" in reader.search_index(**narrower), narrower
for narrower in ({"exclude_decayed": True}, {"sharinggroup": 1}, {"return_format": "openioc"}, {"return_format": "attack"}):
    assert "errors" in str(reader.search(controller="attributes", **narrower)) or "want json" in str(reader.search(controller="attributes", **narrower)), narrower
assert "errors" in str(reader.search(controller="objects", object_name="file"))
cached = reader.search(controller="attributes", return_format="cache", include_event_uuid=True, type_attribute="domain").split()
assert len(cached) == 1 and cached[0].endswith("," + event.uuid), cached
assert len(reader.search(controller="attributes", enforce_warninglist=True, searchall="bad.example.org", page=1, limit=10, pythonify=True)) == 2
assert reader.direct_call("attributes/restSearch", {"returnFormat": "json", "value": "192.0.2.7"})["Attribute"][0]["value"] == "192.0.2.7"
one = reader.get_attribute(event.attributes[0].uuid, pythonify=True)
assert one.value == "bad.example.org", one

# Sightings.
sighting = MISPSighting()
sighting.from_dict(value="bad.example.org", source="sensor", type=0)
assert "errors" not in misp.add_sighting(sighting)
assert "errors" not in misp.add_sighting({"type": "1"}, event.attributes[1])
back = reader.get_event(event.uuid, pythonify=True)
seen = {a.value: [s.source for s in a.sightings] for a in back.attributes if a.sightings}
assert seen == {"bad.example.org": ["sensor"], "192.0.2.7": [""]}, seen
assert len(reader.sightings(back)) == 2, reader.sightings(back)
assert len(reader.search_sightings(context="event", context_id=event.uuid)) == 2
assert len(reader.search_sightings(context="event", context_id=event.uuid, source="sensor")) == 1
assert len(reader.search_sightings(context="event", context_id=event.uuid, org="nobody")) == 0
assert len(reader.search_sightings(publish_timestamp="1d", type_sighting="1", include_attribute=True, include_event_meta=True)) == 1

# Events of others go in, and what comes out says the same values.
for name in files:
    with open(name, encoding="utf-8") as f:
        try:
            raw = json.load(f)
        except ValueError:
            continue
    raw = raw.get("response", raw) if isinstance(raw, dict) else raw
    raw = raw[0] if isinstance(raw, list) else raw
    theirs = MISPEvent()
    try:
        theirs.load(raw)
    except Exception as e:
        print(f"{name.rsplit('/', 1)[-1]}: PyMISP cannot read it: {e}")
        continue
    theirs.distribution = 3
    result = misp.add_event(theirs, pythonify=True)
    assert isinstance(result, MISPEvent), (name, result)
    back = misp.get_event(theirs.uuid, pythonify=True, deleted=True)
    assert isinstance(back, MISPEvent), (name, back)
    values = lambda e: {(a.type, a.value) for a in e.attributes} | {(a.type, a.value) for o in e.objects for a in o.attributes}
    lost = {v for v in values(theirs) - values(back)}
    assert not lost, (name, lost)
    print(f"{name.rsplit(chr(47), 1)[-1]}: {len(values(theirs))} values")

# The feed.
head = {"Authorization": reader_key}
manifest = requests.get(url + "/feed/manifest.json", headers=head)
assert manifest.headers["ETag"].startswith('"') and event.uuid in manifest.json()
again = requests.get(url + "/feed/manifest.json", headers=head | {"If-None-Match": manifest.headers["ETag"]})
assert again.status_code == 304, again.status_code
feed = MISPEvent()
feed.load(requests.get(f"{url}/feed/{event.uuid}.json", headers=head).json())
assert feed.distribution == 1 and len(feed.attributes) == 4, feed.to_json()
assert any(l.endswith("," + event.uuid) for l in requests.get(url + "/feed/hashes.csv", headers=head).text.splitlines())
print("PyMISP: events, attributes, searches, sightings, feed")
