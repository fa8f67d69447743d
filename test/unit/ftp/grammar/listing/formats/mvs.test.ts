import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anySecond, entryOf, partsOf, readBy } from '../hostListings.ts';

const qualifier = fc.stringMatching(/^[A-Z@#$][A-Z0-9@#$-]{0,7}$/);
const dataSet = fc.array(qualifier, { minLength: 1, maxLength: 4 }).map((names) => names.join('.'));
const volume = fc.stringMatching(/^[A-Z0-9]{6}$/);
const header = 'Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname';

test('a data set is read as it was written, with the day of its last use', () => {
  const organization = fc.constantFrom('PS', 'PO', 'PO-E', 'DA');
  const used = fc.constantFrom(' 1    1', '110500', ' 1+++++', ' 1 ????');
  fc.assert(
    fc.property(
      dataSet,
      volume,
      organization,
      used,
      anySecond,
      (name, volume, dsorg, used, time) => {
        const { year, month, day } = partsOf(time);
        const columns = `${volume} 3390   ${year}/${month}/${day} ${used}  FB      80 27920  ${dsorg}`;
        const expected = {
          name,
          type: dsorg.startsWith('PO') ? 'directory' : 'file',
          size: undefined,
          modified: new Date(`${year}-${month}-${day}T00:00:00Z`),
          precision: 'day',
          timeOf: 'lastUse',
        };
        expect(entryOf('mvs', `${columns}  ${name}`)).toEqual(expected);
        expect(readBy('mvs', [header, `${columns}  '${name}'`]).entries).toEqual([expected]);
      },
    ),
  );
});

test('a name alone is a member only under the header of members', () => {
  const members = ' Name     VV.MM   Created       Changed      Size  Init   Mod   Id';
  expect(readBy('mvs', ['LOADLIST']).entries).toEqual([]);
  expect(readBy('mvs', [header, 'LOADLIST']).entries).toEqual([]);
  expect(readBy('mvs', [members, 'LOADLIST']).entries).toHaveLength(1);
});

test('what is said in place of the columns needs the header, or blanks before the name', () => {
  expect(readBy('mvs', ['Migrated A.B', 'Pseudo Directory A']).entries).toEqual([]);
  expect(readBy('mvs', [header, 'Migrated A.B', 'Pseudo Directory A']).entries).toHaveLength(2);
  expect(entryOf('mvs', 'Migrated          A.B')).toMatchObject({ name: 'A.B', type: 'file' });
});

test('a job is known by its id, its output by that and its number', () => {
  const lines = [
    'JOBNAME  JOBID    OWNER    STATUS CLASS',
    'ANOTHER  JOB06184 Z33500   OUTPUT A        RC=0000',
    '--------',
    '         ID  STEPNAME PROCSTEP C DDNAME   BYTE-COUNT',
    '         012 JES2        N/A   A JESMSGLG      1234',
    '1 spool files',
  ];
  const { entries, unread } = readBy('mvs', lines);
  expect([entries.map(({ name }) => name), unread]).toEqual([['JOB06184', 'JOB06184.12'], []]);
});
