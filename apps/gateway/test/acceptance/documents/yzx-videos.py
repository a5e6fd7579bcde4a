import os
import time
import requests
API_BASE = os.environ["GENLOCK_API_BASE"]
HEADERS = {
    "Authorization": f"Bearer {os.environ['GENLOCK_KEY']}",
    "Content-Type": "application/json",
}
def create_task() -> str:
    resp = requests.post(
        f"{API_BASE}/videos",
        headers=HEADERS,
        json={
            "model": "sora-2",
            "prompt": "A beautiful sunset over the ocean, cinematic, 4K",
            "duration": 5,
        },
        timeout=60,
    )
    resp.raise_for_status()
    body = resp.json()
    task_id = body.get("id") or body.get("task_id")
    if not task_id:
        raise RuntimeError(f"missing task id: {body}")
    return task_id
def wait_done(task_id: str, max_attempts: int = 30) -> dict:
    for _ in range(max_attempts):
        time.sleep(10)
        r = requests.get(f"{API_BASE}/videos/{task_id}", headers=HEADERS, timeout=30)
        r.raise_for_status()
        body = r.json()
        status = body.get("status")
        if status in ("completed", "succeeded", "success"):
            return body
        if status in ("failed", "cancelled"):
            raise RuntimeError(f"task failed: {body}")
    raise TimeoutError(f"task {task_id} timeout")
def download(task_id: str, body: dict, out: str) -> None:
    data = body.get("data") or []
    url = (data[0].get("url") if data else None) or body.get("url")
    if not url:
        url = f"{API_BASE}/videos/{task_id}/content"
    r = requests.get(url, headers=HEADERS, stream=True, timeout=120)
    r.raise_for_status()
    with open(out, "wb") as f:
        for chunk in r.iter_content(chunk_size=1 << 20):
            f.write(chunk)
task_id = create_task()
result = wait_done(task_id)
download(task_id, result, "result.mp4")
print("done")
