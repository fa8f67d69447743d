import type { Surroundings } from './firewall.ts';

/** What a data port does in a situation: `plain` works in the clear only. */
export type Outcome = 'works' | 'plain' | 'fails';

/** A network of the README's table, and what is expected of it. */
export interface Situation {
  readonly words: string;
  readonly surroundings: Surroundings;
  readonly defaultPort: Outcome;
  readonly active: Outcome;
  readonly passive: Outcome;
  /** Where the ladder ends, without TLS and with it; `undefined`: there is no way for data. */
  readonly rung: { readonly none: string | undefined; readonly explicit: string | undefined };
}

const top = 'block mode · default data port';
const passive = 'block mode · EPSV';
const alike = (rung: string | undefined) => ({ none: rung, explicit: rung });

/** From nothing in the way to everything. */
export const situations: readonly Situation[] = [
  {
    words: 'nothing in the way',
    surroundings: { client: 'everything' },
    defaultPort: 'works',
    active: 'works',
    passive: 'works',
    rung: alike(top),
  },
  {
    words: 'your side: a stateful firewall',
    surroundings: { client: 'answers' },
    defaultPort: 'fails',
    active: 'fails',
    passive: 'works',
    rung: alike(passive),
  },
  {
    words: 'your side: a stateful firewall that reads FTP (ALG)',
    surroundings: { client: 'answers', alg: true },
    defaultPort: 'fails',
    active: 'plain',
    passive: 'works',
    rung: alike(passive),
  },
  {
    words: 'your side: address-dependent filtering',
    surroundings: { client: 'addressDependent' },
    defaultPort: 'works',
    active: 'fails',
    passive: 'works',
    rung: alike(top),
  },
  {
    words: 'your side: NAT with address-dependent filtering',
    surroundings: { client: 'addressDependent', nat: 'portsKept' },
    defaultPort: 'works',
    active: 'fails',
    passive: 'works',
    rung: alike(top),
  },
  {
    words: 'the same, and the NAT changes ports',
    surroundings: { client: 'addressDependent', nat: 'portsChanged' },
    defaultPort: 'works',
    active: 'fails',
    passive: 'works',
    rung: alike(top),
  },
  {
    words: 'your side: plain NAT, as in a home router',
    surroundings: { client: 'answers', nat: 'portsKept' },
    defaultPort: 'fails',
    active: 'fails',
    passive: 'works',
    rung: alike(passive),
  },
  {
    words: 'your side: plain NAT that reads FTP (ALG)',
    surroundings: { client: 'answers', nat: 'portsKept', alg: true },
    defaultPort: 'fails',
    active: 'plain',
    passive: 'works',
    rung: alike(passive),
  },
  {
    words: 'the server exposes only port 21',
    surroundings: { client: 'everything', onlyPort21: true },
    defaultPort: 'works',
    active: 'works',
    passive: 'fails',
    rung: alike(top),
  },
  {
    words: 'only port 21 there, address-dependent filtering here',
    surroundings: { client: 'addressDependent', onlyPort21: true },
    defaultPort: 'works',
    active: 'fails',
    passive: 'fails',
    rung: alike(top),
  },
  {
    words: 'only port 21 there, plain NAT here',
    surroundings: { client: 'answers', nat: 'portsKept', onlyPort21: true },
    defaultPort: 'fails',
    active: 'fails',
    passive: 'fails',
    rung: alike(undefined),
  },
  {
    words: 'only port 21 there, plain NAT here that reads FTP (ALG)',
    surroundings: { client: 'answers', nat: 'portsKept', alg: true, onlyPort21: true },
    defaultPort: 'fails',
    active: 'plain',
    passive: 'fails',
    rung: { none: 'stream mode · EPRT', explicit: undefined },
  },
];
