"""Replicate's Python client: run in both ways, a version, a file, cancel, list, and its own exceptions. REPLICATE_BASE_URL and REPLICATE_API_TOKEN point it here."""

import json
import sys

import replicate
from replicate.exceptions import ModelError, ReplicateError

FAST = "genlock/seedance-1.0-pro-fast"
SHORT = {"duration": 2, "resolution": "480p"}

output = replicate.run(FAST, input={"prompt": "A paper boat", **SHORT}, use_file_output=False)

model = replicate.models.get(FAST)
version = model.latest_version
of_version = replicate.run(f"{FAST}:{version.id}", input={"prompt": "A paper boat", **SHORT}, use_file_output=False, wait=False)

with open(sys.argv[1], "rb") as picture:
    from_file = replicate.run(FAST, input={"prompt": "It sails away", "image": picture, **SHORT}, use_file_output=False)

slow = replicate.predictions.create(model=FAST, input={"prompt": "[[slow:60]] x", **SHORT})
slow.cancel()
slow.reload()

pictures = replicate.run("black-forest-labs/flux-1.1-pro", input={"prompt": "A paper boat", "width": 512, "height": 512}, use_file_output=False)

errors = []
try:
    replicate.run(FAST, input={"prompt": "x [[fail:content_policy]]", **SHORT})
except ModelError as error:
    errors.append(["ModelError", error.prediction.status, error.prediction.error != ""])
try:
    replicate.run(FAST, input={"prompt": "x", "duration": 99})
except ReplicateError as error:
    errors.append(["ReplicateError", error.status, "input.duration" in error.detail])
try:
    replicate.predictions.get("vid_nobodyhasthis")
except ReplicateError as error:
    errors.append(["ReplicateError", error.status, error.detail != ""])

print(json.dumps({
    "videos": [output, of_version, from_file],
    "pictures": pictures,
    "cancelled": slow.status,
    "listed": slow.id in [prediction.id for prediction in replicate.predictions.list().results],
    "models": FAST in [f"{each.owner}/{each.name}" for each in replicate.models.list().results],
    "account": replicate.Client().accounts.current().username,
    "errors": errors,
}))
