"""Voice notes: what is kept, and what isn't taken, by content alone."""

from __future__ import annotations

import io
import random

import av
import numpy as np
import pytest

from app.cases.voices import LARGEST_BYTES, BadVoice, taken_in


def sound(kind: str, codec: str, rate: int, seconds: float, layout: str = "mono") -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as made:
        stream = made.add_stream(codec, rate=rate, layout=layout)
        made.metadata["comment"] = "SECRET"
        turned = av.AudioResampler(stream.format.name, layout, rate, frame_size=960)
        tone = (np.sin(np.arange(int(seconds * rate)) * 0.06) * 9_000).astype(np.int16)
        for begin in range(0, len(tone), 960):
            frame = av.AudioFrame.from_ndarray(tone[None, begin : begin + 960], format="s16", layout="mono")
            frame.sample_rate = rate
            for part in turned.resample(frame):
                made.mux(stream.encode(part))
        for part in turned.resample(None):
            made.mux(stream.encode(part))
        made.mux(stream.encode(None))
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "codec", "rate", "layout"),
    [
        ("webm", "libopus", 48_000, "mono"),  # Chromium, Firefox
        ("ogg", "libopus", 48_000, "mono"),  # Firefox
        ("mp4", "aac", 44_100, "stereo"),  # Safari
        ("mp3", "libmp3lame", 44_100, "mono"),
        ("wav", "pcm_s16le", 16_000, "mono"),
    ],
)
def test_what_browsers_record_is_kept_small_and_without_metadata(
    kind: str, codec: str, rate: int, layout: str
) -> None:
    data = sound(kind, codec, rate, 5, layout)
    assert b"SECRET" in data
    voice = taken_in(data)
    assert voice.seconds == pytest.approx(5, abs=0.15)
    assert len(voice.mp3) < 5 * 4_000 * 1.2
    assert b"SECRET" not in voice.mp3
    with av.open(io.BytesIO(voice.mp3)) as made:
        assert made.metadata == {}
        (stream,) = made.streams
        heard = np.concatenate([frame.to_ndarray().ravel() for frame in made.decode(stream)])
        assert (stream.codec_context.sample_rate, stream.codec_context.channels) == (16_000, 1)
    spectrum = np.abs(np.fft.rfft(heard))
    tone = 0.06 * rate / (2 * np.pi)
    assert np.argmax(spectrum) * 16_000 / len(heard) == pytest.approx(tone, rel=0.01)  # the same tone


def test_a_minute_is_taken_and_more_is_not() -> None:
    assert taken_in(sound("ogg", "libopus", 48_000, 60.5)).seconds == pytest.approx(60.5, abs=0.1)
    with pytest.raises(BadVoice, match="longer than 60 seconds"):
        taken_in(sound("ogg", "libopus", 48_000, 64))


def lying_wav() -> bytes:
    """Return a WAV that says one sample a second: two megabytes would be two weeks."""
    data = bytearray(sound("wav", "pcm_s16le", 16_000, 5))
    at = data.index(b"fmt ") + 12
    data[at : at + 4] = (1).to_bytes(4, "little")
    return bytes(data)


def picture() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as made:
        stream = made.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            made.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24"))
            )
        made.mux(stream.encode(None))
    return out.getvalue()


BAD = {
    "nothing": lambda: b"",
    "html": lambda: b"<!doctype html><script>alert(1)</script>",
    "a list of other files": lambda: b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n",
    "a program": lambda: b"\x7fELF" + b"\0" * 2000,
    "too large": lambda: b"OggS" + b"\0" * LARGEST_BYTES,
    "begins like one": lambda: b"\x1aE\xdf\xa3" + b"<script>alert(1)</script>" * 50,
    "a film without sound": picture,
    "cut off in its head": lambda: sound("webm", "libopus", 48_000, 2)[:150],
    "half a blink": lambda: sound("webm", "libopus", 48_000, 0.1),
    "a rate that lies": lying_wav,
    "a codec that no browser records": lambda: sound("wav", "pcm_u8", 16_000, 2),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_voice_note(what: str) -> None:
    with pytest.raises(BadVoice) as refused:
        taken_in(BAD[what]())
    assert refused.value.remedy


def test_a_damaged_file_is_taken_or_refused_and_nothing_else() -> None:
    chance = random.Random(7)
    for kind, codec in (
        ("webm", "libopus"),
        ("mp4", "aac"),
        ("wav", "pcm_s16le"),
        ("ogg", "libopus"),
        ("mp3", "libmp3lame"),
    ):
        whole = sound(kind, codec, 48_000, 2)
        for _ in range(40):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 30)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                voice = taken_in(bytes(data[: chance.randint(100, len(data))]))
            except BadVoice:
                continue
            assert 0 < voice.seconds <= 62.1
