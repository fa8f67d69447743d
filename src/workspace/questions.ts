import type { RemotePath } from '../base/paths.ts';
import type { CertificateSummary } from '../ftp/errors.ts';
import type { Proxy } from '../ftp/options.ts';
import type { Expected } from '../session/remoteFileSystem.ts';
import type { Site } from './sites/site.ts';

/** A password or passphrase that the user typed, and whether it is kept beyond this window. */
export interface TypedPassword {
  readonly password: string;
  readonly keep: 'saved' | 'session';
}

/** A save found another file than the one that the editor holds. */
export interface ConflictQuestion {
  readonly site: Site;
  readonly path: RemotePath;
  /** The file that the editor's bytes came from; `undefined` when it never read the file. */
  readonly held: Expected | undefined;
  /** What is on the server now. */
  readonly found: Expected;
}

export type ConflictChoice = 'overwrite' | 'cancel' | 'compare';

/** What only the user can decide. The views ask; the layers below do not know how. */
export interface Questions {
  /** `undefined`: the user gave no answer. */
  password(site: Site, why: 'missing' | 'refused'): Promise<TypedPassword | undefined>;
  /** The password of the user in the proxy's address. */
  proxyPassword(
    site: Site,
    proxy: Proxy,
    why: 'missing' | 'refused',
  ): Promise<TypedPassword | undefined>;
  /** The passphrase of the key of the site's client certificate. */
  keyPassphrase(site: Site, why: 'missing' | 'refused'): Promise<TypedPassword | undefined>;
  trust(site: Site, certificate: CertificateSummary): Promise<boolean>;
  /** `compare`: the user is shown both files, and has not decided. */
  conflict(question: ConflictQuestion): Promise<ConflictChoice>;
}

/** Asks by `asked`, unless a test has given an answer of its own. */
export class ScriptedQuestions implements Questions {
  /** Answers in place of the user's: set by a test, and removed by it. */
  script: Partial<Questions> = {};
  readonly #asked: Questions;

  constructor(asked: Questions) {
    this.#asked = asked;
  }

  password(site: Site, why: 'missing' | 'refused'): Promise<TypedPassword | undefined> {
    return this.#answering().password(site, why);
  }

  proxyPassword(
    site: Site,
    proxy: Proxy,
    why: 'missing' | 'refused',
  ): Promise<TypedPassword | undefined> {
    return this.#answering().proxyPassword(site, proxy, why);
  }

  keyPassphrase(site: Site, why: 'missing' | 'refused'): Promise<TypedPassword | undefined> {
    return this.#answering().keyPassphrase(site, why);
  }

  trust(site: Site, certificate: CertificateSummary): Promise<boolean> {
    return this.#answering().trust(site, certificate);
  }

  conflict(question: ConflictQuestion): Promise<ConflictChoice> {
    return this.#answering().conflict(question);
  }

  #answering(): Questions {
    return { ...this.#asked, ...this.script };
  }
}
