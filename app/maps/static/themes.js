// From numbers to colours: what each theme shows on cells, on areas, and in the legend.
// Breaks and colours come with the data; nothing here decides them.

import { number, percent, whole, words } from './words.js';

const NEVER_AREA = '#c9c4c0'; // an area most of whose cells nobody visited: grey, for areas aren't hatched

/** Class of a value: the last break not above it; -1 under the first. */
export function classOf(value, breaks) {
  let c = -1;
  while (c + 1 < breaks.length && value >= breaks[c + 1]) c += 1;
  return c;
}

function rows(breaks, colours, format = (v) => number.format(v)) {
  return breaks.map((low, i) => ({
    colour: colours[i],
    label: i + 1 < breaks.length ? `${format(low)} – ${format(breaks[i + 1])}` : words.over(format(low)),
  }));
}

/** Whole numbers read better as 3 – 4 than as "3 and under 5". */
function wholeRows(breaks, colours) {
  return breaks.map((low, i) => {
    const high = i + 1 < breaks.length ? breaks[i + 1] - 1 : 0;
    return { colour: colours[i], label: high === low ? whole.format(low) : high ? `${whole.format(low)} – ${whole.format(high)}` : words.over(whole.format(low)) };
  });
}

/** Incidents as count or rate. */
export function density(data, cellCount, which, levelName) {
  const [scale, areaScale] = [data.scales[which], data.scales[`area_${which}`]];
  const values = which === 'count' ? data.cells.counts : data.cells.rates;
  const classes = new Int8Array(cellCount + 1).fill(-1);
  data.cells.numbers.forEach((n, i) => { classes[n] = classOf(values[i], scale.breaks); });
  const areaValues = which === 'count' ? data.areas.counts : data.areas.rates;
  const unit = words[`unit_${scale.unit}`];
  const lines = which === 'count' ? wholeRows : rows;
  const zero = { colour: '#ffffff', label: words.noincident };
  return {
    classes,
    fills: scale.colours.map((colour) => ({ colour })),
    area: (i) => { const c = classOf(areaValues[i], areaScale.breaks); return c < 0 ? null : areaScale.colours[c]; },
    areaText: (i) => `${number.format(areaValues[i])} ${unit}`,
    near: { title: words[which], unit: `${unit} · ${words.by(words.cell)}`, rows: [zero, ...lines(scale.breaks, scale.colours)] },
    far: { title: words[which], unit: `${unit} · ${words.by(levelName)}`, rows: [zero, ...lines(areaScale.breaks, areaScale.colours)] },
    empty: data.total ? '' : words.empty,
  };
}

export function surface(data) {
  const legend = {
    title: words.surface, unit: words.unit_per_km2_day, rows: rows(data.scale.breaks, data.scale.colours),
    note: words.kernelnote(number.format(data.bandwidth_m)),
  };
  return { classes: null, fills: [], area: null, near: legend, far: legend, empty: data.bounds ? '' : words.empty };
}

/** Patrolled, missed, unknown on a team's ground; areas by patrolled share. */
export function coverage(data, setting, levelName) {
  const { coverage: states, share } = setting.palette;
  const order = ['patrolled', 'missed', 'unknown'];
  const classes = new Int8Array(setting.cells + 1).fill(-1);
  const tally = new Map();
  data.numbers.forEach((n, i) => {
    const c = order.indexOf(data.states[i]);
    classes[n] = c;
    const parent = setting.parentOf[n];
    const t = tally.get(parent) || [0, 0, 0];
    t[c] += 1;
    tally.set(parent, t);
  });
  const shareOf = (i) => { const t = tally.get(i); return t ? t[0] / (t[0] + t[1] + t[2]) : NaN; };
  const all = [...tally.values()].reduce((sum, t) => sum.map((v, k) => v + t[k]), [0, 0, 0]);
  const total = all[0] + all[1] + all[2];
  const note = total
    ? `${words.interval(percent.format(all[0] / total), percent.format((all[0] + all[2]) / total))} · ${words.patrolcells(whole.format(all[0]), whole.format(all[2]), whole.format(total))}`
    : '';
  return {
    classes,
    fills: order.map((key) => states[key]),
    area: (i) => { const s = shareOf(i); return Number.isNaN(s) ? null : share.colours[classOf(s, share.breaks)]; },
    areaText: (i) => { const s = shareOf(i); return Number.isNaN(s) ? '' : `${words.share} ${percent.format(s)}`; },
    near: { title: words.coverage, unit: words.by(words.cell), rows: order.map((key) => ({ ...states[key], label: words[key] })), note },
    far: { title: words.coverage, unit: `${words.unit_share} · ${words.by(levelName)}`, rows: rows(share.breaks, share.colours, (v) => percent.format(v)), note },
    empty: total ? '' : words.nocoverage,
    ground: [...tally.keys()],
  };
}

/** Hours since the last visit; never visited is hatched. Areas by their median, never counting as longest. */
export function idle(data, setting, levelName) {
  const { breaks, colours, never } = setting.palette.idle;
  const classes = new Int8Array(setting.cells + 1).fill(-1);
  const hours = new Map();
  data.numbers.forEach((n, i) => {
    const h = data.hours[i];
    classes[n] = h === null ? breaks.length : classOf(h, breaks);
    const parent = setting.parentOf[n];
    if (!hours.has(parent)) hours.set(parent, []);
    hours.get(parent).push(h === null ? Infinity : h);
  });
  const middle = new Map([...hours].map(([parent, list]) => [parent, list.sort((a, b) => a - b)[Math.floor(list.length / 2)]]));
  const legend = {
    title: words.idle,
    rows: [...rows(breaks, colours, (v) => number.format(v)), { ...never, label: words.never }],
  };
  return {
    classes,
    fills: [...colours.map((colour) => ({ colour })), never],
    area: (i) => {
      if (!middle.has(i)) return null;
      return middle.get(i) === Infinity ? NEVER_AREA : colours[classOf(middle.get(i), breaks)];
    },
    areaText: (i) => (middle.has(i) ? `${words.median} ${middle.get(i) === Infinity ? words.never : words.hours(middle.get(i))}` : ''),
    near: { ...legend, unit: `${words.unit_hours} · ${words.by(words.cell)}` },
    far: { ...legend, rows: [...legend.rows.slice(0, -1), { colour: NEVER_AREA, label: words.never }], unit: `${words.unit_hours}（${words.median}）· ${words.by(levelName)}` },
    empty: data.numbers.length ? '' : words.nocoverage,
    ground: [...hours.keys()],
  };
}

export function plain() {
  return { classes: null, fills: [], area: null, near: null, far: null, empty: '' };
}
