import { domainToASCII } from 'node:url';

/**
 * A host as the world below knows it: letters of other alphabets in the form of DNS (RFC 5891), and
 * what is no name, such as an IPv6 address, as it is.
 */
export function asciiHost(host: string): string {
  return host.includes(':') ? host : domainToASCII(host) || host;
}

/**
 * Whom a host must prove to be: its name without the dot at its end, which RFC 6066, 3, bars from
 * SNI and no certificate has, and an address without the interface of this machine.
 */
export function hostIdentity(host: string): string {
  return asciiHost(host).replace(/\.$/, '').replace(/%.*$/, '');
}
