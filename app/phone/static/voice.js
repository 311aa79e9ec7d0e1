// Voice notes (语音): recorded on the page, a minute at most; kept on the phone until the server has them.

import { button, el, fill } from './dom.js';
import { both, t } from './words.js';

const LONGEST_MS = 60000;
const KINDS = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
const BITS_PER_SECOND = 32000;

const recordable = () => Boolean(window.MediaRecorder && navigator.mediaDevices && navigator.mediaDevices.getUserMedia);

// A place to record one note: `kept` is told of what was recorded, and of null when it is thrown away; with `send`, it waits
// for the member's word, goes there, and the next can be recorded. Leaving the screen ends a recording without keeping it:
// the microphone is never open where nobody sees it.
export function recording(app, note, { kept = async () => {}, send } = {}) {
  const place = el('div', { class: 'voice' });
  let stop = null;
  const idle = () => {
    stop = null;
    fill(place, note ? heard() : begin());
  };
  const begin = () => button([app.icon('voice'), el('span', null, t('addVoice'))], start, { class: 'file big' });
  const heard = () => {
    const url = URL.createObjectURL(note);
    const clear = async () => {
      URL.revokeObjectURL(url);
      note = null;
      await kept(null);
      idle();
    };
    return el('div', { class: 'card' },
      el('audio', { src: url, controls: true, 'aria-label': t('voice') }),
      el('div', { class: 'row' },
        send ? button(t('submit'), async () => {
          await send(note);
          await clear();
        }, { class: 'main' }) : null,
        button(t('voiceDrop'), clear, { class: 'stop' })));
  };
  const start = async () => {
    fill(place, el('p', { role: 'status' }, t('voiceAsking')));
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      if (place.isConnected) listen(stream);
      else release(stream);
    } catch (error) {
      idle();
      app.say(t(error.name === 'NotFoundError' ? 'voiceNone' : 'voiceRefused'));
    }
  };
  const listen = (stream) => {
    const type = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const recorder = new MediaRecorder(stream, { ...(type ? { mimeType: type } : {}), audioBitsPerSecond: BITS_PER_SECOND });
    const parts = [];
    const began = Date.now();
    const passed = el('b', { role: 'timer' });
    const tell = () => {
      if (!place.isConnected) return stop(false); // the screen was left
      const ms = Date.now() - began;
      passed.textContent = t('voiceSeconds', Math.floor(ms / 1000), LONGEST_MS / 1000);
      return ms < LONGEST_MS || stop(true);
    };
    const ticking = setInterval(tell, 250);
    let wanted = true;
    const hidden = () => document.visibilityState === 'hidden' && stop(true); // what was said so far stays
    document.addEventListener('visibilitychange', hidden);
    recorder.addEventListener('dataavailable', (event) => event.data.size && parts.push(event.data));
    recorder.addEventListener('stop', async () => {
      clearInterval(ticking);
      document.removeEventListener('visibilitychange', hidden);
      release(stream);
      if (wanted && parts.length) {
        note = new Blob(parts, { type: recorder.mimeType || 'audio/webm' });
        await kept(note);
      }
      if (place.isConnected) idle();
    });
    stop = (keep) => {
      wanted = keep;
      if (recorder.state !== 'inactive') recorder.stop();
    };
    recorder.start();
    fill(place, el('div', { class: 'card recording' }, el('p', null, t('voiceRecording'), ' ', passed),
      button(t('voiceStop'), () => stop(true), { class: 'main big' })));
    tell();
  };
  if (recordable()) idle();
  return place;
}

function release(stream) {
  for (const track of stream.getTracks()) track.stop();
}

// Puts a note into the outbox: of a case by its number, or of a report (`from`) that has none yet.
export function voiceItem(voice, { number, from }) {
  return { kind: 'voice', voice, number, from, after: from ? [from] : [], label: both('voice') };
}
