// A door's code read while working there (现场记录): by the camera where the browser reads codes, else typed. Never asked for.

import { button, el, fill } from './dom.js';
import { t } from './words.js';

const LOOK_MS = 300;
const LONGEST = 100;

export function show(app, place) {
  const { duty } = app.session;
  const field = el('input', { id: 'door-code', maxlength: String(LONGEST), autocomplete: 'off', autocapitalize: 'characters' });
  const view = el('div');
  const keep = async (code) => {
    if (!code) {
      field.focus();
      return;
    }
    await app.session.readDoor(code.slice(0, LONGEST));
    app.say(t('kept', t('willSend')));
    app.go('/');
  };
  const able = 'BarcodeDetector' in window && navigator.mediaDevices;
  fill(
    place,
    el('h1', null, t('door')),
    el('p', { class: 'quiet' }, t('doorWords')),
    !duty.on || duty.paused ? el('p', null, t('doorOffDuty')) : [
      able ? button(t('doorScan'), () => scan(app, view, keep), { class: 'big' }) : null,
      view,
      el('label', { for: 'door-code' }, t('doorCode')),
      field,
      button(t('doorKeep'), () => keep(field.value.trim()), { class: 'main big' }),
    ],
  );
  app.live('duty', () => app.screen === show && (!duty.on || duty.paused) !== (!app.session.duty.on || app.session.duty.paused) && show(app, place));
}

// Looks through the camera until it reads a code or the screen is left; the camera is closed either way.
async function scan(app, view, keep) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    const detector = new window.BarcodeDetector();
    const video = el('video', { class: 'lens', playsinline: true, 'aria-label': t('doorScan') });
    video.muted = true;
    video.srcObject = stream;
    fill(view, video);
    await video.play();
    while (app.at(video)) {
      const [found] = await detector.detect(video);
      if (found && app.at(video)) {
        await keep(found.rawValue.trim());
        return;
      }
      await new Promise((done) => { setTimeout(done, LOOK_MS); });
    }
  } catch (error) {
    if (app.at(view)) fill(view, el('p', null, t('doorNoCamera')));
  } finally {
    if (stream) stream.getTracks().forEach((track) => track.stop());
  }
}
