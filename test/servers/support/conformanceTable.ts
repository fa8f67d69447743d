import { rungWords } from '../../../src/ftp/rung.ts';
import { allLacksOf, type Lack } from '../lacks.ts';
import type { RealServer } from './realServer.ts';

/** What the README says of the servers that all tests are run against. */
export function conformanceTable(servers: readonly RealServer[]): string {
  const head = ['| Server | TLS | Data connections | Lacks |', '|---|---|---|---|'];
  return [...head, ...servers.map(row)].join('\n');
}

function row(server: RealServer): string {
  const lacks = allLacksOf(server).map(sentence);
  const cells = [
    `${server.name} ${server.version}`.trim(),
    tlsOf(server),
    rungWords(server.rung),
    lacks.length > 0 ? lacks.join('; ') : 'nothing',
  ];
  return `| ${cells.join(' | ')} |`;
}

function sentence({ why, protections }: Lack): string {
  return protections === undefined ? why : `${why} (${protections.map(short).join(', ')})`;
}

function tlsOf({ protections, withoutTickets, whyNoTls = 'none' }: RealServer): string {
  const versions = protections.filter((protection) => protection !== 'none');
  if (versions.length === 0) return whyNoTls;
  return versions
    .map((version) =>
      withoutTickets.includes(version) ? `${short(version)}, never resumed` : short(version),
    )
    .join('; ');
}

function short(protection: string): string {
  return protection === 'none' ? 'no TLS' : protection.replace('TLSv', '');
}
