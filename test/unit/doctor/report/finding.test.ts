import { expect, test } from 'vitest';
import { type Finding, gravest } from '../../../../src/doctor/report/finding.ts';

function harmless(cause: Finding['cause']): Finding {
  return { cause, certainty: 'unknown', blocks: false, explanation: '', advice: '' };
}

test('an examination that came to no end is named where nothing else was found', () => {
  const cutShort = harmless('interrupted');
  expect(gravest([cutShort])).toBe(cutShort);
  expect(gravest([cutShort, harmless('charset')])?.cause).toBe('charset');
  expect(gravest([cutShort, { ...harmless('login-refused'), blocks: true }])?.cause).toBe(
    'login-refused',
  );
});
