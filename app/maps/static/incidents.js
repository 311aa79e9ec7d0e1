// Incidents: gathered by the server while far away, single marks near by. Only what the window shows is fetched.

import { json } from './api.js';
import { moment, words } from './words.js';

export class Incidents {
  constructor(map, timezone, failed) {
    this.map = map;
    this.timezone = timezone;
    this.failed = failed;
    this.group = L.layerGroup().addTo(map);
    this.renderer = L.canvas({ pane: 'points', padding: 0.2 });
    this.shown = false;
    this.query = null;
    map.on('moveend', () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.load().catch(failed), 60); });
  }

  /** Show a period: {from, to, category}. */
  async ask(query) {
    this.query = query;
    this.last = '';
    await this.load();
  }

  show(on) {
    this.shown = on;
    this.last = '';
    this.group.clearLayers();
    this.load().catch(this.failed);
  }

  async load() {
    if (!this.shown || !this.query) return;
    const zoom = Math.round(this.map.getZoom());
    const view = this.map.getBounds().pad(0.15);
    const window_ = {
      west: Math.max(-180, view.getWest()).toFixed(4), south: Math.max(-85, view.getSouth()).toFixed(4),
      east: Math.min(180, view.getEast()).toFixed(4), north: Math.min(85, view.getNorth()).toFixed(4), zoom,
    };
    const key = JSON.stringify([window_, this.query]);
    if (key === this.last) return;
    this.last = key;
    if (this.abort) this.abort.abort();
    this.abort = new AbortController();
    let found;
    try {
      found = await json('/api/maps/incidents', { ...window_, ...this.query }, this.abort.signal);
    } catch (error) {
      if (error.name === 'AbortError') return;
      this.last = '';
      throw error;
    }
    this.draw(found.marks, zoom);
  }

  draw(marks, zoom) {
    this.group.clearLayers();
    marks.slice().reverse().forEach(([lon, lat, count, category, at]) => {
      if (count === 1) this.point(lat, lon, category, at, zoom);
      else this.gathered(lat, lon, count, zoom);
    });
  }

  point(lat, lon, category, at, zoom) {
    const mark = L.circleMarker([lat, lon], {
      renderer: this.renderer, radius: zoom < 14 ? 2.5 : zoom < 16 ? 3.5 : 5, weight: 1, color: '#fff', fillColor: '#b4232a', fillOpacity: 0.95,
      pane: 'points', bubblingMouseEvents: true,
    });
    const text = document.createElement('span');
    text.textContent = [category, moment(at, this.timezone)].filter(Boolean).join(' · ');
    mark.bindTooltip(text);
    mark.addTo(this.group);
  }

  gathered(lat, lon, count, zoom) {
    const side = Math.round(Math.min(34, 15 + 2.6 * Math.log2(count)));
    const text = document.createElement('span');
    text.textContent = count > 9999 ? `${Math.round(count / 1000)}k` : String(count);
    const mark = L.marker([lat, lon], {
      pane: 'points', keyboard: false, title: words.cluster(count),
      icon: L.divIcon({ className: 'gathered', html: text, iconSize: [side, side] }),
    });
    mark.on('click', () => this.map.setView([lat, lon], Math.min(zoom + 2, 18)));
    mark.addTo(this.group);
  }
}
