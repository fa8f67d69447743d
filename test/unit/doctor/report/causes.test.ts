import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { gravest, type Finding } from '../../../../src/doctor/report/finding.ts';
import { type CauseId, causeIds } from '../../../../src/doctor/report/report.ts';

const engineTests = new URL('../../../engine/', import.meta.url);

test('every cause has a server or a network with just that fault', () => {
  const tests = readdirSync(engineTests)
    .filter((name) => name.startsWith('doctor'))
    .map((name) => readFileSync(new URL(name, engineTests), 'utf8'));
  const untested = causeIds.filter((cause) => !tests.some((text) => text.includes(`'${cause}'`)));
  expect(tests.length).toBeGreaterThan(2);
  expect(untested).toEqual([]);
});

function finding(cause: Exclude<CauseId, 'none'>, blocks: boolean): Finding {
  return { cause, certainty: 'certain', blocks, explanation: '', advice: '' };
}

test('what blocks is named before what does not, and among the harmless the gravest', () => {
  const harmless = [finding('charset', false), finding('private-passive-address', false)];
  expect(gravest(harmless)?.cause).toBe('private-passive-address');
  expect(gravest([...harmless, finding('login-refused', true)])?.cause).toBe('login-refused');
  expect(gravest([])).toBeUndefined();
});
