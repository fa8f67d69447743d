import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawReport } from '../../../../src/doctor/report/drawing.ts';
import { causeIds, type TrialOutcome } from '../../../../src/doctor/report/report.ts';
import { someReport, trial } from './someReport.ts';

// What a person sees: the text of all elements, without their tags.
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
}

// The control connection's, from the box of this machine to the right.
function endOfFirstLine(svg = ''): number {
  return Number(/<path d="M180 \d+H(\d+)"/.exec(svg)?.[1]);
}

test('every data port stands there with a mark, its outcome in words and the ports that were seen', () => {
  const texts = textsOf(drawReport(someReport()));
  expect(texts).toContain('✓ block mode · default data port: worked');
  expect(texts).toContain('✗ stream mode · EPSV: no answer');
  expect(texts).toContain('✗ stream mode · EPRT: refused');
  expect(texts).toContain('– stream mode · PORT: not offered');
  for (const port of ['port 21', 'port 20', 'port 40021', 'port 50001', 'port 41000']) {
    expect(texts).toContain(port);
  }
});

test('a port stands only where a line ends', () => {
  const { network } = someReport();
  const trials = [trial('eprt', 'notOffered', { clientPort: 43_891 })];
  const texts = textsOf(drawReport(someReport({ network: { ...network, trials } })));
  expect(texts).toContain('port 40021');
  expect(texts).not.toContain('port 43891');
});

test('an arrow goes from who dials to who is dialled, and ends at the firewall where silence was', () => {
  const svg = drawReport(someReport());
  const paths = [...svg.matchAll(/<path d="M(\d+) \d+H(\d+)"[^>]*>/g)].map(([path, from, to]) => ({
    right: Number(to) > Number(from),
    length: Math.abs(Number(to) - Number(from)),
    dashed: path.includes('dasharray'),
  }));
  const [control, byDefault, epsv, , eprt] = paths;
  expect(control).toMatchObject({ right: true, dashed: false });
  expect(byDefault).toMatchObject({ right: false, dashed: false });
  expect(epsv).toMatchObject({ right: true, dashed: true });
  expect(epsv?.length).toBeLessThan(control?.length ?? 0);
  expect(eprt).toMatchObject({ right: false, dashed: true });
  // What was not offered has no line at all.
  expect(paths.length).toBe(5);
});

test.each([
  ['data-ports-filtered-client', 'firewall'],
  ['data-ports-filtered-server', 'firewall'],
  ['data-ports-filtered-somewhere', 'firewall, here or there?'],
] as const)('%s shows where the firewall stands', (cause, words) => {
  expect(textsOf(drawReport(someReport({ cause })))).toContain(words);
});

test('without a suspicion no firewall is drawn', () => {
  expect(textsOf(drawReport(someReport({ cause: 'none' }))).join()).not.toMatch(/firewall(?!s)/);
});

test.each([
  ['host-unknown', 'none', '– control connection: not tried'],
  ['no-answer', 'none', '✗ control connection: no answer'],
  ['nobody-listens', 'none', '✗ control connection: refused'],
  ['ssh-on-port', 'reached', '✗ control connection: connected, without a login'],
  ['none', 'loggedIn', '✓ control connection: worked'],
] as const)('of %s the control connection came as far as it came', (cause, control, words) => {
  const network = { host: 'a.example.com', port: 21, control, trials: [] };
  const svg = drawReport(someReport({ cause, network }));
  expect(textsOf(svg)).toContain(words);
  expect(svg).toContain(`Control connection: ${words.split(': ')[1]}.`);
});

test('what stands between is drawn: a proxy, and where it lets nobody through', () => {
  const network = { host: 'a', port: 21, control: 'none', proxy: 'b:1080', trials: [] } as const;
  const [proxied, refused] = (['none', 'proxy'] as const).map((cause) =>
    drawReport(someReport({ cause, network })),
  );
  expect(textsOf(proxied ?? '')).toContain('proxy b:1080');
  expect(proxied).toContain('It goes through the proxy b:1080.');
  expect(endOfFirstLine(refused)).toBeLessThan(endOfFirstLine(drawReport(someReport())));
});

test('an address that the server names wrongly stands below its own', () => {
  const { network } = someReport();
  const report = someReport({ network: { ...network, passiveAddress: '10.1.2.3' } });
  const texts = textsOf(drawReport(report));
  expect(texts).toEqual(expect.arrayContaining(['192.0.2.21', 'PASV names 10.1.2.3']));
});

test('the ports that firewalls must let through stand below, for each data port', () => {
  const texts = textsOf(drawReport(someReport()));
  expect(texts).toContain('in, to port 21');
  expect(texts).toContain('out, from port 20');
  expect(texts).toContain('in, to its passive ports (seen: 50001, 50002)');
  expect(texts).toContain('in, to the ports that it names (seen: 41000)');
  for (const name of ['default data port', 'EPSV', 'PASV', 'EPRT', 'PORT']) {
    expect(texts).toContain(name);
  }
});

test('who cannot see it is told the same', () => {
  const svg = drawReport(someReport());
  expect(svg).toMatch(/^<svg [^>]*role="img"[^>]*aria-labelledby="([\w-]+) ([\w-]+)"/s);
  expect(svg).toContain('A firewall stands in front of the server.');
  expect(svg).toContain('stream mode · EPSV: no answer');
  expect(svg).toContain('<title');
});

test('colours are the theme’s, each with one in its place', () => {
  const svg = drawReport(someReport());
  const colors = [...svg.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, color = '']) => color);
  expect(colors.length).toBeGreaterThan(10);
  for (const color of new Set(colors)) {
    expect(color).toMatch(/^(?:none|context-stroke|var\(--vscode-[\w-]+, #[0-9a-f]{3,6}\))$/);
  }
  // Neither styles nor scripts: the page that shows it allows none of its own.
  expect(svg).not.toMatch(/<style|style=|<script|\son\w+=|href/);
});

test('a server’s words cannot leave their place', () => {
  const outcomes: TrialOutcome[] = ['worked', 'timedOut', 'refused', 'broken', 'notOffered'];
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom('</text><script>x</script>', '"><g onload="x', ']]>', '&amp;', '\u202egpj'),
  );
  fc.assert(
    fc.property(
      hostile,
      hostile,
      fc.constantFrom(...causeIds),
      fc.constantFrom(...outcomes),
      (host, words, cause, outcome) => {
        const report = someReport({ cause, explanation: words });
        const network = {
          ...report.network,
          host,
          serverAddress: words,
          passiveAddress: words,
          trials: [trial('epsv', outcome, { said: words })],
        };
        const svg = drawReport({ ...report, network });
        const tags = new Set([...svg.matchAll(/<\/?([^\s>/]+)/g)].map(([, tag]) => tag));
        const known = ['svg', 'title', 'desc', 'defs', 'marker', 'path', 'rect', 'text'];
        expect([...tags].filter((tag) => !known.includes(tag ?? ''))).toEqual([]);
        expect(svg).not.toMatch(/&(?!#\d+;)/);
        expect(svg.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e\p{Surrogate}]/u);
      },
    ),
  );
});
