"""serve_opentaxii.py WORK USER PASSWORD: serve OpenTAXII over SQLite on a free port.

The first line that it prints on standard output is JSON: the port, and the path of a collection that may be written to.
"""
import json
import os
import sys

work, user, password = sys.argv[1:4]
conf = os.path.join(work, "opentaxii.yml")
with open(conf, "w") as f:
    f.write(f"""---
domain: "localhost"
support_basic_auth: yes
return_server_error_details: yes
auth_api:
  class: opentaxii.auth.sqldb.SQLDatabaseAPI
  parameters:
    db_connection: sqlite:///{work}/auth.db
    create_tables: yes
    secret: parley-interop
    token_ttl_secs: 36000
taxii1:
taxii2:
  persistence_api:
    class: opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI
    parameters:
      db_connection: sqlite:///{work}/data.db
      create_tables: yes
  max_content_length: 104857600
  title: "OpenTAXII"
  public_discovery: true
logging:
  root: warning
""")
os.environ["OPENTAXII_CONFIG"] = conf
from opentaxii.http import app
from opentaxii.local import context
from opentaxii.taxii2 import entities
from werkzeug.serving import make_server

# This version answers a write with a UUID that it then cannot write as JSON: it is helped with that.
json.JSONEncoder.default = lambda self, v: str(v)
# And it gives out the type of an object as its spec_version: without help a reader that keeps to STIX refuses each.
made = entities.STIXObject.__init__


def make(self, *args, **named):
    made(self, *args, **named)
    self.serialized_data = {**self.serialized_data, "spec_version": self.spec_version}


entities.STIXObject.__init__ = make

with app.app_context():
    account = app.taxii_server.auth.api.create_account(username=user, password=password, is_admin=True)
    context.account = account
    api = app.taxii_server.servers.taxii2.persistence.api
    root = api.add_api_root(title="r", description="", default=True, is_public=False)
    collection = api.add_collection(api_root_id=root.id, title="c", description="", alias="c", is_public=False, is_public_write=False)
server = make_server("127.0.0.1", 0, app, threaded=True)
print(json.dumps({"port": server.server_port, "collection": f"/taxii2/{root.id}/collections/{collection.id}/"}), flush=True)
server.serve_forever()
