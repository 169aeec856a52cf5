(() => {
'use strict';
const d = document, $ = (s, r = d) => r.querySelector(s), $$ = (s, r = d) => [...r.querySelectorAll(s)];
const make = name => d.createElement(name);
const words = JSON.parse(d.body.dataset.words);
// The server's clock: the footer has the page's time.
const skew = Date.parse($('footer time').dateTime) - Date.now();
const at = a => +new URL(a.href).searchParams.get('at') / 1e3;
let local = false;

const ages = () => $$('.l .t+small').forEach(e => {
  const s = Math.max(0, Math.floor((Date.now() + skew - at(e.previousElementSibling)) / 1e3));
  const [t, n] = s < 60 ? ['s', s] : s < 3600 ? ['m', s / 60] : ['h', s / 3600];
  e.textContent = words[t].replace('{n}', Math.floor(n));
});
const times = () => {
  $$('.t').forEach(a => {
    // Local time as if it were UTC.
    const u = new Date(at(a)), t = new Date(u - (local ? u.getTimezoneOffset() * 6e4 : 0));
    const [day, hms] = t.toISOString().split(/T|\./);
    const name = t.getUTCDate() !== u.getUTCDate() ? t.toLocaleDateString(d.documentElement.lang, {weekday: 'short', timeZone: 'UTC'}) + ' ' : '';
    a.textContent = name + hms;
    a.dataset.d = day;
  });
  const h = $('.l thead th');
  if (h) h.textContent = local ? words.local : words.utc;
};
const zone = $('#zone');
const turn = () => { local = !local; zone.ariaPressed = local; times(); };
if (zone) { zone.hidden = zone.ariaPressed = false; zone.onclick = turn; }
setInterval(ages, 15e3);
times();

// Density goes into the address, so that it is kept.
$$('input[name=dense]').forEach(i => i.onchange = () => {
  const u = new URL(location);
  i.value ? u.searchParams.set('dense', 1) : u.searchParams.delete('dense');
  history.replaceState(null, '', u);
});

const copy = (text, b) => navigator.clipboard?.writeText(text).then(() => b && (b.textContent = '✓'));
navigator.clipboard && $$('dd>code,h2>code').forEach(c => {
  const b = make('button');
  b.type = 'button'; b.textContent = words.copy;
  b.onclick = () => copy(c.textContent, b);
  c.after(' ', b);
});

const live = $('#live');
let source, after, retry, held = [], wanted = false;
const say = (text, on) => { live.textContent === text || (live.textContent = text); live.ariaPressed = !!on; };
const place = rows => {
  const list = $('.l');
  if (!list) return location.reload();
  let body = $('tbody', list);
  if (!body || $('.h', body).dataset.live !== '1') {
    body = make('tbody');
    body.innerHTML = '<tr class=h data-live=1><th colspan=2 scope=rowgroup>';
    $('th', body).textContent = words.live;
    list.tHead.after(body);
  }
  rows.forEach(r => { if (!known(r)) body.rows[0].after(r); });
  times(); ages();
};
const id = r => new URL($('.t', r).href).pathname.split('/').pop();
const known = r => $$('.l .t').some(a => a.pathname.endsWith(id(r)));
const show = () => { $('#new')?.remove(); const rows = held; held = []; place(rows); };
const take = (e, from) => {
  after = e.lastEventId;
  const t = make('table');
  t.innerHTML = e.data;
  const rows = $$('tr', t).reverse();
  // Links of a row start where the tail is.
  $$('a', t).forEach(a => a.href = new URL(a.getAttribute('href'), from));
  held.push(...rows);
  if (scrollY < 99 && !$('.l tr:focus-within')) return show();
  const b = $('#new') || d.body.appendChild(make('button'));
  b.id = 'new'; b.ariaLive = 'polite';
  b.textContent = words.new.replace('{n}', held.length);
  b.onclick = show;
};
const open = () => {
  const u = new URL(live.dataset.tail, location);
  if (after) u.searchParams.set('after', after);
  say(words.connecting);
  const s = source = new EventSource(u), hear = (name, f) => s.addEventListener(name, f);
  hear('open', () => say(words.live, true));
  hear('message', e => take(e, u));
  hear('place', e => say(words.live, after = e.lastEventId));
  hear('wait', () => say(words.again, true));
  hear('lost', e => { after = ''; end(e.data || words.off); });
  hear('error', async () => {
    say(words.again, true);
    // The browser retries if it got a tail. A redirect leads to a login.
    if (s.readyState < 2) return;
    const r = await fetch(u, {method: 'HEAD'}).catch(() => u);
    const why = words[r.redirected ? 401 : r.status];
    if (s === source) why ? end(why) : retry = setTimeout(open, 5e3);
  });
};
const stop = () => { clearTimeout(retry); source?.close(); source = null; };
const end = why => { wanted = false; stop(); say(why); };
const toggle = () => (wanted = !wanted) ? open() : end(live.title);
if (live) { live.hidden = false; live.title = live.textContent; live.onclick = toggle; }
d.addEventListener('visibilitychange', () => {
  if (!wanted) return;
  stop();
  if (!d.hidden) open();
});

let on = localStorage['bt-keys'] !== 'off';
const button = $('#keys');
button.hidden = false;
const list = () => {
  const open = $('#list');
  if (open) { open.remove(); return button.focus(); }
  const p = make('p'), b = make('button');
  p.id = 'list'; p.className = 'card'; p.textContent = words.list + ' ';
  const label = () => b.textContent = on ? words.keysoff : words.keyson;
  b.type = 'button'; label();
  b.onclick = () => { on = !on; localStorage['bt-keys'] = on ? 'on' : 'off'; label(); };
  p.append(b); button.after(p); b.focus();
};
button.onclick = list;
const focused = () => d.activeElement.closest('tr,.n');
const go = step => {
  const all = $$('.t'), i = all.indexOf($('.t', focused() || make('i')));
  all[Math.min(all.length - 1, Math.max(0, i + step))]?.focus();
};
const follow = part => $(`a[href*="${part}/"]`, focused() || d)?.click();
const keys = {
  j: () => go(1), k: () => go(-1), h: () => follow('resource'), s: () => follow('story'), a: () => follow('actor'),
  c: () => { const r = focused(); if (r) copy(id(r)); },
  '/': () => $('form input')?.focus(), o: () => $('a[rel=next]')?.click(),
  l: () => live && toggle(), u: () => zone && turn(), '?': list,
};
d.addEventListener('keydown', e => {
  const f = e.target.matches('input,select');
  if (e.key === 'Escape' && f) return e.target.blur();
  if ((!on && e.key !== '?') || f || e.ctrlKey || e.altKey || e.metaKey || !keys[e.key]) return;
  e.preventDefault();
  keys[e.key]();
});
})();
