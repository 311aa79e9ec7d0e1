// The page's words: Chinese first, English at a switch. `t('key', a, b)` puts its values where {0} and {1} stand.

const WORDS = {
  title: ['巡查', 'Patrol'],
  today: ['今日', 'Today'],
  tour: ['路线', 'Tour'],
  report: ['上报', 'Report'],
  cases: ['案件', 'Cases'],
  mine: ['我的', 'Me'],
  start: ['开始上班', 'Start shift'],
  pause: ['暂停', 'Pause'],
  resume: ['继续', 'Resume'],
  end: ['结束上班', 'End shift'],
  endSure: ['结束本班次？结束后不再记录位置。', 'End this shift? Nothing is recorded after it.'],
  offDuty: ['未在班', 'Off duty'],
  onDuty: ['在班，{0} 起', 'On duty since {0}'],
  pausedNow: ['暂停中，不记录', 'Paused: nothing is recorded'],
  recording: ['正在记录位置', 'Recording positions'],
  notRecording: ['未记录位置：未同意告知', 'Not recording: no consent'],
  noPosition: ['暂时收不到定位', 'No position at present'],
  denied: ['定位权限被拒绝，请在浏览器设置中允许', 'Location is denied: allow it in the browser settings'],
  locked: ['锁屏后不再记录位置', 'With the screen locked, positions are not recorded'],
  door: ['门牌码 现场记录', 'Door code: on site'],
  doorWords: ['在楼道内定位不准时，可扫门牌码记下到过此处。不是必须。', 'Where positions fail indoors, a door’s code notes that you worked here. Never required.'],
  doorCode: ['门牌码', 'Door code'],
  doorKeep: ['记录', 'Keep'],
  doorScan: ['用相机扫码', 'Scan with the camera'],
  doorNoCamera: ['相机打不开，请输入门牌码', 'The camera cannot be opened: type the code'],
  doorOffDuty: ['上班后才能记录', 'Start the shift first'],
  kindDoor: ['现场记录 {0}', 'On site {0}'],
  elsewhere: ['本班次由另一台手机开始', 'This shift was begun on another phone'],
  recordHere: ['在本机也记录', 'Record here, too'],
  gapNow: ['{0} 至 {1} 无定位：无法判定', '{0} to {1} no position: unknown'],
  gaps: ['缺失时段（无法判定，不算漏巡）', 'Gaps (unknown, not missed)'],
  noGaps: ['本班次没有缺失时段', 'No gaps in this shift'],
  queue: ['待送', 'Outbox'],
  unsent: ['{0} 项未送', '{0} unsent'],
  allSent: ['全部已送达', 'All sent'],
  since: ['自 {0}', 'since {0}'],
  failedItems: ['{0} 项需要处理', '{0} need you'],
  queueWords: ['未送内容都保存在本机，有网络后自动发送，不会丢失，也不会重复。', 'What is unsent is kept on this phone and sent by itself once there is a network: nothing is lost, nothing doubled.'],
  retry: ['重试', 'Try again'],
  retryAll: ['立即全部重试', 'Try all now'],
  discard: ['删除', 'Discard'],
  discardSure: ['删除后无法恢复，服务器不会收到这一项。确定删除？', 'It cannot be brought back, and the server never gets it. Discard it?'],
  tries: ['已试 {0} 次', '{0} tries'],
  made: ['{0} 所做', 'made {0}'],
  arrived: ['已送达', 'Arrived'],
  fixesStored: ['{0} 个定位点待打包', '{0} positions not yet packed'],
  signIn: ['重新登录', 'Sign in again'],
  signInWords: ['登录已过期。未送内容都在本机，登录后自动发送。', 'The session has ended. What is unsent stays on this phone and goes once you sign in.'],
  signInFirst: ['请先登录', 'Sign in first'],
  signOut: ['退出登录', 'Sign out'],
  signOutSure: ['退出后，本机为离线使用保存的数据会删除。退出？', 'What this phone keeps for use without a network is deleted. Sign out?'],
  signOutUnsent: ['还有 {0} 项未送，留在本机，本人再次登录后才会送出。仍要退出？', '{0} unsent: they stay on this phone and go only when you sign in again. Sign out anyway?'],
  signOutDraft: ['有一份上报未写完，留在本机。仍要退出？', 'A report is half written: it stays on this phone. Sign out anyway?'],
  online: ['有网络', 'Online'],
  offline: ['无网络', 'Offline'],
  asOf: ['{0} 的数据', 'As of {0}'],
  noData: ['本机还没有这部分内容，有网络时打开一次即可离线查看。', 'Not on this phone yet: open it once with a network.'],
  area: ['我的责任区', 'My area'],
  wholeArea: ['未划定责任区，显示全队范围', 'No beat is set: this is the whole team’s ground'],
  map: ['地图', 'Map'],
  list: ['列表', 'List'],
  missed: ['未巡', 'Not yet'],
  unknown: ['无法判定', 'Unknown'],
  patrolled: ['已巡', 'Patrolled'],
  never: ['从未巡查', 'never visited'],
  hoursAgo: ['距上次巡查 {0} 小时', '{0} h since visit'],
  minutesAgo: ['距上次巡查 {0} 分钟', '{0} min since visit'],
  daysAgo: ['距上次巡查 {0} 天', '{0} d since visit'],
  owed: ['应巡 {0} 次', '{0} visits owed'],
  passed: ['本机刚经过，以服务器为准', 'Passed just now; the server decides'],
  demand: ['近 90 天问题 {0} 件', '{0} incidents in 90 days'],
  cell: ['网格 {0}', 'Cell {0}'],
  cellNumber: ['第 {0} 格', 'No. {0}'],
  synthetic: ['示意分区，非法定界线', 'Synthetic: not legal borders'],
  showAll: ['显示全部 {0} 格', 'Show all {0} cells'],
  noTour: ['今天没有安排路线', 'No tour is planned today'],
  noTourWords: ['可按“今日”页的顺序巡查：未巡的排在前面。', 'Go by the list of Today: what is unvisited comes first.'],
  left: ['排不下的必到点', 'Must-visits that do not fit'],
  object: ['删除一段轨迹', 'Delete a stretch of my track'],
  objectWords: ['对某一段有异议，可在期限前删除；删除后这段时间记为无法判定。需要网络。', 'Delete a stretch before its time; it counts as unknown then. Needs a network.'],
  from: ['从', 'From'],
  to: ['到', 'To'],
  objected: ['已删除 {0} 个定位点', '{0} positions deleted'],
  needsNetwork: ['需要网络，未作更改', 'Needs a network; nothing was changed'],
  stay: ['停留 {0} 分钟', 'stay {0} min'],
  must: ['必到', 'must'],
  prize: ['建议', 'worthwhile'],
  case: ['案件', 'case'],
  break: ['休息', 'break'],
  myCases: ['责任区和本人的案件', 'Cases of my area and of mine'],
  noCases: ['没有未结案件', 'No open cases'],
  overdue: ['超期', 'overdue'],
  due: ['时限 {0}', 'due {0}'],
  photos: ['照片', 'Photos'],
  before: ['处置前', 'Before'],
  after: ['处置后', 'After'],
  check: ['核查', 'Check'],
  becauseGap: ['定位中断时可能到过', 'It could have been reached while positions were missing'],
  becauseClose: ['停留时间太接近门槛', 'The time in it is too close to the threshold'],
  tourNow: ['本班路线 {0}—{1}', 'Of this shift, {0} to {1}'],
  tourNext: ['下一班路线 {0}—{1}', 'Of the next shift, {0} to {1}'],
  voice: ['语音', 'Voice note'],
  addVoice: ['录音说明', 'Record a voice note'],
  voiceAsking: ['正在打开麦克风…', 'Opening the microphone…'],
  voiceRefused: ['没有麦克风权限，可拍照或打字说明', 'The microphone is not allowed: take a photo or type'],
  voiceNone: ['本机没有麦克风，可拍照或打字说明', 'There is no microphone: take a photo or type'],
  voiceRecording: ['正在录音', 'Recording'],
  voiceSeconds: ['{0} / {1} 秒', '{0} of {1} s'],
  voiceStop: ['录好了', 'Done'],
  voiceDrop: ['删除重录', 'Throw away'],
  addPhoto: ['拍照', 'Take photo'],
  photoKept: ['照片已存本机', 'The photo is kept on this phone'],
  photoBad: ['无法读取这张照片，请重拍', 'This photo cannot be read: take it again'],
  history: ['经过', 'History'],
  result: ['处置结果', 'Result'],
  reason: ['原因', 'Reason'],
  atDesk: ['“{0}”请在工作台办理', '“{0}” is done at the desk'],
  kept: ['已存本机，{0}', 'Kept on this phone; {0}'],
  willSend: ['有网络后自动送出', 'it goes once there is a network'],
  goes: ['正在送出', 'on its way'],
  what: ['什么问题？', 'What is it?'],
  search: ['搜索问题类别', 'Search kinds of problem'],
  otherKind: ['换一类', 'Other kind'],
  where: ['位置', 'Place'],
  byGps: ['手机定位，误差约 {0} 米', 'By GPS, within about {0} m'],
  byMap: ['地图所选', 'Chosen on the map'],
  locating: ['正在定位…', 'Locating…'],
  noPlace: ['没有定位，请在地图上选', 'No position: choose it on the map'],
  chooseOnMap: ['在地图上选', 'Choose on the map'],
  takeHere: ['用手机定位', 'Use GPS'],
  tapMap: ['点一下问题所在位置', 'Tap where it is'],
  say: ['补充说明（可不填）', 'Say more (optional)'],
  send: ['上报', 'Report'],
  sendAndHandle: ['上报并当场处置', 'Report and put right here'],
  nothingFound: ['没有匹配的类别', 'No such kind'],
  noKinds: ['类别还没有下载，请先联网打开一次', 'Kinds are not on this phone yet: open it once with a network'],
  spot: ['当场处置', 'Put right on the spot'],
  spotWords: ['拍处置后照片，选结果，提交。', 'Take the photo after, choose the result, submit.'],
  needBefore: ['先拍处置前照片', 'The photo before comes first'],
  needAfter: ['请拍处置后照片', 'Take the photo after'],
  submit: ['提交', 'Submit'],
  cleaned: ['已清理', 'Cleaned up'],
  persuaded: ['已劝导整改', 'Talked to, put right'],
  moved: ['已归位', 'Put back in place'],
  fixed: ['已修复', 'Mended'],
  newReport: ['再报一件', 'Another one'],
  notice: ['位置记录告知书', 'Notice on recording'],
  agree: ['同意记录', 'I agree'],
  refuse: ['不同意', 'I do not agree'],
  withdraw: ['撤回同意', 'Withdraw consent'],
  refuseSure: ['不同意则不再记录位置，本机未送的 {0} 个定位点也将删除。确定不同意？', 'Nothing is recorded from then on, and {0} unsent positions on this phone are deleted. Go on?'],
  withdrawSure: ['撤回后不再记录位置，本机未送的定位点也将删除。确定撤回？', 'Nothing is recorded from then on, and positions on this phone that are unsent are deleted. Withdraw?'],
  deleteToo: ['同时删除服务器上仍保存的原始轨迹', 'Delete my raw track on the server, too'],
  consentGiven: ['您已同意（{0}）', 'You have agreed ({0})'],
  consentWithdrawn: ['您已撤回或未同意：不记录位置，可照常上报和办案', 'You do not agree: nothing is recorded; reports and cases go on as before'],
  consentNone: ['请先阅读，再决定是否同意', 'Read it, then decide'],
  readNotice: ['阅读告知书', 'Read the notice'],
  retention: ['原始轨迹保存 {0} 天', 'Raw track is kept {0} days'],
  retentionNone: ['原始轨迹班次结束即删除', 'Raw track is deleted after the shift'],
  awake: ['保持屏幕常亮', 'Keep the screen on'],
  awakeUnable: ['此浏览器不支持保持常亮，请在系统设置中延长锁屏时间', 'This browser cannot keep the screen on: set a longer lock time'],
  language: ['English', '中文'],
  nextShift: ['下一班：{0}–{1}', 'Next shift: {0} to {1}'],
  thisShift: ['本班：{0}–{1}，还没有开始上班', 'This shift: {0} to {1}; not started yet'],
  team: ['队伍', 'Team'],
  teamNow: ['本队在岗', 'My team on shift'],
  teamWords: ['仅队长可见；每次查看都有日志。没有同意记录位置的、暂停的、下班的，看不到位置', 'For the leader alone; each look is logged. Who has not consented, pauses or is off duty has no position here'],
  teamLook: ['查看最近位置', 'Look where they were last'],
  teamNobody: ['现在没有人在岗', 'Nobody is on shift now'],
  seenAt: ['最近位置 {0}', 'last position {0}'],
  notSeen: ['没有位置', 'no position'],
  myTrack: ['我的轨迹（仅本人可见）', 'My track (seen by me alone)'],
  fixesToday: ['本班次记录 {0} 个定位点', '{0} positions in this shift'],
  clockOff: ['手机时钟与服务器相差 {0} 分钟，已自动校正', 'The phone’s clock is {0} min off; this is corrected'],
  update: ['新版本已就绪', 'A new version is ready'],
  reload: ['更新', 'Update'],
  insecure: ['此地址不是 HTTPS：无法定位，也不能离线使用', 'Not HTTPS: no position, no use offline'],
  notMember: ['该账号未关联巡逻队员：可上报和办案，不能上班', 'This account walks as no member: it can report, but not start a shift'],
  kindConsent: ['告知书答复', 'Answer to the notice'],
  kindFixes: ['定位点 {0} 个', '{0} positions'],
  kindPhoto: ['照片（{0}）', 'Photo ({0})'],
  others: ['他人所做', 'Done by somebody else'],
  center: ['我的位置', 'My place'],
  back: ['返回', 'Back'],
  other: ['其他', 'Other'],
  close: ['关闭', 'Close'],
};

const STAGES = {
  reported: '上报', accepted: '受理', verified: '核实', filed: '立案', dispatched: '派遣', signed: '签收', handled: '处置', checked: '核查',
  closed: '结案', not_accepted: '不予受理', not_filed: '不予立案', void: '作废', merged: '并案',
};

let language = 'zh';

export function speak(wanted) {
  language = wanted === 'en' ? 'en' : 'zh';
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

export function speaks() {
  return language;
}

export function t(key, ...values) {
  const said = WORDS[key][language === 'zh' ? 0 : 1];
  return values.reduce((text, value, i) => text.replace(`{${i}}`, value), said);
}

export function both(key, ...values) {
  const put = (said) => values.reduce((text, value, i) => text.replace(`{${i}}`, value), said);
  return { zh: put(WORDS[key][0]), en: put(WORDS[key][1]) };
}

// Of something that holds both: {zh, en}, or name_zh and name_en.
export function one(said, name) {
  if (!said) return '';
  const pick = (zh, en) => (language === 'zh' ? zh || en : en || zh) || '';
  return name ? pick(said[`${name}_zh`], said[`${name}_en`]) : pick(said.zh, said.en);
}

export function stage(name) {
  return (language === 'zh' && STAGES[name]) || (name || '').replace('_', ' ');
}

export function hour(at) {
  const time = new Date(at);
  const text = `${String(time.getHours()).padStart(2, '0')}:${String(time.getMinutes()).padStart(2, '0')}`;
  const day = new Date();
  if (time.toDateString() === day.toDateString()) return text;
  return `${time.getMonth() + 1}-${String(time.getDate()).padStart(2, '0')} ${text}`;
}

export function ago(hours) {
  if (hours === null || hours === undefined) return t('never');
  if (hours < 1) return t('minutesAgo', Math.round(hours * 60));
  return hours < 48 ? t('hoursAgo', hours < 10 ? hours.toFixed(1) : Math.round(hours)) : t('daysAgo', Math.round(hours / 24));
}
