import * as v from 'valibot';
import { parseRemotePath, type RemotePath } from '../base/paths.ts';
import { defaultPort, dispensableVerbs, parseProxy } from '../ftp/options.ts';
import { isPassive } from '../ftp/rung.ts';
import { mostHelpfulConnections } from '../session/sessionOptions.ts';
import { isSiteId, type Site, siteColors } from './sites/site.ts';

/** The content of `portside.sites`: the sites that can be used, and what is wrong with the others. */
export interface SiteSettings {
  readonly sites: readonly Site[];
  /** A sentence for each entry that was left out. */
  readonly problems: readonly string[];
}

const text = v.pipe(v.string(), v.trim(), v.nonEmpty('is empty'));
const optionalText = v.optional(v.pipe(v.string(), v.trim()));
const wholeNumber = (least: number, most: number) =>
  v.pipe(
    v.number(),
    v.integer('is not a whole number'),
    v.minValue(least, `is less than ${least}`),
    v.maxValue(most, `is more than ${most}`),
  );

const fingerprint = v.pipe(
  v.string(),
  v.transform((digits) => digits.replaceAll(/[:\s]/g, '').toLowerCase()),
  v.regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 fingerprint of 64 hex digits'),
);

const root = v.pipe(
  v.string(),
  v.trim(),
  v.check(
    (path) => path === '' || parseRemotePath(path) !== undefined,
    'is not an absolute path such as /htdocs',
  ),
  v.transform(parseRemotePath),
);

const proxy = v.pipe(
  v.string(),
  v.trim(),
  v.check(
    (address) => parseProxy(address) !== 'holdsPassword',
    'may not hold a password: Portside asks for it and keeps it in the secret storage',
  ),
  v.check(
    (address) => address === '' || parseProxy(address) !== 'noAddress',
    'is not an address such as socks5://host:1080 or http://user@host:3128',
  ),
);

const skippedCommand = v.pipe(
  v.string(),
  v.transform((verb) => verb.trim().toUpperCase()),
  v.check(
    (verb) => dispensableVerbs.includes(verb),
    `is none of the commands that can be left out: ${dispensableVerbs.join(', ')}`,
  ),
);

const siteSchema = v.object({
  id: v.pipe(
    v.string(),
    v.check(isSiteId, 'may hold only lower case letters, digits and hyphens between them'),
  ),
  name: optionalText,
  // RFC 959, 5.3.1: nothing in a command line may hold CR or LF; a host with a slash is an address.
  host: v.pipe(text, v.regex(/^[^\s/@]+$/, 'is a host name or an address, and nothing else')),
  port: v.optional(wholeNumber(1, 65_535)),
  security: v.optional(
    v.picklist(['explicit', 'explicitIfOffered', 'implicit', 'none']),
    'explicit',
  ),
  username: optionalText,
  account: optionalText,
  root: v.optional(root),
  group: optionalText,
  color: v.optional(v.picklist(siteColors)),
  readOnly: v.optional(v.boolean(), false),
  askPassword: v.optional(v.boolean(), false),
  fingerprints: v.optional(v.array(fingerprint), []),
  mode: v.optional(v.picklist(['auto', 'block', 'stream']), 'auto'),
  dataPort: v.optional(v.picklist(['auto', 'default', 'epsv', 'pasv', 'eprt', 'port']), 'auto'),
  usePassiveAddress: v.optional(v.boolean(), false),
  maxConnections: v.optional(wholeNumber(1, 16), mostHelpfulConnections),
  timeout: v.optional(wholeNumber(5, 600), 30),
  ca: optionalText,
  minTlsVersion: v.optional(v.picklist(['TLSv1.2', 'TLSv1.3']), 'TLSv1.2'),
  clientCertificate: optionalText,
  clientKey: optionalText,
  proxy: v.optional(proxy),
  // The names are not checked here: the code that knows all charsets is loaded only when a site
  // connects.
  charset: v.optional(text, 'auto'),
  listing: v.optional(v.picklist(['auto', 'mlsd', 'list', 'stat']), 'auto'),
  skipCommands: v.optional(v.array(skippedCommand), []),
  largestFile: v.optional(wholeNumber(1, 2048), 256),
});

/** Reads the value of `portside.sites`. A bad entry never breaks the others. */
export function readSites(value: unknown): SiteSettings {
  if (!Array.isArray(value)) {
    return { sites: [], problems: value ? ['portside.sites is not a list of sites.'] : [] };
  }
  const sites = new Map<string, Site>();
  const problems: string[] = [];
  for (const [at, entry] of (value as readonly unknown[]).entries()) {
    const read = readSite(entry);
    if (typeof read === 'string') problems.push(`Site ${labelOf(entry, at)}: ${read}.`);
    else if (sites.has(read.id)) {
      problems.push(`Site ${labelOf(entry, at)}: its id "${read.id}" is already in use.`);
    } else sites.set(read.id, read);
  }
  return { sites: [...sites.values()], problems };
}

function readSite(entry: unknown): Site | string {
  const result = v.safeParse(siteSchema, entry, { abortEarly: true });
  if (!result.success) return describe(result.issues[0]);
  const { output } = result;
  return contradiction(output) ?? siteOf(output);
}

// Values that are valid alone, but not together.
function contradiction({
  clientKey,
  clientCertificate,
  proxy: address,
  dataPort,
}: v.InferOutput<typeof siteSchema>): string | undefined {
  if (clientKey && !clientCertificate) {
    return '"clientKey" needs a "clientCertificate", which is not set';
  }
  if (address && dataPort !== 'auto' && !isPassive(dataPort)) {
    return '"dataPort" may only be auto, epsv or pasv with a "proxy": the server cannot connect to this machine through it';
  }
  return undefined;
}

function siteOf(output: v.InferOutput<typeof siteSchema>): Site {
  return {
    ...output,
    name: output.name || output.host,
    port: output.port ?? defaultPort(output.security),
    username: output.username || undefined,
    account: output.account || undefined,
    root: output.root,
    group: output.group || undefined,
    color: output.color,
    ca: output.ca || undefined,
    clientCertificate: output.clientCertificate || undefined,
    clientKey: output.clientKey || undefined,
    proxy: output.proxy || undefined,
  };
}

// Our own messages continue after the key's name. Those of valibot are whole sentences.
function describe(issue: v.BaseIssue<unknown>): string {
  const key = issue.path?.map((step) => String(step.key)).join('.') ?? '';
  const own = /^(is|may) /.test(issue.message);
  if (key === '') return 'it is not an object with the settings of a site';
  return own ? `"${key}" ${issue.message}` : `"${key}": ${issue.message}`;
}

function labelOf(entry: unknown, at: number): string {
  const named = v.safeParse(v.object({ name: text }), entry);
  return named.success ? `"${named.output.name}"` : `number ${at + 1}`;
}

/** `portside.sync`: the folder of a site to which a local folder's files are uploaded. */
export interface SyncMapping {
  /** The id of a site, or its name. */
  readonly site: string;
  readonly remotePath: RemotePath;
  readonly exclude: readonly string[];
  readonly useIgnoreFiles: boolean;
}

/** What is not uploaded by default. */
const defaultExclude: readonly string[] = ['**/.git', '**/.vscode', '**/node_modules'];

const mappingSchema = v.object({
  site: v.pipe(v.string(), v.trim(), v.nonEmpty()),
  remotePath: v.pipe(
    v.string(),
    v.trim(),
    v.transform(parseRemotePath),
    v.custom<RemotePath>((path) => path !== undefined),
  ),
  exclude: v.optional(v.array(v.string()), [...defaultExclude]),
  useIgnoreFiles: v.optional(v.boolean(), true),
});

/** Reads `portside.sync`. `undefined` where it is not set, a sentence where it is wrong. */
export function readSyncMapping(value: unknown): SyncMapping | string | undefined {
  if (value === null || value === undefined) return undefined;
  const result = v.safeParse(mappingSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  if (Array.isArray(value)) {
    return 'portside.sync must be a single mapping, not a list. Nothing is uploaded.';
  }
  const key = result.issues[0].path?.map((step) => String(step.key)).join('.');
  return key === 'remotePath'
    ? 'portside.sync: "remotePath" is not an absolute path such as /htdocs. Nothing is uploaded.'
    : `portside.sync: "${key ?? 'the value'}" cannot be read: ${result.issues[0].message}. Nothing is uploaded.`;
}
