"""Looking for clock codes in photos, at full resolution and apart from this process where a picture may be hostile.

A photo that shows a code keeps its time as `clock_shown`: a claim of this laptop's clock about the camera's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from fieldkit.capture.apart import Decoders
from fieldkit.capture.pictures import quiet_decoders
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.moments import as_json, moment
from fieldkit.domain.views import RecordView
from fieldkit.errors import AlteredError
from fieldkit.vault.recording import Amend
from fieldkit.vault.vault import Vault

WORKERS = 2
LARGEST = 64 << 20


def read_codes(
    vault: Vault,
    camera: str | None = None,
    *,
    author: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> list[str]:
    """Look for clock codes in the photos (of one camera) that show none yet; the numbers of those that do.

    Each find is durable before the next is told of. `progress` gets photos done and in all.
    """
    views = [
        view
        for view in (vault.referring(camera, "camera") if camera else vault.list("photo"))
        if view.kind == "photo"
        and view.doc.get("media")
        and view.doc.get("camera")
        and "clock_shown" not in view.doc
    ]
    numbers: list[str] = []
    tell, stop = progress or (lambda _done, _total: None), cancel or (lambda: False)
    with quiet_decoders():
        originals = ((view, _original(vault, str(view.doc["media"]))) for view in views)
        for done, (view, when) in enumerate(_looked_at(originals, vault.mission_id, stop), start=1):
            if when is not None:
                seen: Doc = {"clock_shown": as_json(moment(when))}
                vault.record(
                    [Amend(view.id, "a clock code was read in the picture", set=seen)], author=author
                )
                numbers.append(view.number)
            tell(done, len(views))
    return numbers


def _looked_at(
    originals: Iterator[tuple[RecordView, bytes]], mission: str, stop: Callable[[], bool]
) -> Iterator[tuple[RecordView, datetime | None]]:
    """Each record with the time on the code in its picture; originals are read here, codes in threads."""
    waiting: deque[tuple[RecordView, Future[datetime | None]]] = deque()
    pool, decoders = ThreadPoolExecutor(WORKERS, thread_name_prefix="codes"), Decoders()
    try:
        for view, data in originals:
            if stop():
                return
            waiting.append((view, pool.submit(decoders.read_code, data, mission)))
            if len(waiting) > WORKERS:
                first, found = waiting.popleft()
                yield first, found.result()
        while waiting:
            first, found = waiting.popleft()
            yield first, found.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        decoders.close()


def _original(vault: Vault, media: str) -> bytes:
    """An original's bytes; nothing where it is too large to be a picture, altered or not here."""
    doc = vault.get(media).doc
    size = doc.get("size")
    if not isinstance(size, int) or size > LARGEST:
        return b""
    try:
        return b"".join(vault.media.open(doc))
    except AlteredError:
        return b""
