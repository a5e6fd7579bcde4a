"""The Python of VideoApi's page, changed in host, key and the picture's address only; then read until it has ended."""
import os
import sys
import time

import requests

VIDEOAPI_BASE = os.environ["VIDEOAPI_BASE"]
VIDEOAPI_KEY = os.environ["VIDEOAPI_KEY"]
MAX_READS = 160

with open(sys.argv[1], "rb") as picture:
    uploaded = requests.post(f"{VIDEOAPI_BASE}/api/upload", headers={"Authorization": f"Bearer {VIDEOAPI_KEY}"}, files={"files": picture}, timeout=30)

response = requests.post(
    f"{VIDEOAPI_BASE}/v1/video/generations",
    headers={
        "Authorization": f"Bearer {VIDEOAPI_KEY}",
        "Content-Type": "application/json",
    },
    json={
        "model": "video-2.0-mini-reference-to-video",
        "type": "image-to-video",
        "prompt": "让 @Image1 自然动起来,保持主体稳定",
        "image_urls": [uploaded.json()["data"][0]["url"]],
        "resolution": "720p",
        "duration": "auto",
        "aspect_ratio": "9:16",
        "generate_audio": True,
    },
    timeout=30,
)
task = response.json()

for _ in range(MAX_READS):
    video = requests.get(f"{VIDEOAPI_BASE}/v1/video/generations/{task['task_id']}", headers={"Authorization": f"Bearer {VIDEOAPI_KEY}"}, timeout=30).json()
    if video["status"] in ("completed", "failed"):
        break
    time.sleep(1)
with open("videoapi.mp4", "wb") as file:
    file.write(requests.get(video["url"], timeout=30).content)
print(video["status"])
