import * as v from 'valibot';
import type * as vscode from 'vscode';
import { anonymous, type Credentials, type Proxy } from '../../ftp/options.ts';
import type { Questions, TypedPassword } from '../questions.ts';
import type { Site } from './site.ts';

/** To whom a secret is told: the same site may come to mean another server, or another user of it. */
export interface SecretOwner {
  /** Of the site. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Left out: nobody has a name. What else tells two secrets of one place apart may stand here too. */
  readonly username: string | undefined;
}

/** How a secret comes about that is not known yet. */
export interface SecretQuestion {
  readonly ask: (why: 'missing' | 'refused') => Promise<TypedPassword | undefined>;
  /** It is asked for in each session, and never taken from the storage. */
  readonly eachTime?: boolean;
}

const secretSchema = v.object({
  host: v.string(),
  port: v.number(),
  username: v.string(),
  // Of every kind: the name is that of the first kind there was.
  password: v.string(),
});
type Secret = v.InferOutput<typeof secretSchema>;

/**
 * The secrets of one kind, of all sites: in VS Code's SecretStorage, or only in this window's memory.
 * Nothing else ever holds one, and none goes to another place than the one that it was given for.
 */
export class SiteSecrets {
  readonly #storage: vscode.SecretStorage;
  readonly #keyStart: string;
  readonly #session = new Map<string, Secret>();
  readonly #refused = new Set<string>();
  // Typed to be kept, but not proved yet: a mistake in typing is not written down.
  readonly #unproved = new Map<string, Secret>();
  readonly #asking = new Map<string, Promise<string | undefined>>();

  /** `kind` begins the keys of the storage. */
  constructor(storage: vscode.SecretStorage, kind: string) {
    this.#storage = storage;
    this.#keyStart = `${kind}:`;
  }

  /**
   * The secret. Asks when none is known or the last one was refused; who needs it at the same time
   * shares the question. `undefined` when nobody says.
   */
  async of(owner: SecretOwner, question: SecretQuestion): Promise<string | undefined> {
    const known = await this.#known(owner, question.eachTime === true);
    return known ?? (await this.#ask(owner, question));
  }

  /** True where `of` would ask nobody. */
  async isKnown(owner: SecretOwner, eachTime: boolean): Promise<boolean> {
    return (await this.#known(owner, eachTime)) !== undefined;
  }

  /** It was not taken: it is not used again, and the next time asks. */
  refuse(siteId: string): void {
    this.endSession(siteId);
    this.#refused.add(siteId);
  }

  /**
   * It was taken: now it is saved, where the user wanted that. A saved one that was refused before
   * goes, as another has taken its place.
   */
  async accept(owner: SecretOwner, secret: string | undefined): Promise<void> {
    const typed = this.#unproved.get(owner.id);
    this.#unproved.delete(owner.id);
    const wasRefused = this.#refused.delete(owner.id);
    if (typed && typed.password === secret) await this.#store(owner.id, typed);
    else if (wasRefused && (await this.#saved(owner)) !== secret) {
      await this.#storage.delete(this.#keyOf(owner.id));
    }
  }

  /** Keeps what the user has typed elsewhere. */
  async save(owner: SecretOwner, secret: string): Promise<void> {
    await this.#store(owner.id, secretOf(owner, secret));
    this.endSession(owner.id);
    this.#refused.delete(owner.id);
  }

  /** Forgets what was only for this window. */
  endSession(siteId: string): void {
    this.#session.delete(siteId);
    this.#unproved.delete(siteId);
  }

  /** Forgets all of the site. */
  async remove(siteId: string): Promise<void> {
    this.endSession(siteId);
    this.#refused.delete(siteId);
    await this.#storage.delete(this.#keyOf(siteId));
  }

  #keyOf(siteId: string): string {
    return this.#keyStart + siteId;
  }

  async #known(owner: SecretOwner, eachTime: boolean): Promise<string | undefined> {
    const session = secretFor(owner, this.#session.get(owner.id));
    if (session !== undefined || eachTime || this.#refused.has(owner.id)) return session;
    return this.#saved(owner);
  }

  async #saved(owner: SecretOwner): Promise<string | undefined> {
    return secretFor(owner, readSecret(await this.#storage.get(this.#keyOf(owner.id))));
  }

  async #ask(owner: SecretOwner, question: SecretQuestion): Promise<string | undefined> {
    const { id, host, port, username } = owner;
    const key = JSON.stringify([id, host, port, username]);
    // The answer to another connection's question may have come while the storage was asked.
    const known = this.#asking.get(key) ?? secretFor(owner, this.#session.get(id));
    if (known !== undefined) return known;
    const answer = this.#askOnce(owner, question).finally(() => this.#asking.delete(key));
    this.#asking.set(key, answer);
    return answer;
  }

  async #askOnce(owner: SecretOwner, { ask }: SecretQuestion): Promise<string | undefined> {
    const typed = await ask(this.#refused.has(owner.id) ? 'refused' : 'missing');
    if (!typed) return undefined;
    const secret = secretOf(owner, typed.password);
    this.#session.set(owner.id, secret);
    if (typed.keep === 'saved') this.#unproved.set(owner.id, secret);
    return typed.password;
  }

  async #store(siteId: string, secret: Secret): Promise<void> {
    await this.#storage.store(this.#keyOf(siteId), JSON.stringify(secret));
  }
}

function secretOf({ host, port, username = '' }: SecretOwner, password: string): Secret {
  return { host, port, username, password };
}

function secretFor(owner: SecretOwner, secret: Secret | undefined): string | undefined {
  const { host, port, username = '' } = owner;
  const same = secret?.host === host && secret.port === port && secret.username === username;
  return same ? secret.password : undefined;
}

function readSecret(text: string | undefined): Secret | undefined {
  try {
    const read = v.safeParse(secretSchema, JSON.parse(text ?? ''));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}

/** The user was asked and did not say; nobody asks again until the user does something. */
export class NoPasswordError extends Error {
  override readonly name = 'NoPasswordError';
  constructor(what = 'password') {
    super(`No ${what} was given. Connect again to be asked for it`);
  }
}

/** To whom a password belongs. */
export type PasswordOwner = SecretOwner;

/** What a site may need to be told: by its server, by its proxy, and to open the key of its user. */
export type SecretKind = 'password' | 'proxyPassword' | 'keyPassphrase';

/**
 * The passwords of the sites, and the other secrets that connecting to them takes. Each belongs to
 * the place that it was given for, and goes nowhere else.
 */
export class Passwords {
  readonly #questions: Questions;
  readonly #kinds: Readonly<Record<SecretKind, SiteSecrets>>;

  constructor(secrets: vscode.SecretStorage, questions: Questions) {
    this.#questions = questions;
    this.#kinds = {
      password: new SiteSecrets(secrets, 'password'),
      proxyPassword: new SiteSecrets(secrets, 'proxyPassword'),
      keyPassphrase: new SiteSecrets(secrets, 'keyPassphrase'),
    };
  }

  /** Who logs in. Asks where it has to; rejects with `NoPasswordError` when nobody says. */
  async credentials(site: Site): Promise<Credentials> {
    if (site.username === undefined) return anonymous;
    const password = await this.#kinds.password.of(site, {
      ask: (why) => this.#questions.password(site, why),
      eachTime: site.askPassword,
    });
    if (password === undefined) throw new NoPasswordError();
    return {
      user: site.username,
      password,
      ...(site.account !== undefined && { account: site.account }),
    };
  }

  /** True where `credentials` would ask nobody: what begins by itself is to disturb nobody either. */
  async isKnown(site: Site): Promise<boolean> {
    if (site.username === undefined) return true;
    return this.#kinds.password.isKnown(site, site.askPassword);
  }

  /** What the proxy wants to hear of its user; `undefined` where it has none. */
  async proxyPassword(site: Site, proxy: Proxy): Promise<string | undefined> {
    if (proxy.user === undefined) return undefined;
    const password = await this.#kinds.proxyPassword.of(proxyOwner(site, proxy), {
      ask: (why) => this.#questions.proxyPassword(site, proxy, why),
    });
    if (password === undefined) throw new NoPasswordError("proxy's password");
    return password;
  }

  /** What opens the key of the site's client certificate, which is known to be encrypted. */
  async keyPassphrase(site: Site): Promise<string> {
    const passphrase = await this.#kinds.keyPassphrase.of(keyOwner(site), {
      ask: (why) => this.#questions.keyPassphrase(site, why),
    });
    if (passphrase === undefined) throw new NoPasswordError('passphrase');
    return passphrase;
  }

  /** It was not taken: it is not sent again, and the next connect asks. */
  refuse(siteId: string, kind: SecretKind = 'password'): void {
    this.#kinds[kind].refuse(siteId);
  }

  /** The server took it: now it is saved, where the user wanted that. */
  async accept(site: Site, password: string | undefined): Promise<void> {
    await this.#kinds.password.accept(site, password);
  }

  /** The same of the proxy's password and of the passphrase, as far as there were any. */
  async acceptOthers(
    site: Site,
    { proxy, keyPassphrase }: { proxy: Proxy | undefined; keyPassphrase: string | undefined },
  ): Promise<void> {
    if (proxy?.user !== undefined) {
      await this.#kinds.proxyPassword.accept(proxyOwner(site, proxy), proxy.password);
    }
    if (keyPassphrase !== undefined) {
      await this.#kinds.keyPassphrase.accept(keyOwner(site), keyPassphrase);
    }
  }

  /** Keeps a password that the user has typed elsewhere. */
  async save(owner: PasswordOwner, password: string): Promise<void> {
    await this.#kinds.password.save(owner, password);
  }

  /** Forgets what was only for this window. */
  endSession(siteId: string): void {
    for (const kind of Object.values(this.#kinds)) kind.endSession(siteId);
  }

  /** Forgets the password; without a kind, whatever is known: the site is no more. */
  async remove(siteId: string, kind?: SecretKind): Promise<void> {
    const kinds = kind === undefined ? Object.values(this.#kinds) : [this.#kinds[kind]];
    for (const each of kinds) await each.remove(siteId);
  }
}

// The server is part of it: a site whose server is another one begins anew with all its secrets.
function proxyOwner(site: Site, { kind, host, port, user = '' }: Proxy): SecretOwner {
  return { id: site.id, host: `${kind}://${host}`, port, username: `${user} for ${site.host}` };
}

function keyOwner({ id, host, port, clientKey, clientCertificate }: Site): SecretOwner {
  return { id, host, port, username: clientKey ?? clientCertificate };
}
