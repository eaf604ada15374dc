"""files.*: uploading a picture that a message then shows (https://docs.slack.dev/messaging/working-with-files)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from . import refusals as no
from .calls import Answer, Call, Method
from .pacing import TIER_4
from .records import File
from .world import World


def get_upload_url(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/files.getUploadURLExternal"""
    file = File(id=call.world.next_id("F"), name=call.text("filename"), length=int(call.text("length")))
    call.world.files[file.id] = file
    return {"file_id": file.id, "upload_url": f"{call.origin}/upload/{file.id}"}


def receive(world: World, id_: str, content: bytes) -> None:
    """The bytes as they arrive at the upload address; a length other than announced is no upload."""
    file = world.files.get(id_)
    if file is None or len(content) != file.length:
        raise no.Refused(no.FILE_NOT_FOUND, status=404)
    file.content = content


def complete_upload(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/files.completeUploadExternal, with or without a channel to share in."""
    written = call.args.get("files") or []
    wanted = json.loads(written) if isinstance(written, str) else written
    done = [call.world.files.get(one.get("id", "")) for one in wanted]
    if not done or any(file is None or file.content is None for file in done):
        raise no.Refused(no.FILE_NOT_FOUND)
    shared_in = call.optional("channel_id")
    if shared_in is not None and shared_in not in call.world.channels:
        raise no.Refused(no.INVALID_CHANNEL)
    for file in filter(None, done):
        file.complete = True
    return {"files": [{"id": file.id, "title": file.name} for file in done if file is not None]}


def refuse_unknown_files(world: World, blocks: list[Mapping[str, Any]]) -> None:
    """A message may show only files that are uploaded: else `invalid_blocks`."""
    for id_ in _shown(blocks):
        file = world.files.get(id_)
        if file is None or not file.complete:
            raise no.Refused(no.INVALID_BLOCKS, messages=[f"[ERROR] invalid slack file: {id_}"])


def _shown(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("slack_file"), Mapping):
            yield str(value["slack_file"].get("id"))
        for inner in value.values():
            yield from _shown(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _shown(inner)


METHODS = {
    "files.getUploadURLExternal": Method(run=get_upload_url, scopes=("files:write",), per_minute=TIER_4),
    "files.completeUploadExternal": Method(run=complete_upload, scopes=("files:write",), per_minute=TIER_4),
}
