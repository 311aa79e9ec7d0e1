// Our own simple pictures, drawn on a square of 24; one colour, that of the text.

import { el } from './dom.js';

const PICTURES = {
  today: 'M4 4h7v7H4z M13 4h7v7h-7z M4 13h7v7H4z M13 13h7v7h-7z',
  tour: 'M6 20a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z M18 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z M8.5 17.5H16a3 3 0 0 0 0-6H9a3 3 0 0 1 0-6h6.5',
  report: 'M12 5v14 M5 12h14',
  cases: 'M6 3h9l4 4v14H6z M9 10h7 M9 14h7 M9 18h4',
  mine: 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M4 21c0-4.5 3.5-7 8-7s8 2.5 8 7',
  camera: 'M4 8h4l1.5-2.500h5L16 8h4v11H4z M12 16.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400z',
  voice: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3z M6 11v1a6 6 0 0 0 12 0v-1 M12 18v3',
  pin: 'M12 21s-6.500-6.200-6.500-11a6.500 6.500 0 0 1 13 0c0 4.800-6.500 11-6.500 11z M12 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  bag: 'M8 8c-3 3-4 6-4 9 0 3 3 4 8 4s8-1 8-4c0-3-1-6-4-9z M8 8l-1-4 5 2 5-2-1 4z',
  rubble: 'M3 20h18 M5 20l3-6 4 2 2-5 5 9 M8 14l2-4 3 1',
  leaf: 'M5 19C5 9 11 5 20 5c0 9-4 14-13 14 M5 21c1-5 4-8 9-11',
  road: 'M7 3L4 21 M17 3l3 18 M12 4v3 M12 10v3 M12 16v4',
  crack: 'M3 8h6l2 3-2 3 3 2-1 5 M13 8h8 M13 8l2 4-2 3 4 3',
  sofa: 'M5 11V8a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v3 M3 12a2 2 0 0 1 4 0v3h10v-3a2 2 0 0 1 4 0v7H3z M6 19v2 M18 19v2',
  poster: 'M5 3h14v14l-4 4H5z M15 21v-4h4 M8 8h8 M8 12h6',
  sign: 'M4 4h16v8H4z M8 12v9 M16 12v9 M8 8h8',
  stall: 'M3 9l2-5h14l2 5z M5 9v11 M19 9v11 M4 14h16 M7 9a2.500 2.500 0 0 0 5 0 2.500 2.500 0 0 0 5 0',
  shop: 'M4 10v10h10V10 M3 10l2-6h10l2 6z M17 15h5v5h-5z M7 20v-6h4v6',
  car: 'M4 16v-4l2-5h12l2 5v4z M4 12h16 M7 19a2 2 0 0 0 2-2H5a2 2 0 0 0 2 2z M17 19a2 2 0 0 0 2-2h-4a2 2 0 0 0 2 2z',
  bicycle: 'M6 19a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z M18 19a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z M6 15.500L10 8h5l3 7.500 M9 11h7 M8 8h3 M14 5h2',
  pile: 'M3 20h18 M4 20v-6h7v6 M13 20v-6h7v6 M8.500 14V8h7v6',
  water: 'M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z',
  grill: 'M4 9h16a8 8 0 0 1-16 0z M8 16l-2 5 M16 16l2 5 M8 6c0-2 2-1 2-3 M13 6c0-2 2-1 2-3',
  crane: 'M6 21V5l3-2h11 M6 8h8 M9 3v5 M17 3v6 M15 12h4v4h-4z M3 21h7',
  house: 'M4 11l8-7 8 7 M6 10v11h12V10 M10 21v-6h4v6',
  light: 'M9 17h6 M10 20h4 M8 13a5.500 5.500 0 1 1 8 0c-.800.800-1 2-1 4H9c0-2-.200-3.200-1-4z',
  more: 'M5 12h.010 M12 12h.010 M19 12h.010',
};

export function icon(name, size = 28) {
  return el(
    'svg:svg',
    { viewBox: '0 0 24 24', width: size, height: size, 'aria-hidden': 'true', focusable: 'false', class: 'icon' },
    el('svg:path', { d: PICTURES[name] || PICTURES.more }),
  );
}

// What patrollers meet most, by key of the category: picture and short words for a small tile.
export const COMMON = [
  ['event:0102', 'bag', '暴露垃圾', 'Rubbish'],
  ['event:0103', 'rubble', '积存渣土', 'Debris'],
  ['event:0108', 'sofa', '废弃家具', 'Furniture'],
  ['event:0507', 'pile', '乱堆物料', 'Piled goods'],
  ['event:0506', 'bicycle', '单车乱停', 'Bicycles'],
  ['event:0505', 'car', '机动车乱停', 'Cars'],
  ['event:0504', 'shop', '店外经营', 'Shop outside'],
  ['event:0501', 'stall', '无照游商', 'Hawkers'],
  ['event:0201', 'poster', '小广告', 'Small ads'],
  ['event:0205', 'sign', '招牌破损', 'Broken sign'],
  ['event:0110', 'crack', '道路破损', 'Road damage'],
  ['event:0406', 'water', '道路积水', 'Flooding'],
  ['event:0104', 'road', '道路不洁', 'Dirty road'],
  ['event:0106', 'leaf', '绿地脏乱', 'Messy green'],
  ['event:0510', 'grill', '露天烧烤', 'Barbecue'],
  ['event:0304', 'crane', '施工占道', 'Works on road'],
  ['event:0101', 'house', '私搭乱建', 'Illegal building'],
];

export function pictureOf(key) {
  const found = COMMON.find(([one]) => one === key);
  return found ? found[1] : 'more';
}
