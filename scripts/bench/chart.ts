// The chart of the README: how long Portside and others take for the same, in the bench's own words.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { launchChromium } from '../chromium.ts';
import { projectRoot } from '../paths.ts';
import type { Course } from './course.ts';
import type { ReportedRow } from './report.ts';

const chartFile = join(projectRoot, 'media', 'speed.svg');
const pictureFile = join(projectRoot, 'media', 'speed.png');

/** What is shown, in this order, and what it is called there. */
const panels = [
  { row: '200 files of 4 KiB down, vsftpd', title: '200 files of 4 KiB from vsftpd', far: true },
  {
    row: '200 files of 4 KiB down, serve',
    title: '200 files of 4 KiB from portside serve, in block mode',
    far: true,
  },
  { row: 'one file of 1 GiB down', title: 'One file of 1 GiB from portside serve', far: false },
] as const;

/**
 * Renews it, and the picture of it for where no SVG may be shown, as on the Marketplace. Throws where one
 * of its rows was not measured.
 */
export async function writeChart(
  rows: readonly ReportedRow[],
  { notes }: Course,
  signal: AbortSignal,
): Promise<void> {
  const shown = panels.map(({ row, ...panel }) => ({ ...panel, bars: barsOf(row, rows) }));
  const chart = chartSvg(shown, { notes, date: new Date() });
  await writeFile(chartFile, chart);
  await using browser = await launchChromium(signal);
  const page = await browser.newPage({ deviceScaleFactor: 1.5, colorScheme: 'light' });
  await page.setContent(`<body style="margin: 0">${chart}</body>`);
  await page.locator('svg').screenshot({ path: pictureFile, omitBackground: true });
}

interface Bar {
  readonly name: string;
  readonly seconds: number;
}

interface Panel {
  readonly title: string;
  readonly far: boolean;
  readonly bars: readonly Bar[];
}

function barsOf(name: string, rows: readonly ReportedRow[]): readonly Bar[] {
  const row = rows.find((each) => each.name === name);
  if (row?.portside == null) throw new Error(`The chart shows "${name}", which was not measured.`);
  const all = { Portside: row.portside, ...row.peers };
  const bars = Object.entries(all).map(([who, seconds]) => ({ name: who, seconds }));
  return bars.toSorted((a, b) => a.seconds - b.seconds);
}

const width = 800;
const margin = 24;
const barsLeft = 136;
const barsRight = width - 96;
const rowHeight = 24;
const barHeight = 14;

// A card of its own, so that it can be read on any page; its colours follow the reader's.
const style = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .card { fill: #ffffff; stroke: #d0d7de; }
  .title { font-size: 15px; font-weight: 600; }
  .quiet { fill: #59636e; }
  .small { font-size: 12px; }
  .name { text-anchor: end; }
  .other { fill: #a8b1bb; }
  .ours { fill: #0a6ed1; }
  .own { font-weight: 600; }
  .axis { stroke: #d0d7de; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .card { fill: #0d1117; stroke: #3d444d; }
    .quiet { fill: #9198a1; }
    .other { fill: #59636e; }
    .ours { fill: #58a6ff; }
    .axis { stroke: #3d444d; }
  }`;

/** Where it was measured, and when. */
export interface ChartFacts {
  readonly notes: readonly string[];
  readonly date: Date;
}

/** The chart; each panel has a scale of its own, which begins at nothing. */
export function chartSvg(shown: readonly Panel[], { notes, date }: ChartFacts): string {
  const drawn: string[] = [];
  let top = 44;
  drawn.push(text(margin, top, 'title', 'How long it takes: shorter is better'));
  top += 22;
  for (const panel of shown) {
    drawn.push(...panelOf(panel, top));
    top += 60 + panel.bars.length * rowHeight;
  }
  top += 18;
  for (const line of footer(notes, date)) {
    drawn.push(text(margin, top, 'quiet small', line));
    top += 18;
  }
  const height = top + 4;
  const title = shown.map(titleOf).join('; ');
  const card = `<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${style}\n</style>`,
    card,
    ...drawn,
    '</svg>',
  ].join('\n')}\n`;
}

function titleOf({ title, bars }: Panel): string {
  return `${title}: ${bars.map(({ name, seconds }) => `${name} ${inSeconds(seconds)}`).join(', ')}`;
}

function panelOf({ title, far, bars }: Panel, top: number): readonly string[] {
  const longest = Math.max(...bars.map(({ seconds }) => seconds));
  const where = far ? '50 ms away, 200 Mbit/s' : 'no distance';
  const first = top + 34;
  const bottom = first + bars.length * rowHeight;
  return [
    `<text x="${margin}" y="${top + 16}"><tspan class="own">${escaped(title)}</tspan><tspan class="quiet" dx="8">${where}</tspan></text>`,
    `<line class="axis" x1="${barsLeft}" x2="${barsLeft}" y1="${first - 4}" y2="${bottom}"/>`,
    ...bars.flatMap((bar, index) => barOf(bar, first + index * rowHeight, longest)),
  ];
}

function barOf({ name, seconds }: Bar, top: number, longest: number): readonly string[] {
  const isOurs = name === 'Portside';
  const length = Math.max(2, ((barsRight - barsLeft) * seconds) / longest);
  const baseline = top + barHeight - 2;
  const weight = isOurs ? 'own' : '';
  return [
    text(barsLeft - 10, baseline, `name ${weight}`, name),
    `<rect class="${isOurs ? 'ours' : 'other'}" x="${barsLeft}" y="${top}" width="${length.toFixed(1)}" height="${barHeight}"/>`,
    text(barsLeft + length + 8, baseline, weight, inSeconds(seconds)),
  ];
}

function footer(notes: readonly string[], date: Date): readonly string[] {
  const [far = ''] = notes.filter((note) => note.startsWith('far: '));
  const [peers = ''] = notes.filter((note) => note.startsWith('peers: '));
  const means = far.includes('netem') && !far.includes('no netem') ? 'netem' : 'a relay';
  const day = date.toISOString().slice(0, 10);
  return [
    'All under TLS 1.3, from the start of the program to its end. Each panel has its own scale, from zero.',
    '×8: told to use eight connections; the other peers have one each. Portside runs with its defaults, on a server',
    'that it knows. curl ×8 met a server that does not ask data connections to resume the session of TLS.',
    `${peers.slice('peers: '.length)}; Node.js ${process.versions.node}; ${cpus().length} cores; the line is made by ${means}; ${day}.`,
    'To repeat it: npm run bench -- --update-chart',
  ];
}

const inSeconds = (seconds: number): string => `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;

function text(x: number, y: number, names: string, content: string): string {
  return `<text class="${names.trim()}" x="${x.toFixed(1)}" y="${y}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
