"""serve_medallion.py WORK USER PASSWORD [DATA]: serve medallion with its memory backend on a free port.

The first line that it prints is JSON: the port, and the path of a collection that may be written to.
"""
import json
import os
import sys

from medallion import application_instance, register_blueprints, set_config
from werkzeug.serving import make_server

work, user, password = sys.argv[1:4]
COLLECTION = "365fed99-08fa-fdcd-a1b3-fb247eb41d01"
data = os.path.join(work, "data.json")
if len(sys.argv) > 4:
    data = sys.argv[4]
else:
    with open(data, "w") as f:
        json.dump({
            "/discovery": {"title": "medallion", "default": "/root/", "api_roots": ["/root/"]},
            "root": {
                "information": {"title": "root", "versions": ["application/taxii+json;version=2.1"], "max_content_length": 104857600},
                "status": [],
                "collections": [{"id": COLLECTION, "title": "c", "can_read": True, "can_write": True,
                                 "media_types": ["application/stix+json;version=2.1"], "objects": [], "manifest": []}],
            },
        }, f)
configuration = {
    "backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend", "filename": data},
    "users": {user: password},
    "taxii": {"max_page_size": 100},
}
for part in ("users", "taxii", "backend"):
    set_config(application_instance, part, configuration)
register_blueprints(application_instance)
server = make_server("127.0.0.1", 0, application_instance, threaded=True)
root = "trustgroup1" if len(sys.argv) > 4 else "root"
print(json.dumps({"port": server.server_port, "collection": f"/{root}/collections/{COLLECTION}/"}), flush=True)
server.serve_forever()
