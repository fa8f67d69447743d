import type { Clock } from '../base/clock.ts';
import { visibleText } from '../base/visibleText.ts';
import { type Reply, replyText } from '../ftp/grammar/reply.ts';
import type { Credentials, Proxy } from '../ftp/options.ts';
import type { Finding } from './report/finding.ts';
import {
  type NetworkPicture,
  type Outcome,
  type Stage,
  type StageId,
  stageIds,
  type Tried,
} from './report/report.ts';

/** The result of a stage. Without a value the stages that need it are left out. */
export interface StageResult<T> {
  readonly outcome: Outcome;
  /** One sentence without its full stop. */
  readonly summary: string;
  readonly value?: T;
  readonly findings?: readonly Finding[];
}

/** Records one attempt within a stage. */
export type Note = (what: string, outcome: Outcome, said: string) => void;

export type MutablePicture = { -readonly [K in keyof NetworkPicture]: NetworkPicture[K] };

const titles: Readonly<Record<StageId, string>> = {
  name: 'Name',
  tcp: 'Connection',
  greeting: 'Greeting',
  tls: 'TLS',
  certificate: 'Certificate',
  login: 'Login',
  features: 'Features',
  connections: 'Number of connections',
  dataPorts: 'Data ports',
  sessionReuse: 'TLS session reuse',
  listing: 'Listing',
  charset: 'Names',
  renameOver: 'Renaming over a file',
  clock: 'Clock',
};

// A quote is there to recognise the server's text, not to fill the report.
const longestQuote = 200;

/** The record of one test while it runs. */
export class Examination {
  readonly findings: Finding[] = [];
  readonly picture: MutablePicture;
  readonly #clock: Clock;
  readonly #secrets: readonly string[];
  readonly #onStage: (stage: Stage) => void;
  readonly #stages = new Map<StageId, Stage>();

  constructor(
    clock: Clock,
    secrets: readonly string[],
    picture: NetworkPicture,
    onStage: (stage: Stage) => void,
  ) {
    this.#clock = clock;
    this.#secrets = secrets;
    this.picture = { ...picture };
    this.#onStage = onStage;
  }

  /** Runs a stage and records it. A stage that throws is recorded as unfinished, and the error goes on. */
  async stage<T>(
    id: StageId,
    act: (note: Note) => Promise<StageResult<T>>,
  ): Promise<T | undefined> {
    const began = this.#clock.now();
    const tried: Tried[] = [];
    const note: Note = (what, outcome, said) => void tried.push({ what, outcome, said });
    const record = (outcome: Outcome, summary: string): void => {
      const ms = this.#clock.now() - began;
      this.#add({ id, title: titles[id], outcome, ms, summary, tried });
    };
    try {
      const { outcome, summary, value, findings } = await act(note);
      this.findings.push(...(findings ?? []));
      record(outcome, summary);
      return value;
    } catch (error) {
      record('failed', 'Not finished');
      throw error;
    }
  }

  skip(id: StageId, why: string): void {
    this.#add({ id, title: titles[id], outcome: 'skipped', ms: 0, summary: why, tried: [] });
  }

  /** All stages in their order. Those that were not reached count as skipped. */
  get stages(): readonly Stage[] {
    const missing = 'Not reached';
    return stageIds.map(
      (id) =>
        this.#stages.get(id) ??
        ({
          id,
          title: titles[id],
          outcome: 'skipped',
          ms: 0,
          summary: missing,
          tried: [],
        } as const),
    );
  }

  /** A server's text for the report: short, without control characters, secrets and user names. */
  quote(text: string): string {
    let quoted = text;
    for (const secret of this.#secrets) quoted = quoted.replaceAll(secret, '****');
    quoted = visibleText(quoted).trim();
    return quoted.length > longestQuote ? `${quoted.slice(0, longestQuote)}…` : quoted;
  }

  /** "530 Login incorrect" */
  quoteReply(reply: Reply): string {
    return this.quote(`${reply.code} ${replyText(reply)}`);
  }

  #add(stage: Stage): void {
    this.#stages.set(stage.id, stage);
    this.#onStage(stage);
  }
}

/**
 * What must not stand in a report, the longest first. Users show reports to others, and a server or a
 * proxy may repeat what it was told. The names of anonymous logins are no secrets. Very short texts are
 * left out because they occur inside other words.
 */
export function secretsOf(who: Credentials, proxy: Proxy | undefined): readonly string[] {
  const anonymousNames = ['anonymous', 'ftp', 'anonymous@'];
  const { user, password = '' } = proxy ?? {};
  // RFC 7617, 2: user and password as HTTP sends them.
  const basic = user === undefined ? '' : Buffer.from(`${user}:${password}`).toString('base64');
  return [who.password, who.account, who.user, user, password, basic]
    .filter((text) => text !== undefined)
    .filter((text) => text.length > 2 && !anonymousNames.includes(text))
    .toSorted((a, b) => b.length - a.length);
}
