"""OpenAI's Python client: create, poll as it polls, download; then its exceptions. Prints one line of JSON."""
import json
import sys

import openai

picture = sys.argv[1]
client = openai.OpenAI()  # OPENAI_BASE_URL and OPENAI_API_KEY

video = client.videos.create_and_poll(model="sora-2", prompt="A calico cat playing a piano on stage", seconds="4", size="1280x720")
client.videos.download_content(video.id).write_to_file("plain.mp4")

with open(picture, "rb") as file:
    framed = client.videos.create_and_poll(prompt="She turns and smiles", seconds="4", size="1280x720", input_reference=file, poll_interval_ms=500)
client.videos.download_content(framed.id).write_to_file("framed.mp4")

remix = client.videos.remix(video.id, prompt="The same at night")
failed = client.videos.create_and_poll(prompt="Anything [[fail:content_policy]]", seconds="4", poll_interval_ms=500)


def failure(call):
    try:
        call()
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.code]
    return None


print(json.dumps({
    "status": video.status,
    "progress": video.progress,
    "framed": framed.status,
    "remixed_from": remix.remixed_from_video_id == video.id,
    "failed": [failed.status, failed.error.code if failed.error else None],
    "listed": [entry.id for entry in client.videos.list(limit=1)][-1] == video.id,
    "model": client.models.retrieve("sora-2").id,
    "errors": [
        failure(lambda: openai.OpenAI(api_key="sk_wrong").videos.create(prompt="x")),
        failure(lambda: client.videos.retrieve("vid_nobodyhasthis")),
        failure(lambda: client.videos.create(prompt="x", seconds="99")),
    ],
}))
