// The page's words, Chinese first; one word per idea. Functions take what a sentence needs.

const zh = {
  title: 'Gridward 网格地图', map: '地图', panel: '图层与查询', sheet: '展开或收起面板', other: 'English',
  search: '搜索街道、社区名称或网格编码', nothing: '没有找到', theme: '专题', period: '时段', from: '起', to: '止',
  category: '类别', all: '全部类别', layers: '图层', report: '导出单文件地图（可离线打开）', close: '关闭',
  rate: '问题密度', count: '问题数', surface: '核密度面', coverage: '巡查覆盖', idle: '距上次巡查', plain: '仅底图',
  district: '区', street: '街道（乡、地区）', community: '社区（村）', zone: '分区', cell: '单元网格', lattice: '规则格网',
  cells: '单元网格', incidents: '问题', labels: '名称', neighbour: '邻区',
  unit_count: '件', unit_per_km2_day: '件/平方公里·日', unit_hours: '小时', unit_share: '已巡网格占比',
  by: (level) => `按${level}`, team: '巡查队', bandwidth: '带宽', metres: (n) => `${n} 米`,
  patrolled: '已巡', missed: '未巡', unknown: '无法判定', never: '无到访记录', none: '无数据', noincident: '无问题',
  unowed: '非本队责任区',
  first: '全部', day: '近 1 日', week: '近 7 日', month: '近 30 日',
  totals: (n, outside) => `本时段 ${n} 件，其中网格外 ${outside} 件`,
  synthetic_areas: '示意分区，非法定界线', synthetic: (what) => `${what}：合成数据`, tracks: '巡查轨迹',
  noteams: '还没有巡查队。', nocoverage: '该队在此时段没有巡查数据。', empty: '本时段没有问题记录。',
  showground: '查看该队责任区', patrolunready: '巡查覆盖服务暂不可用。',
  noground: '还没有已发布的网格。', nogroundhow: '请先装载边界并划分网格：gridward demo load',
  offline: '连不上服务器。地图保留上次的内容，恢复后自动重试。', failed: '请求失败：', retry: '重试', loading: '正在载入',
  code: '编码', area: '面积', place: '位置', rowcol: '行 / 列', inperiod: '本时段问题', density: '密度', state: '巡查状态',
  since: '距上次巡查', dwell: '停留', newest: '最近的问题', zoomin: '放大到网格', incell: '网格数', share: '已巡占比',
  m2: (n) => `${n} 平方米`, km2: (n) => `${n} 平方公里`, hours: (h) => (h < 48 ? `${h.toFixed(1)} 小时` : `${(h / 24).toFixed(1)} 天`),
  seconds: (s) => (s < 60 ? `${Math.round(s)} 秒` : `${(s / 60).toFixed(1)} 分钟`), items: (n) => `${n} 件`,
  outsideground: '此处不在任何网格内', more: '还有更多，请放大', kernelnote: (m) => `高斯核，带宽 ${m} 米；只画辖区内，边界处未作校正`,
  farnote: (z) => `放大到 ${z} 级可见单元网格`, source: '边界来源', licence: '许可', edition: '网格版本', cellcount: (n) => `${n} 个单元网格`,
  coords: '经纬度（WGS-84）', snapped: '就近归格', under: (v) => `< ${v}`, over: (v) => `≥ ${v}`, cluster: (n) => `${n} 件，点击放大`,
  interval: (a, b) => `覆盖率 ${a} – ${b}`, patrolcells: (p, u, n) => `已巡 ${p}，无法判定 ${u}，共 ${n} 个网格`, median: '中位数',
  zoomIn: '放大', zoomOut: '缩小', open: '按住拖动，滚轮缩放', account: '账号', desk: '工作台', signout: '退出登录',
};

const en = {
  title: 'Gridward map', map: 'Map', panel: 'Layers and search', sheet: 'Open or close the panel', other: '中文',
  search: 'Street, community or cell code', nothing: 'Nothing found', theme: 'Theme', period: 'Period', from: 'From', to: 'To',
  category: 'Category', all: 'All categories', layers: 'Layers', report: 'Map as one file (opens offline)', close: 'Close',
  rate: 'Incident density', count: 'Incidents', surface: 'Kernel surface', coverage: 'Coverage', idle: 'Time since visit', plain: 'Outlines only',
  district: 'District', street: 'Street office area', community: 'Community', zone: 'Zone', cell: 'Cell', lattice: 'Default lattice',
  cells: 'Cells', incidents: 'Incidents', labels: 'Names', neighbour: 'Neighbouring district',
  unit_count: 'incidents', unit_per_km2_day: 'incidents per km² and day', unit_hours: 'hours', unit_share: 'share of cells patrolled',
  by: (level) => `by ${level.toLowerCase()}`, team: 'Team', bandwidth: 'Bandwidth', metres: (n) => `${n} m`,
  patrolled: 'Patrolled', missed: 'Missed', unknown: 'Unknown', never: 'No visit on record', none: 'No data', noincident: 'No incident',
  unowed: 'Not this team’s ground',
  first: 'All', day: 'Last day', week: '7 days', month: '30 days',
  totals: (n, outside) => `${n} incidents in this period, ${outside} of them outside all cells`,
  synthetic_areas: 'Synthetic partition, not statutory boundaries', synthetic: (what) => `${what}: synthetic data`, tracks: 'Patrol tracks',
  noteams: 'There is no patrol team yet.', nocoverage: 'No patrol data of this team in this period.', empty: 'No incident in this period.',
  showground: 'Show the team’s ground', patrolunready: 'Coverage isn’t available just now.',
  noground: 'No cells are published yet.', nogroundhow: 'Load boundaries and lay the grid first: gridward demo load',
  offline: 'The server can’t be reached. The map keeps what it has and tries again by itself.', failed: 'Request failed: ', retry: 'Try again', loading: 'Loading',
  code: 'Code', area: 'Area', place: 'Position', rowcol: 'Row / column', inperiod: 'Incidents in period', density: 'Density', state: 'Patrol state',
  since: 'Since last visit', dwell: 'Dwell', newest: 'Newest incidents', zoomin: 'Zoom to its cells', incell: 'Cells', share: 'Patrolled share',
  m2: (n) => `${n} m²`, km2: (n) => `${n} km²`, hours: (h) => (h < 48 ? `${h.toFixed(1)} h` : `${(h / 24).toFixed(1)} days`),
  seconds: (s) => (s < 60 ? `${Math.round(s)} s` : `${(s / 60).toFixed(1)} min`), items: (n) => `${n}`,
  outsideground: 'No cell here', more: 'There are more; zoom in', kernelnote: (m) => `Gaussian kernel, bandwidth ${m} m; shown inside the district only, not corrected at its border`,
  farnote: (z) => `Cells appear from zoom ${z}`, source: 'Boundary source', licence: 'licence', edition: 'Edition', cellcount: (n) => `${n} cells`,
  coords: 'Longitude, latitude (WGS-84)', snapped: 'snapped', under: (v) => `< ${v}`, over: (v) => `≥ ${v}`, cluster: (n) => `${n} incidents, click to zoom in`,
  interval: (a, b) => `Coverage ${a} – ${b}`, patrolcells: (p, u, n) => `${p} patrolled, ${u} unknown, of ${n} cells`, median: 'median',
  zoomIn: 'Zoom in', zoomOut: 'Zoom out', open: 'Drag to move, scroll to zoom', account: 'Account', desk: 'Desk', signout: 'Sign out',
};

function chosen() {
  const asked = new URLSearchParams(location.search).get('lang');
  if (asked === 'en' || asked === 'zh') {
    remember(asked);
    return asked;
  }
  try {
    return localStorage.getItem('gridward.lang') === 'en' ? 'en' : 'zh';
  } catch (refused) {
    return 'zh';
  }
}

function remember(lang) {
  try {
    localStorage.setItem('gridward.lang', lang);
  } catch (refused) { /* private windows may forbid it; the address still carries the choice */ }
}

export const lang = chosen();
export const words = lang === 'en' ? en : zh;
export const number = new Intl.NumberFormat(lang === 'en' ? 'en' : 'zh-CN', { maximumSignificantDigits: 4 });
export const whole = new Intl.NumberFormat(lang === 'en' ? 'en' : 'zh-CN', { maximumFractionDigits: 0 });
export const percent = new Intl.NumberFormat(lang === 'en' ? 'en' : 'zh-CN', { style: 'percent', maximumFractionDigits: 1 });

/** A moment in the city's own time. */
export function moment(iso, timezone) {
  return new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : 'zh-CN', {
    timeZone: timezone, month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  }).format(new Date(iso));
}

/** Put words where the page's elements ask for them. */
export function speak(root) {
  document.documentElement.lang = lang === 'en' ? 'en' : 'zh-CN';
  document.title = words.title;
  root.querySelectorAll('[data-word]').forEach((e) => { e.textContent = words[e.dataset.word]; });
  root.querySelectorAll('[data-label]').forEach((e) => { e.setAttribute('aria-label', words[e.dataset.label]); });
  root.querySelectorAll('[data-hint]').forEach((e) => { e.placeholder = words[e.dataset.hint]; });
  const other = document.getElementById('lang');
  other.textContent = words.other;
  other.lang = lang === 'en' ? 'zh-CN' : 'en';
  document.getElementById('desk').href = `/desk?lang=${lang}`; // the desk goes on in the same language
  other.href = `?lang=${lang === 'en' ? 'zh' : 'en'}${location.hash}`;
}
