"""Voice notes of a case (语音): decoded, judged by what is heard, and written anew as one small MP3. Pure.

As with photos nothing of a file from outside is kept: no metadata, no hidden payload. Browsers record WebM or MP4 without
a length in the file's head, so length is counted on the decoded sound.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import av

from app.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

LARGEST_BYTES: Final = 2 * 2**20
LONGEST_S: Final = 60.0
SHORTEST_S: Final = 0.3
GRACE_S: Final = 2.0  # a recorder that stops itself after a minute stops a little late
RATE: Final = 16_000  # samples per second kept, one channel: enough for speech
BIT_RATE: Final = 32_000
CODECS: Final = frozenset({"opus", "vorbis", "aac", "mp3", "mp3float", "pcm_s16le", "pcm_f32le"})
RATES: Final = range(8_000, 96_001)
MOST_CHANNELS: Final = 2
MEDIA_TYPE: Final = "audio/mpeg"


class BadVoice(BadInput):
    """This can't be taken as a voice note; nothing was stored."""

    zh = "不是可用的语音，未保存。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice note as it is kept.

    Attributes:
        mp3: 16 kHz, one channel, 32 kbit/s, without metadata.
        seconds: How long it is heard.
        sha256: Of the file as it came, to know it again.
    """

    mp3: bytes
    seconds: float
    sha256: bytes


def taken_in(data: bytes) -> Voice:
    """Return what is kept of an uploaded file.

    Raises:
        BadVoice: It is no WebM, Ogg, MP4, MP3 or WAV sound, is too large, too long, empty or damaged.
    """
    if len(data) > LARGEST_BYTES:
        raise BadVoice(
            f"It has {len(data) / 2**20:.1f} MiB.", remedy=f"Send at most {LARGEST_BYTES // 2**20} MiB."
        )
    kind = _kind(data)
    if kind is None:
        raise BadVoice("It is no sound that is taken.", remedy="Record it on the phone's page.")
    try:
        # The format is fixed by what the file begins with: no other of the library's hundreds of readers is tried.
        with av.open(io.BytesIO(data), "r", format=kind) as sound:
            mp3, seconds = _written(sound)
    except BadVoice:
        raise
    except Exception as error:  # decoders raise whatever a broken file makes them stumble over
        raise BadVoice("The sound is damaged or cut off.", remedy="Record it again.") from error
    if seconds < SHORTEST_S:
        raise BadVoice("Nothing is heard.", remedy="Record it again.")
    return Voice(mp3=mp3, seconds=seconds, sha256=hashlib.sha256(data).digest())


def _kind(data: bytes) -> str | None:
    """Return the name of the reader for what a file begins with; None for what isn't taken."""
    if data.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if data.startswith(b"OggS"):
        return "ogg"
    if data[4:8] == b"ftyp":
        return "mov"
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "wav"
    if data.startswith(b"ID3") or (len(data) > 2 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0):
        return "mp3"
    return None


def _written(sound: InputContainer) -> tuple[bytes, float]:
    """Return the sound as MP3, and its length in seconds."""
    out = io.BytesIO()
    samples = 0
    with av.open(out, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as made:
        stream = made.add_stream("libmp3lame", rate=RATE, layout="mono", options={"b": str(BIT_RATE)})
        for frame in _heard(sound):
            samples += frame.samples
            frame.pts = None  # gaps in a recording's own times would be filled with silence
            made.mux(stream.encode(frame))
        if samples:
            made.mux(stream.encode(None))
    return out.getvalue(), samples / RATE


def _heard(sound: InputContainer) -> Iterator[av.AudioFrame]:
    """Yield the frames of a file's one sound, made RATE and mono.

    Raises:
        BadVoice: There is none, it is of a kind that isn't taken, or it goes on too long.
    """
    if not sound.streams.audio:
        raise BadVoice("There is no sound in it.", remedy="Record it on the phone's page.")
    stream = sound.streams.audio[0]
    context = stream.codec_context
    if (
        context.name not in CODECS
        or context.sample_rate not in RATES
        or not 1 <= context.channels <= MOST_CHANNELS
    ):
        raise BadVoice("It is no sound that is taken.", remedy="Record it on the phone's page.")
    context.thread_count = 1
    turned = av.AudioResampler("s16", "mono", RATE)
    seconds = 0.0
    for frame in sound.decode(stream):
        if frame.sample_rate not in RATES:  # it may change on the way
            raise BadVoice("It is no sound that is taken.", remedy="Record it on the phone's page.")
        seconds += frame.samples / frame.sample_rate
        if seconds > LONGEST_S + GRACE_S:
            raise BadVoice(
                f"It is longer than {LONGEST_S:.0f} seconds.",
                remedy=f"Say it in {LONGEST_S:.0f} seconds, or in two notes.",
            )
        frame.pts = None
        yield from turned.resample(frame)
    yield from turned.resample(None)
