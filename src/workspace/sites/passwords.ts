import type * as vscode from 'vscode';
import { anonymous, type Credentials, type Proxy } from '../../ftp/options.ts';
import type { Questions } from '../questions.ts';
import type { Site } from './site.ts';
import { type SecretOwner, SiteSecrets } from './siteSecrets.ts';

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
