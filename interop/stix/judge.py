# judge.py reads STIX objects from its input, one on a line, and says of each what
# the reference validator finds (MUSTs alone), whether the reference library takes
# it, and which identifier the library would give it: one line of JSON for each.
import json
import sys

import stix2
from stix2.base import _Observable
from stix2validator import ValidationOptions, validate_instance

options = ValidationOptions(version="2.1")
options.disabled = ["all"]

for line in sys.stdin:
    said = {"errors": [], "library": "", "id": ""}
    value = json.loads(line)
    try:
        said["errors"] = [str(e) for e in validate_instance(value, options).errors or []]
    except Exception as e:
        said["errors"] = ["exception: %s" % e]
    try:
        made = stix2.parse(value, allow_custom=True, version="2.1")
        if isinstance(made, _Observable) and hasattr(made, "_generate_id"):
            said["id"] = made._generate_id() or ""
    except Exception as e:
        said["library"] = str(e) or type(e).__name__
    print(json.dumps(said), flush=True)
