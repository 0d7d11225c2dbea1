/** Every relative link of a Markdown file leads to a file that is there, and to a heading that it has. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import Slugger from 'github-slugger';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { toString as textOf } from 'mdast-util-to-string';
import { visit } from 'unist-util-visit';
import { ROOT } from '../../helpers/docs/guides.ts';

const FILES = globSync('**/*.md', {
  cwd: ROOT,
  exclude: (path) => /^(node_modules|\.kubezoo|tmp)$/.test(path.split('/')[0]!) || path.includes('node_modules'),
}).sort();

interface Page {
  readonly links: readonly string[];
  readonly anchors: ReadonlySet<string>;
}

function readPage(markdown: string): Page {
  const links: string[] = [];
  const anchors = new Set<string>();
  const slugger = new Slugger();
  visit(fromMarkdown(markdown) as Nodes, (node) => {
    if (node.type === 'link' || node.type === 'image' || node.type === 'definition') links.push(node.url);
    if (node.type === 'html') for (const [, url] of node.value.matchAll(/(?:src|srcset|href)="([^"]*)"/g)) links.push(url!);
    if (node.type === 'heading') anchors.add(slugger.slug(textOf(node)));
  });
  return { links, anchors };
}

/** What is wrong with the links of a page. */
function faultsOf(path: string, markdown: string): string[] {
  const faults: string[] = [];
  for (const url of readPage(markdown).links) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(url)) continue;
    const [file = '', anchor] = decodeURI(url).split('#');
    const target = file === '' ? path : normalize(join(dirname(path), file));
    if (!existsSync(join(ROOT, target))) faults.push(`${path}: ${url}: there is no such file`);
    else if (anchor !== undefined && statSync(join(ROOT, target)).isFile() && target.endsWith('.md')) {
      const text = target === path ? markdown : readFileSync(join(ROOT, target), 'utf8');
      if (!readPage(text).anchors.has(anchor)) faults.push(`${path}: ${url}: there is no such heading`);
    }
  }
  return faults;
}

describe('links in Markdown', () => {
  it('lead somewhere', () => {
    assert.ok(FILES.includes('README.md') && FILES.includes('docs/README.md'), FILES.join(' '));
    assert.deepEqual(
      FILES.flatMap((path) => faultsOf(path, readFileSync(join(ROOT, path), 'utf8'))),
      [],
    );
  });
  it('that lead nowhere are found', () => {
    const markdown =
      '# A title\n\n[a](cli.md) [b](nowhere.md) [c](cli.md#nowhere) [d](#a-title) [e](#nothing)\n\n<img src="pictures/none.svg">\n';
    assert.deepEqual(faultsOf('docs/limits.md', markdown), [
      'docs/limits.md: nowhere.md: there is no such file',
      'docs/limits.md: cli.md#nowhere: there is no such heading',
      'docs/limits.md: #nothing: there is no such heading',
      'docs/limits.md: pictures/none.svg: there is no such file',
    ]);
  });
});
