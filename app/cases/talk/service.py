"""Talk: comments, photos, voice notes, who complained, and what a stranger may follow of their own report."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.auth import service as auth
from app.cases import photos as photos_
from app.cases import repository
from app.cases import service as cases
from app.cases import voices as voices_
from app.cases.errors import UnknownCase
from app.categories import service as categories
from app.core.errors import NotAllowed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.cases.case import Case


def comments(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return what was said about a case."""
    told = repository.rows(connection, "comments", case_id=standing.id, only_reporter=False)
    return cases.with_names(connection, standing, told)


def comment(
    connection: Connection,
    asking: Principal,
    number: str,
    text: str,
    *,
    for_reporter: bool = False,
    now: datetime | None = None,
) -> int:
    """Add a comment, as text, to a case; return its id.

    Raises:
        UnknownCase, NotAllowed: Not to this one, or not by this account.
    """
    standing = cases.case(connection, number)
    requires_part(asking, standing)
    if for_reporter and not is_staff(asking, standing):
        raise NotAllowed("Only staff of its ground writes to the reporter.", remedy="Leave for_reporter out.")
    (row,) = repository.rows(
        connection, "add_comment", case_id=standing.id, principal=asking.key, text=text, for_reporter=for_reporter,
        now=now or datetime.now(UTC),
    )  # fmt: skip
    return int(row["id"])


def requires_part(asking: Principal, standing: Case) -> None:
    """Refuse whoever may not write to a case: staff of its ground, parties that were asked, its reporter may."""
    writes = asking.scopes is None or "case.comment" in asking.scopes
    if asking.account_id is not None and asking.account_id == standing.reported_by and writes:
        return
    asking.requires(
        "case.comment",
        within=standing.areas,
        party=(*standing.parties, *standing.party_chain, *standing.assisting),
    )


def is_staff(asking: Principal, standing: Case) -> bool:
    """Tell whether someone accepts or checks cases on this one's ground."""
    return asking.may("case.accept", within=standing.areas) or asking.may("case.check", within=standing.areas)


def add_photo(  # noqa: PLR0917  # as `move`
    connection: Connection,
    asking: Principal,
    number: str,
    content: bytes,
    moment: str,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Keep a photo of a case: small, without its metadata; where one like it belongs to other cases, history says so.

    Args:
        connection: In a transaction of whoever asks.
        asking: Who adds it.
        number: Of the case.
        content: The file as it came.
        moment: before, after, check or other.
        now: When.

    Returns:
        id, new (False: this very file is there), moment, taken_at, distance_m (from the case, as the camera says),
        width, height, seen_at (numbers of other cases).

    Raises:
        BadPhoto: It is none; see `app.cases.photos`.
        UnknownCase, NotAllowed: Not to this case, or not by this account.
    """
    standing = cases.case(connection, number)
    requires_part(asking, standing)
    photo = photos_.taken_in(content, categories.calendar(connection).zone)
    at = now or datetime.now(UTC)
    values = {
        "taken_at": photo.taken_at, "distance_m": _distance(connection, standing, photo), "width": photo.width,
        "height": photo.height, "moment": moment,
    }  # fmt: skip
    (kept,) = repository.rows(
        connection, "add_photo", case_id=standing.id, principal=asking.key, sha256=photo.sha256,
        likeness=photo.likeness, jpeg=photo.jpeg, now=at, **values,
    )  # fmt: skip
    with auth.as_system(connection):
        like = repository.rows(
            connection,
            "photos_alike",
            case_id=standing.id,
            likeness=photo.likeness,
            bits=photos_.SIMILAR_BITS,
        )
        numbers = [row["number"] for row in like]
        if numbers and kept["new"]:
            facts = json.dumps({"photo": kept["id"], "cases": numbers})
            repository.run(
                connection, "note", case_id=standing.id, move="photo_alike", stage=standing.stage,
                principal=asking.key, facts=facts, now=at,
            )  # fmt: skip
    return {**kept, **values, "seen_at": numbers if is_staff(asking, standing) else []}


def _distance(connection: Connection, standing: Case, photo: photos_.Photo) -> float | None:
    """Return the metres from the case to where the camera says it was; None if either is unknown."""
    if photo.lon is None or photo.lat is None or standing.x is None or standing.y is None:
        return None
    x, y = cases.metres(connection, photo.lon, photo.lat)
    return round(math.hypot(x - standing.x, y - standing.y), 1)


def photos(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return the photos of a case, without the pictures."""
    return cases.with_names(connection, standing, repository.rows(connection, "photos", case_id=standing.id))


def photo(connection: Connection, number: str, photo_id: int) -> bytes:
    """Return one photo as JPEG.

    Raises:
        UnknownCase: There is no such case or photo to be seen.
    """
    found = repository.rows(connection, "photo", case_id=cases.case(connection, number).id, id=photo_id)
    if not found:
        raise UnknownCase(f"Photo {photo_id} of {number}.")
    return bytes(found[0]["jpeg"])


def add_voice(
    connection: Connection, asking: Principal, number: str, content: bytes, now: datetime | None = None
) -> dict[str, Any]:
    """Keep a voice note of a case: small, without its metadata.

    Returns:
        id, new (False: this very file is there), seconds.

    Raises:
        BadVoice: It is none; see `app.cases.voices`.
        UnknownCase, NotAllowed: Not to this case, or not by this account.
    """
    standing = cases.case(connection, number)
    requires_part(asking, standing)
    voice = voices_.taken_in(content)
    (kept,) = repository.rows(
        connection, "add_voice", case_id=standing.id, principal=asking.key, seconds=voice.seconds,
        sha256=voice.sha256, mp3=voice.mp3, now=now or datetime.now(UTC),
    )  # fmt: skip
    return {**kept, "seconds": voice.seconds}


def voices(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return the voice notes of a case, without the sound."""
    return cases.with_names(connection, standing, repository.rows(connection, "voices", case_id=standing.id))


def voice(connection: Connection, asking: Principal, number: str, voice_id: int) -> bytes:
    """Return one voice note as MP3; that it was listened to is noted in the audit log: a voice is personal data.

    Raises:
        UnknownCase: There is no such case or voice note to be heard.
    """
    found = repository.rows(connection, "voice", case_id=cases.case(connection, number).id, id=voice_id)
    if not found:
        raise UnknownCase(f"Voice note {voice_id} of {number}.")
    auth.audit(connection, asking, "look", "cases.voices", voice_id, ["mp3"])
    return bytes(found[0]["mp3"])


def forget_voices(connection: Connection, days: int, now: datetime | None = None) -> int:
    """Delete the voice notes of cases that ended `days` ago or earlier; return how many. As the system."""
    before = (now or datetime.now(UTC)) - timedelta(days=days)
    return repository.run(connection, "forget_voices", before=before)


def reporter(connection: Connection, asking: Principal, number: str) -> dict[str, str]:
    """Return name and phone of whoever complained; the look is noted in the audit log.

    Raises:
        UnknownCase: The case, or who reported it, may not be seen.
        NotAllowed: The token is for something else.
    """
    if (
        asking.scopes is not None
    ):  # a machine reads no more than it is for; a person's own report is their own
        asking.requires("case.read")
    standing = cases.case(connection, number)
    found = repository.rows(connection, "reporter", case_id=standing.id)
    if not found:
        raise UnknownCase("Nobody is named, or it isn't for you to see.")
    auth.audit(connection, asking, "look", "cases.reporters", standing.id, ["name", "phone"])
    return found[0]


def follow(connection: Connection, number: str, code: str) -> dict[str, Any]:
    """Return what whoever reported without an account may know: stage, times, comments for them; of the main case, once merged.

    Raises:
        UnknownCase: There is none, or the code is wrong: the same answer.
    """
    shown = hashlib.sha256(code.encode("utf-8", "replace")).digest()
    with auth.as_system(connection):
        rows = repository.rows(connection, "follow", number=number, hash=shown)
        if not rows:
            raise UnknownCase("Number or code are wrong.", remedy="Look at both again.")
        row = rows[0]
        said = repository.rows(connection, "comments", case_id=row.pop("id"), only_reporter=True)
    return {**row, "comments": [{"at": one["at"], "text": one["text"]} for one in said]}
