import { expect, test } from 'vitest';
import { isSitesNode } from '../../../src/views/nodes.ts';

const entry = { name: 'a', type: 'file' };

test.each([
  { kind: 'group', name: 'Customers' },
  { kind: 'site', siteId: 'shop' },
  { kind: 'entry', siteId: 'shop', path: '/a', entry },
])('%j is a row', (row) => {
  expect(isSitesNode(row)).toBe(true);
});

test.each([
  undefined,
  null,
  'shop',
  { kind: 'site', siteId: 'Shop/..' },
  { kind: 'entry', siteId: '', path: '/a', entry },
  { kind: 'entry', siteId: 'shop', path: '/a/../b', entry },
  { kind: 'entry', siteId: 'shop', path: '/a\r\nDELE b', entry },
  { kind: 'entry', siteId: 'shop', path: 'a', entry },
  { kind: 'entry', siteId: 'shop', path: '/a', entry: null },
  { kind: 'other', siteId: 'shop' },
])('%j is none', (value) => {
  expect(isSitesNode(value)).toBe(false);
});
