import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryOf } from '../hostListings.ts';

const group = fc.stringMatching(/^[A-Z][A-Z0-9]{0,7}$/);
const count = fc.nat(999_999);

test('a file is read as it was written, before its columns or after them', () => {
  const kind = fc.constantFrom('FA', 'FB', 'BA', 'VA');
  const unit = fc.constantFrom('B', 'W');
  fc.assert(
    fc.property(
      group,
      kind,
      unit,
      count,
      count,
      fc.boolean(),
      (name, kind, unit, record, end, isFirst) => {
        const columns = `${record}${unit}  ${kind}  ${end}  2147483647   1       16  1  *`;
        const bytes = record * end * (unit === 'W' ? 2 : 1);
        expect(
          entryOf('mpeix', isFirst ? `${name} ${columns}` : `  PRIV ${columns}  ${name}`),
        ).toEqual({
          name,
          type: 'file',
          size: kind === 'VA' ? undefined : bytes,
          modified: undefined,
          precision: 'none',
        });
      },
    ),
  );
});
