import { expect, test } from 'vitest';
import { isMet, reportJson, type ReportedRow, rowText } from '../../../../scripts/bench/report.ts';

const row: ReportedRow = {
  name: '200 files down',
  unit: 's',
  portside: 12.714,
  peers: { lftp: 79.87 },
  limit: 0.531,
  figure: 1.1,
  met: false,
  note: 'lftp: slow, measured once',
  spread: { portside: [12.5, 13] },
};

test.each([
  ['what reaches the figure is met', { portside: 1.1, figure: 1.1, limit: 0.5 }, true],
  ['what does not is not', { portside: 1.2, figure: 1.1, limit: 0.5 }, false],
  ['what nearly reaches the limit is met', { portside: 1.2, figure: 1.1, limit: 1.1 }, true],
  ['what could not be measured is not met', { portside: null, figure: 1.1, limit: 1.1 }, false],
  ['a figure that nobody knows is not met', { portside: 1, figure: null, limit: null }, false],
])('%s', (_, measured, met) => {
  expect(isMet(measured)).toBe(met);
});

test('a row tells the verdict, the medians with their spread, and the note', () => {
  expect(rowText(row)).toBe(
    [
      '200 files down: not met',
      '    portside 12.71 s (12.50–13.00), figure 1.10 s, limit 0.53 s',
      '    lftp 79.87 s',
      '    lftp: slow, measured once',
      '',
    ].join('\n'),
  );
});

test('one measurement has no spread', () => {
  expect(rowText({ ...row, spread: { portside: [12.714, 12.714] } })).toContain(
    'portside 12.71 s, figure',
  );
});

test('milliseconds are whole, and empty lines are left out', () => {
  const short = {
    ...row,
    unit: 'ms',
    portside: 81.4,
    figure: 100,
    limit: null,
    met: true,
  } as const;
  expect(rowText({ ...short, peers: {}, note: '', spread: {} })).toBe(
    '200 files down: met\n    portside 81 ms, figure 100 ms\n',
  );
});

test('a row that was not measured says so and why', () => {
  const unmeasured = { ...row, portside: null, limit: null, figure: null, peers: {}, spread: {} };
  expect(rowText({ ...unmeasured, note: 'no root' })).toBe(
    '200 files down: not measured\n    no root\n',
  );
});

test('the JSON has the rows as they are', () => {
  expect(JSON.parse(reportJson([row]))).toEqual({ rows: [row] });
});
