/** The operator's page in a real browser, told made-up things: how it looks, for whom, and that nothing in it is taken for more than text. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { type Knowledge, overviewOf } from '../../../src/operator-page/overview.ts';
import { RefusalLog } from '../../../src/operator-page/refusal-log.ts';
import { createOperatorPage } from '../../../src/operator-page/serve-page.ts';
import { visibleText } from '../../../src/operator-page/visible-text.ts';
import { type AdminServer, startAdminServer } from '../../../src/telemetry/admin-server.ts';
import { openBrowser } from '../../helpers/browser/open-browser.ts';
import { madeKnowledge } from '../../unit/operator-page/made-knowledge.ts';
import { badNight, refuse } from './bad-night.ts';
import { assertAccessible, type OpenPage, openPage, type PageOptions, walkByTab } from './page-in-browser.ts';

/** `OPERATOR_PAGE_PICTURES=docs/pictures` keeps what it looks like. */
const PICTURES = process.env.OPERATOR_PAGE_PICTURES;

const PATIENCE = { timeoutMs: 30_000, intervalMs: 100 };

describe('the operator’s page', () => {
  let browser: Browser;
  let admin: AdminServer;
  let knowledge: Knowledge;
  const opened: OpenPage[] = [];

  before(async function () {
    // It may have to be fetched.
    this.timeout(180_000);
    browser = await openBrowser();
    admin = await serve('127.0.0.1:0');
  });
  after(async () => {
    await browser?.close();
    await admin?.close();
  });
  afterEach(async () => {
    for (const { page, troubles, close } of opened.splice(0)) {
      await close();
      assert.deepEqual(troubles, [], page.url());
    }
  });

  function serve(address: string): Promise<AdminServer> {
    const page = createOperatorPage({ clients: 'Loopback', overview: (query) => overviewOf(knowledge, query) });
    return startAdminServer(address, { contentType: 'text/plain', metrics: async () => '' }, () => undefined, page);
  }

  async function open(path = '/', options: PageOptions = {}): Promise<OpenPage> {
    const page = await openPage(browser, admin.url + path, options);
    opened.push(page);
    return page;
  }

  const states: readonly (readonly [string, () => Knowledge])[] = [
    ['a bad night', () => badNight()],
    [
      'no tenants at all',
      () => madeKnowledge({ etcd: undefined, upstreams: [{ name: 'default', sight: undefined }], certificates: [] }, 0),
    ],
    ['1,000 tenants', () => madeKnowledge({}, 1000)],
  ];
  for (const [what, made] of states) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 320]) {
        // Colours and widths are of the same rules in each state: of the plainer ones each is seen once.
        if (what !== 'a bad night' && (colorScheme === 'light') !== (width === 1280)) continue;
        it(`${what}, ${colorScheme}, ${width} px wide: axe has no complaint, text stands out, nothing is cut off`, async () => {
          knowledge = made();
          const { page } = await open('/', { colorScheme, width });
          const ratio = await assertAccessible(page);
          assert.ok(ratio >= 4.5, `the least contrast is ${ratio}`);
          assert.ok(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'), 'it scrolls sideways');
          const [ground] = (await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).match(/\d+/)!;
          assert.equal(Number(ground) > 128, colorScheme === 'light');
          const picture = await page.screenshot({ fullPage: width > 320, scale: 'css' });
          assert.ok(picture.length > 10_000, 'the picture is empty');
          if (PICTURES && what === 'a bad night' && width > 320) {
            mkdirSync(PICTURES, { recursive: true });
            await page.setViewportSize({ width: 1200, height: 1640 });
            await page.screenshot({ path: join(PICTURES, `operator-page-${colorScheme}.png`), scale: 'css' });
          }
        });
      }
    }
  }

  it('has landmarks, names, captions and states for who does not see it', async () => {
    knowledge = badNight();
    const { page } = await open();
    const tree = await page.locator('body').ariaSnapshot();
    for (const part of [
      /^- banner:$/m,
      /^ {2}- search:$/m,
      /searchbox "Filter"/,
      /^- navigation "Parts of this page":$/m,
      /^- main:$/m,
      /^ {2}- region "Problems \d+":$/m,
      /^ {2}- region "Tenants \d+ tenants":$/m,
      /^ {2}- region "Refused requests \d+ rows":$/m,
      /^ {2}- region "Certificates":$/m,
      /table "Use is what this gateway sees/,
      /table "The latest first, as the clients were told/,
      /columnheader "In flight"/,
      /rowheader "acme01"/,
      /img "Refused requests in each minute of the last hour: [\d,]+ in all/,
      /meter "configmaps: 5 of 5 used"/,
      /button "Pause"/,
      /^- contentinfo:$/m,
      /link "Trace [0-9a-f]{8} in Jaeger, in a new tab"/,
      /link "Look at: Upstream cluster east does not answer"/,
    ]) {
      assert.match(tree, part);
    }
    assert.equal(await page.locator('[aria-sort]').count(), 1);
    assert.equal(await page.getByRole('columnheader', { name: 'State' }).getAttribute('aria-sort'), 'other');
    assert.equal(await page.locator('table[role=table] :is(td, th):not([role])').count(), 0);
    const trace = page.getByRole('link', { name: /^Trace/ }).first();
    assert.equal(await trace.getAttribute('href'), 'http://jaeger.example.org/jaeger/trace/4bf92f3577b34da6a3ce929d0e0e4736');
  });

  it('everything is reached by Tab, in the order in which it stands, and is seen then', async () => {
    knowledge = badNight();
    const { page } = await open();
    const names = await walkByTab(page);
    assert.deepEqual(names.slice(0, 5), ['Skip to the problems', 'Filter', 'Filter', 'Pause', 'Problems']);
    assert.equal(names.length, await page.locator('a[href], button, input:not([type=hidden]), summary').count());
  });

  it('by keyboard alone: skip, filter, sort, unfold, turn the page, go back', async () => {
    knowledge = madeKnowledge({ refusals: badNight().refusals, tenants: [...badNight().tenants, ...madeKnowledge({}, 120).tenants] });
    const { page } = await open();
    const rows = () => page.locator('#tenants tbody tr').count();
    const said = () => page.locator('#said').textContent();
    const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.textContent.trim()');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await focused(), 'main');

    await page.getByRole('searchbox').focus();
    await page.keyboard.type('acme01');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/?q=acme01');
    await waitUntil('what is left to be said', async () => /^1 tenant and \d+ rows? of refused/.test((await said())!), PATIENCE);
    assert.deepEqual([await rows(), await focused()], [1, 'filter']);
    assert.match((await page.locator('#problems').textContent())!, /Tenant acme01 meets its limits[\s\S]*[1-9] problems? with nothing of/);
    assert.ok(!(await page.getByText('is not ready').isVisible()));
    await page.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    assert.ok(await page.getByText('requests.cpu').isVisible());
    await page.goBack();
    await waitUntil('all tenants again', async () => (await rows()) === 50, PATIENCE);
    assert.equal(await page.getByRole('searchbox').inputValue(), '');

    await page.getByRole('link', { name: 'In flight' }).focus();
    await page.keyboard.press('Enter');
    const sorted = page.getByRole('columnheader', { name: 'In flight' });
    await waitUntil('the order', async () => (await sorted.getAttribute('aria-sort')) === 'descending', PATIENCE);
    assert.equal(await focused(), 'sort-inflight');
    assert.match((await page.locator('#tenants tbody tr').first().textContent())!, /acme01/);

    await page.locator('#tenants-next').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/?sort=inflight&tenants=2');
    await waitUntil('page 2', async () => (await page.locator('#tenants .paging').textContent())!.includes('Page 2 of 3'), {
      timeoutMs: 5000,
    });
    assert.equal(await focused(), 'tenants-next');
  });

  it('comes up to date by itself; focus, place and what is unfolded stay', async () => {
    knowledge = badNight();
    const { refusals } = knowledge;
    const { page } = await open('/', { height: 500 });
    await page.locator('summary').first().click();
    const link = page.locator('#refused tbody tr', { hasText: 'eve' }).getByRole('link').first();
    await link.focus();
    const place = () => link.evaluate((element) => element.getBoundingClientRect().y);
    const before = await place();
    refuse(refusals as RefusalLog, { tenantId: 'newone', message: 'just now' });
    const first = page.locator('#refused tbody tr').first();
    await waitUntil('the new row', async () => (await first.textContent())!.includes('newone'), PATIENCE);
    assert.ok(await link.evaluate((element) => element.matches(':focus')), 'the focus is lost');
    assert.equal(await page.locator('details[open]').count(), 1);
    assert.ok(Math.abs((await place()) - before) < 3, 'the page has moved under the eye');
  });

  it('says so when the gateway is away, and goes on when it is back', async () => {
    knowledge = badNight();
    const own = await serve('127.0.0.1:0');
    const { page, close } = await openPage(browser, own.url);
    try {
      await own.close();
      await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
      await page.getByRole('alert').getByText('No answer from this gateway since 03:00:00 UTC').waitFor();
      assert.ok(await page.getByRole('rowheader', { name: 'acme01' }).isVisible());
      await page.getByRole('heading', { name: 'Gateway' }).scrollIntoViewIfNeeded();
      assert.ok((await page.getByRole('alert').boundingBox())!.y >= 0, 'what the alert says is out of sight');
      const again = await serve(new URL(own.url).host);
      try {
        await waitUntil('the alert to go', async () => (await page.getByRole('alert').textContent()) === '', {
          timeoutMs: 15_000,
          intervalMs: 200,
        });
      } finally {
        await again.close();
      }
    } finally {
      await close();
    }
  });

  it('what others wrote is text: no script of theirs runs, nothing turns around or hides', async () => {
    const evil = '"><script>document.title="taken"</script><img src=x onerror=document.title="taken">\u202egnp\u200b\u0007';
    knowledge = badNight();
    for (const member of ['user', 'userAgent', 'message', 'resource', 'reason', 'clientAddress', 'verb'] as const) {
      refuse(knowledge.refusals as RefusalLog, { tenantId: 'demo01', [member]: visibleText(evil) });
    }
    knowledge = {
      ...knowledge,
      upstreams: [{ name: evil, sight: { value: undefined, error: evil, since: knowledge.now } }],
      certificates: [{ what: evil, error: evil }],
    };
    const { page } = await open(`/?q=${encodeURIComponent('script')}`);
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    assert.equal(await page.locator('script').count(), 1);
    assert.equal(await page.locator('img').count(), 0);
    assert.doesNotMatch(await page.title(), /taken/);
    assert.ok((await page.getByText('<script>').count()) > 5);
    assert.doesNotMatch((await page.locator('body').textContent())!, /[^\P{Cc}\n]|\p{Cf}/u);
    await open(`/?q=${encodeURIComponent(evil)}`);
  });

  it('1,000 tenants and 500 rows are pages of 50; a filter finds the one', async () => {
    const refusals = new RefusalLog();
    for (let index = 0; index < 600; index += 1) refuse(refusals, { resource: `pods p${index}` });
    knowledge = madeKnowledge({ refusals }, 1000);
    const { page } = await open();
    assert.equal(await page.locator('#tenants tbody tr').count(), 50);
    assert.equal(await page.locator('#refused tbody tr').count(), 50);
    await page.getByRole('searchbox').fill('t00777');
    await waitUntil('the one', async () => (await page.locator('#tenants tbody tr').count()) === 1, PATIENCE);
    assert.match((await page.locator('#tenants-title').textContent())!, /1 of 1,000 tenants/);
  });

  it('does without scripts: the same address is the same view', async () => {
    knowledge = badNight();
    const { page } = await open('/', { withoutScripts: true });
    await page.getByRole('searchbox').fill('umbrla');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL('**/?q=umbrla');
    assert.equal(await page.locator('#tenants tbody tr').count(), 1);
    assert.ok(!(await page.getByRole('button', { name: 'Pause' }).isVisible()));
  });
});
