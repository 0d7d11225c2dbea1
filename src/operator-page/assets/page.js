/**
 * Brings the page up to date every few seconds, and follows its own links without leaving it. Everything is rendered by the gateway: the
 * same address gives the same page without this script. Elements stay the same ones, so that focus, selection, scroll and what is unfolded stay.
 */
const EVERY_MS = 5000;
const TYPING_MS = 250;
const PARTS = ['main', 'clock'];

const filter = document.getElementById('filter');
const pause = document.getElementById('pause');
const away = document.getElementById('away');
const said = document.getElementById('said');
let underWay = new AbortController();
let lastAnswer = document.querySelector('#clock time').textContent;
let typing;

/** The page at this address, in the place of what is shown. Resolves with whether it came. */
async function show(address) {
  underWay.abort();
  underWay = new AbortController();
  const { signal } = underWay;
  try {
    const answer = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]), cache: 'no-store' });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const wanted = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (signal.aborted) return false;
    renew(wanted);
    return true;
  } catch {
    if (signal.aborted) return false;
    const text = `No answer from this gateway since ${lastAnswer} UTC: what stands here is of then. Trying again.`;
    if (away.textContent !== text) away.textContent = text;
    return false;
  }
}

function renew(wanted) {
  const before = document.getElementById('main').dataset.state;
  const { activeElement } = document;
  const keepPlace = holdPlace(activeElement);
  for (const id of PARTS) morph(document.getElementById(id), wanted.getElementById(id));
  // One that was moved has lost it.
  if (activeElement?.isConnected && document.activeElement !== activeElement) activeElement.focus({ preventScroll: true });
  keepPlace();
  document.title = wanted.title;
  lastAnswer = wanted.querySelector('#clock time').textContent;
  away.textContent = '';
  const { state } = document.getElementById('main').dataset;
  if (state !== before) said.textContent = state;
}

/** What is being read stays where it is, whatever comes above it. At the page's very top it may move: what is new is to be seen. */
function holdPlace(focused) {
  const { top } = focused.getBoundingClientRect();
  const isRead = focused.closest('main section') && top >= 0 && top < innerHeight;
  const held = isRead ? focused : document.elementFromPoint(innerWidth / 2, innerHeight / 3)?.closest('[data-key], section');
  if (!held || scrollY === 0) return () => {};
  const before = held.getBoundingClientRect().top;
  return () => held.isConnected && scrollBy(0, held.getBoundingClientRect().top - before);
}

/** Makes an element equal to another of the same name. */
function morph(element, wanted) {
  for (const { name, value } of [...wanted.attributes]) if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  for (const { name } of [...element.attributes]) {
    const isPeoples = name === 'open' && element.localName === 'details';
    if (!isPeoples && !wanted.hasAttribute(name)) element.removeAttribute(name);
  }
  const keyed = new Map([...element.children].map((child) => [keyOf(child), child]));
  let at = element.firstChild;
  for (const child of [...wanted.childNodes]) {
    const key = keyOf(child);
    const same = key === undefined ? (at && isAlike(at, child) ? at : undefined) : keyed.get(key);
    if (!same) element.insertBefore(document.importNode(child, true), at);
    else {
      if (same === at) at = at.nextSibling;
      else element.insertBefore(same, at);
      if (same.nodeType === Node.ELEMENT_NODE) morph(same, child);
      else if (same.data !== child.data) same.data = child.data;
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.dataset.key || node.id || undefined : undefined;
}

function isAlike(one, other) {
  return one.nodeName === other.nodeName && keyOf(one) === undefined;
}

/** Another view: the address tells of it, and a screen reader what there is now. */
async function go(address, { replaces = false } = {}) {
  const url = new URL(address, location.href);
  history[replaces ? 'replaceState' : 'pushState']({}, '', url);
  if (!(await show(url))) return;
  filter.value = url.searchParams.get('q') ?? '';
  const { shown } = document.getElementById('main').dataset;
  said.textContent = shown;
  if (url.hash && !replaces) document.querySelector(`${url.hash}-title`)?.focus();
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="?"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
  event.preventDefault();
  void go(link.href);
});

function filtered() {
  const url = new URL(location.pathname, location.href);
  const { sort } = Object.fromEntries(new URLSearchParams(location.search));
  if (filter.value !== '') url.searchParams.set('q', filter.value);
  if (sort) url.searchParams.set('sort', sort);
  return url;
}

filter.form.addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(typing);
  void go(filtered());
});
filter.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    const text = filter.value;
    history.replaceState({}, '', filtered());
    void show(filtered()).then((came) => {
      if (came && filter.value === text) said.textContent = document.getElementById('main').dataset.shown;
    });
  }, TYPING_MS);
});
addEventListener('popstate', () => {
  filter.value = new URLSearchParams(location.search).get('q') ?? '';
  void show(location.href);
});

pause.hidden = false;
pause.addEventListener('click', () => {
  const isPaused = pause.getAttribute('aria-pressed') !== 'true';
  pause.setAttribute('aria-pressed', String(isPaused));
  if (!isPaused) void show(location.href);
});

function refresh() {
  const isPaused = pause.getAttribute('aria-pressed') === 'true';
  if (document.hidden || isPaused) return Promise.resolve();
  return show(location.href);
}
document.addEventListener('visibilitychange', () => void refresh());
(function again() {
  setTimeout(() => void refresh().finally(again), EVERY_MS);
})();
