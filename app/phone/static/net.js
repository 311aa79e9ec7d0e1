// Speaks to the server: what went wrong comes as words in both languages; its clock is compared with ours.

const PATIENCE_MS = 30000;
const SMALL_MS = 5000; // the Date header counts whole seconds, and an answer takes its time

export class Unreached extends Error {}

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.title || String(status));
    this.status = status;
    this.problem = problem;
  }

  get said() {
    const p = this.problem;
    return {
      zh: [p.title_zh, p.detail, p.remedy_zh].filter(Boolean).join(' ') || `服务器答复 ${this.status}`,
      en: [p.title, p.detail, p.remedy].filter(Boolean).join(' ') || `The server answered ${this.status}`,
    };
  }
}

export const clock = { offset: 0 }; // what to add to our clock for the server's

export async function ask(path, options = {}, patience = PATIENCE_MS) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), patience);
  let answer;
  try {
    answer = await fetch(path, { ...options, signal: control.signal, cache: 'no-store', credentials: 'same-origin' });
    const body = answer.status === 204 ? null : await read(answer);
    compare(answer.headers.get('Date'));
    if (!answer.ok) throw new Refused(answer.status, body || {});
    return { status: answer.status, body, headers: answer.headers };
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Unreached(String(error));
  } finally {
    clearTimeout(timer);
  }
}

async function read(answer) {
  const text = await answer.text(); // a body that breaks off throws: it did not arrive
  if (!/json/.test(answer.headers.get('Content-Type') || '')) return null;
  return JSON.parse(text);
}

function compare(date) {
  if (!date) return;
  const off = new Date(date).getTime() + 500 - Date.now();
  clock.offset = Math.abs(off) < SMALL_MS ? 0 : off;
}

export function json(method, body, headers) {
  return { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } };
}

// Packs where the browser can; the server takes both.
export async function packed(method, body, headers) {
  const text = JSON.stringify(body);
  if (typeof CompressionStream === 'undefined') return json(method, body, headers);
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  const content = await new Response(stream).blob();
  return {
    method,
    body: content,
    headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip', ...headers },
  };
}
