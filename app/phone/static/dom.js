// Small words for making elements; text is always set as text.

export function el(tag, said, ...inside) {
  const made = tag.startsWith('svg:')
    ? document.createElementNS('http://www.w3.org/2000/svg', tag.slice(4))
    : document.createElement(tag);
  for (const [name, value] of Object.entries(said || {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name === 'class') made.setAttribute('class', value);
    else if (name in made && name !== 'list' && !tag.startsWith('svg:') && typeof value !== 'string') made[name] = value;
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...inside.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

export function fill(place, ...inside) {
  place.textContent = '';
  place.append(...inside.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
}

export function button(text, onclick, said) {
  return el('button', { type: 'button', onclick, ...said }, text);
}

// What the notice is written in: headings, paragraphs, **strong**; nothing else of Markdown.
export function plain(markdown) {
  return markdown.trim().split(/\n\s*\n/).map((block) => {
    const heading = /^#+\s+(.*)$/.exec(block);
    if (heading) return el('h3', null, heading[1]);
    return el('p', null, block.split(/\*\*(.+?)\*\*/).map((part, i) => (i % 2 ? el('strong', null, part) : part)));
  });
}
