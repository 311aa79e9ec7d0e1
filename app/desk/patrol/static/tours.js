// The day's tours on the map: numbered stops of each member, joined in order.

import { by, colour, element, ink, makeMap, t } from './common.js';

const place = by('map');
if (place) {
  const { members, shown } = JSON.parse(by('tours-scene').textContent);
  const tint = (who) => colour(members.indexOf(who) + 1);
  document.querySelectorAll('.swatch[data-member]').forEach((one) => { one.style.background = tint(one.dataset.member); });
  place.classList.toggle('many', shown.length > 1);
  const map = makeMap(place);
  const lines = shown.map((tour) => {
    const points = tour.stops.map((stop) => [stop.y, stop.x]);
    L.polyline(points, { color: '#17263a', weight: 5, opacity: 0.5, interactive: false }).addTo(map);
    const line = L.polyline(points, { color: tint(tour.member), weight: 3, interactive: false }).addTo(map);
    tour.stops.forEach((stop, i) => {
      const text = element('b', { text: String(i + 1) });
      if (stop.kind === 'prize') { text.style.background = tint(tour.member); text.style.color = ink(tint(tour.member)); text.style.border = '1px solid #17263a'; }
      const icon = L.divIcon({ className: `label stop ${stop.kind}`, html: text, iconSize: [0, 0] });
      L.marker([stop.y, stop.x], { icon, keyboard: false, title: '' }).addTo(map)
        .bindTooltip(element('span', { text: `${tour.member} · ${i + 1} · ${stop.at} · ${stop.code || t('休息', 'break')}` }), { direction: 'top' })
        .bindPopup(element('p', {}, element('b', { text: `${i + 1} · ${stop.at} ` }), stop.code, element('br'), stop.reason));
    });
    return line;
  });
  const all = L.featureGroup(lines).getBounds();
  if (all.isValid()) map.fitBounds(all, { padding: [26, 26], maxZoom: 17, animate: false });
  place.dataset.drawn = 'yes';
}
