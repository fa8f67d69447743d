import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Charset } from '../grammar/charset/charset.ts';
import { type Command, redactedLine } from '../grammar/command.ts';
import { isQuickQuestion } from '../options.ts';
import type { Omissions } from '../profile/omissions.ts';

export interface ControlOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly charset: Charset;
  /** Milliseconds for a reply, counted from when its command is the oldest unanswered one. */
  readonly replyTimeout: number;
  /** The same for the greeting; as for replies if left out. */
  readonly greetingTimeout?: number;
  /** The server has greeted before: where it does not now, it may the next time. */
  readonly greetsSoon?: boolean;
  readonly pipelineDepth: number;
  /** Verbs that are never said to this server. */
  readonly skip?: readonly string[];
  /** What it did not survive; learns from this connection too. */
  readonly omissions?: Omissions;
}

// What need not be asked is not worth the time of a whole reply.
const quickQuestionMs = 10_000;

/** How long the reply to a command may take, in milliseconds; without one, the greeting. */
export function patienceWith(
  command: Command | undefined,
  { replyTimeout, greetingTimeout = replyTimeout }: ControlOptions,
): number {
  if (!command) return greetingTimeout;
  return isQuickQuestion(command) ? Math.min(replyTimeout, quickQuestionMs) : replyTimeout;
}

/** True for a command that is not said to this server. */
export function isOmitted(
  command: Command,
  { skip, omissions, clock, logger }: ControlOptions,
): boolean {
  const isChosen = skip?.includes(command.verb) ?? false;
  const isOmitted = isChosen || (omissions?.omits(command, clock.now()) ?? false);
  if (isOmitted) logger.debug(`Not said: ${redactedLine(command)}`);
  return isOmitted;
}

/** The connection ends where the answer should have come: what was asked may be why. */
export function noteLoss(command: Command | undefined, { omissions, clock }: ControlOptions): void {
  if (command) omissions?.noteLoss(command, clock.now());
}
