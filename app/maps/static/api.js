// Talking to the server: JSON, one bar for everything that is on its way, and errors a person can read.

import { lang, words } from './words.js';

let underway = 0;
let late = 0;
const bar = document.getElementById('progress');
const box = document.getElementById('message');

export class Trouble extends Error {
  constructor(text, status) {
    super(text);
    this.status = status;
  }
}

function busy(step) {
  underway += step;
  document.body.setAttribute('aria-busy', String(underway > 0));
  clearTimeout(late);
  if (underway > 0) late = setTimeout(() => { bar.hidden = false; }, 150);
  else bar.hidden = true;
}

/** Fetch and count it in the bar; a failure is a Trouble with words. */
export async function ask(address, signal) {
  busy(1);
  try {
    let answer;
    try {
      answer = await fetch(address, { signal });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new Trouble(words.offline, 0);
    }
    if (answer.status === 401) location.replace('/sign-in?next=/map'); // signed out, or away too long
    if (!answer.ok) throw await described(answer);
    return answer;
  } finally {
    busy(-1);
  }
}

async function described(answer) {
  let text = `${words.failed}${answer.status}`;
  try {
    const problem = await answer.json();
    text = [lang === 'zh' && problem.title_zh ? problem.title_zh : problem.title, problem.detail, problem.remedy]
      .filter(Boolean).join(' ');
  } catch (notJson) { /* a bare status is all there is to say */ }
  return new Trouble(text, answer.status);
}

export async function json(address, values, signal) {
  const query = new URLSearchParams();
  Object.entries(values || {}).forEach(([name, value]) => {
    if (value !== undefined && value !== null && value !== '') query.set(name, value);
  });
  const tail = query.toString();
  return (await ask(tail ? `${address}?${tail}` : address, signal)).json();
}

/** Say what went wrong, with a way to try again; the map stays as it is. */
export function say(text, again) {
  box.textContent = text;
  if (again) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = words.retry;
    button.addEventListener('click', () => { hush(); again(); });
    box.append(' ', button);
  }
  box.hidden = false;
}

export function hush() {
  box.hidden = true;
}
