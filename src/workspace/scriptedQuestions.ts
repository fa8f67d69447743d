import type { CertificateSummary } from '../ftp/errors.ts';
import type { Proxy } from '../ftp/options.ts';
import type { ConflictChoice, ConflictQuestion, Questions, TypedPassword } from './questions.ts';
import type { Site } from './sites/site.ts';

/** Asks by `asked`, unless a test has put answers of its own in the place of a question. */
export class ScriptedQuestions implements Questions {
  /** Answers in place of the user's; given by a test, and taken away by it. */
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
