import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  readonly withoutScripts?: boolean;
}

export interface OpenPage {
  readonly page: Page;
  /** What went wrong in it since it was opened: the console's errors, exceptions, what the CSP has forbidden, answers that are none. */
  readonly troubles: string[];
  close(): Promise<void>;
}

export async function openPage(browser: Browser, url: string, options: PageOptions = {}): Promise<OpenPage> {
  const { colorScheme = 'light', width = 1280, height = 900, withoutScripts = false } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, javaScriptEnabled: !withoutScripts });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`exception: ${error.message}`));
  page.on('response', (response) => response.status() >= 400 && troubles.push(`HTTP ${response.status()}: ${response.url()}`));
  page.on('request', (request) => new URL(request.url()).origin !== new URL(url).origin && troubles.push(`elsewhere: ${request.url()}`));
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, troubles, close: () => context.close() };
}

interface AxeNode {
  readonly target: readonly string[];
  readonly any: readonly { readonly data?: { readonly contrastRatio?: number } | null }[];
}

interface AxeResult {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly AxeNode[];
}

type Axe = Readonly<Record<'violations' | 'incomplete' | 'passes', readonly AxeResult[]>>;

/** Axe-core finds nothing to complain of, and has measured the contrast of all text. @returns the least contrast of text and its ground */
export async function assertAccessible(page: Page): Promise<number> {
  await page.evaluate(AXE);
  const { violations, incomplete, passes } = await page.evaluate<Axe>('axe.run()');
  const told = (results: readonly AxeResult[]) =>
    results.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  assert.deepEqual(told(violations), []);
  assert.deepEqual(told(incomplete), []);
  const measured = passes.filter(({ id }) => id === 'color-contrast').flatMap(({ nodes }) => nodes);
  const ratios = measured.flatMap(({ any }) => any.map(({ data }) => data?.contrastRatio ?? Number.POSITIVE_INFINITY));
  assert.ok(ratios.length > 20, `the contrast of ${ratios.length} texts was measured`);
  return Math.min(...ratios);
}

/** All that Tab comes to, in order, as a screen reader names it; each is to be seen, with a mark that it has the focus. */
export async function walkByTab(page: Page): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<{ name: string; isMarked: boolean; isSeen: boolean } | undefined>(`(() => {
      const { activeElement: element } = document;
      if (!element || element === document.body) return undefined;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      return {
        name: (element.labels?.[0] ?? element).textContent.trim().replace(/\\s+/g, ' '),
        isMarked: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
        isSeen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.left >= 0 && box.right <= innerWidth + 1,
      };
    })()`);
    if (!focused) return names;
    assert.ok(focused.isMarked, `${focused.name}: nothing shows that it has the focus`);
    assert.ok(focused.isSeen, `${focused.name}: it has the focus and is out of sight`);
    names.push(focused.name);
    assert.ok(names.length < 500, 'Tab does not come to an end');
  }
}
