import { expect, test } from 'vitest';
import { chartSvg } from '../../../../scripts/bench/chart.ts';

const bars = [
  { name: 'Portside', seconds: 2 },
  { name: 'others & more', seconds: 8 },
];
const facts = { notes: ['peers: lftp 4.9.2'], date: new Date('2026-11-28T12:00:00Z') };

test('bars begin at nothing, and are as long as what they show', () => {
  const svg = chartSvg([{ title: 'Files', far: true, bars }], facts);
  const [ours, others] = [...svg.matchAll(/<rect class="(?:ours|other)".* width="([\d.]+)"/g)];
  expect(Number(others?.[1]) / Number(ours?.[1])).toBeCloseTo(4);
});

test('the chart says in words what it shows, when it was measured and how to repeat it', () => {
  const svg = chartSvg([{ title: 'Files', far: true, bars }], facts);
  expect(svg).toContain('aria-label="Files: Portside 2.00 s, others &amp; more 8.00 s"');
  expect(svg).toContain('lftp 4.9.2');
  expect(svg).toContain('2026-11-28');
  expect(svg).toContain('npm run bench -- --update-chart');
});
