/** One end of a connection. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
}

function toPort(text: string | undefined): number | undefined {
  const port = Number(text);
  return text !== undefined && /^\d{1,5}$/.test(text) && port >= 1 && port <= 65535
    ? port
    : undefined;
}

/**
 * Reads h1,h2,h3,h4,p1,p2 wherever it stands in a text (RFC 959, 4.1.2; RFC 1123, 4.1.2.6: the
 * parentheses of a 227 reply are not to be relied on).
 */
export function parseHostPort(text: string): Endpoint | undefined {
  const match = /(?<![\d,])(\d{1,3}(?:,\d{1,3}){5})(?![\d,])/.exec(text);
  const numbers = match?.[1]?.split(',').map(Number);
  if (!numbers?.every((number) => number <= 255)) return undefined;
  const [high = 0, low = 0] = numbers.slice(4);
  const port = high * 256 + low;
  return port === 0 ? undefined : { host: numbers.slice(0, 4).join('.'), port, family: 4 };
}

/** Writes h1,h2,h3,h4,p1,p2 for PORT and 227. The endpoint is of family 4. */
export function formatHostPort({ host, port }: Endpoint): string {
  return [...host.split('.'), port >> 8, port & 255].join(',');
}

/** RFC 2428, 3: the port of a 229 reply, (<d><d><d>port<d>), with any delimiter from 33 to 126. */
export function parseExtendedPassive(text: string): number | undefined {
  const match = /\(([!-~])\1\1(\d{1,5})\1\)/.exec(text);
  return toPort(match?.[2]);
}

/** RFC 2428, 2: |1|132.235.1.2|6275| or |2|1080::8:800:200C:417A|5282|. */
export function parseExtendedPort(argument: string): Endpoint | undefined {
  const match = /^([!-~])([12])\1([0-9A-Fa-f.:]{2,45})\1(\d{1,5})\1$/.exec(argument);
  const [, , protocol, host = '', digits] = match ?? [];
  const port = toPort(digits);
  const family = protocol === '2' ? 6 : 4;
  if (port === undefined || !(family === 6 ? host.includes(':') : isDotted(host))) return undefined;
  return { host, port, family };
}

function isDotted(host: string): boolean {
  const numbers = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) ? host.split('.').map(Number) : [256];
  return numbers.every((number) => number <= 255);
}

/**
 * Writes what EPRT says: the address without its zone, which means nothing to another machine (RFC
 * 4007).
 */
export function formatExtendedPort({ host, port, family }: Endpoint): string {
  return `|${family === 6 ? 2 : 1}|${host.replace(/%.*$/, '')}|${port}|`;
}

/** The address without the IPv4-mapped prefix under which a dual-stack socket shows it. */
export function plainAddress(host: string): string {
  return host.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** True when both names mean one host, `::ffff:192.0.2.1` and `192.0.2.1` included. */
export function sameAddress(a: string, b: string): boolean {
  return plainAddress(a).toLowerCase() === plainAddress(b).toLowerCase();
}
