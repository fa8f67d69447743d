import { parseFeatures, type ServerFeatures } from '../grammar/features.ts';
import { fieldsOf } from './remembered.ts';

/** How a login goes on a server. */
export interface UsualLogin {
  readonly features: ServerFeatures;
  /** USER was answered by 331, PASS by 230, and nothing else was asked. */
  readonly asksPassword: boolean;
}

/** What is kept of it between two starts. */
export interface RememberedLogin {
  /** A line for each feature. */
  readonly features: readonly string[];
  readonly asksPassword?: true;
}

// More than any server offers.
const mostFeatures = 100;
const longestFeature = 500;

/**
 * How the last login went. The next one is expected to go the same way, so that it need not wait for
 * the answers one by one. It is thrown away as soon as one goes otherwise.
 */
export class LoginHabits {
  #usual: UsualLogin | undefined;
  #isDoubted = false;

  constructor(remembered?: RememberedLogin) {
    if (!remembered) return;
    const features = parseFeatures(['', ...remembered.features, '']);
    this.#usual = { features, asksPassword: remembered.asksPassword ?? false };
  }

  /** What the next login may rely on; `undefined` where it waits for the answers. */
  get usual(): UsualLogin | undefined {
    return this.#isDoubted ? undefined : this.#usual;
  }

  /** What was said ahead was not answered as it should be: nothing is, until the next start. */
  get isDoubted(): boolean {
    return this.#isDoubted;
  }

  /** A login came to its end. */
  went(login: UsualLogin): void {
    this.#usual = login;
  }

  /** A login failed in which commands were said ahead. */
  doubt(): void {
    this.#isDoubted = true;
  }

  /** What is worth keeping. */
  remember(): RememberedLogin | undefined {
    if (!this.usual) return undefined;
    const { features, asksPassword } = this.usual;
    const lines = [...features].map(([name, told]) => `${name} ${told}`.trimEnd());
    const kept = { features: lines, ...(asksPassword && { asksPassword }) };
    return parseLogin(kept);
  }
}

/** Reads what `remember` gave, from a store that other programs may have written to. */
export function parseLogin(value: unknown): RememberedLogin | undefined {
  const { features, asksPassword } = fieldsOf<RememberedLogin>(value);
  if (!Array.isArray(features) || features.length > mostFeatures) return undefined;
  if (!features.every(isFeature)) return undefined;
  return { features, ...(asksPassword === true && { asksPassword }) };
}

function isFeature(line: unknown): line is string {
  return typeof line === 'string' && line.length <= longestFeature;
}
