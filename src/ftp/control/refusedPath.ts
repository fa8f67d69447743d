import { ReplyError } from '../errors.ts';

/** True for a refusal that may be about a path as such, and not about what is there. */
export function mayMeanThePath(error: unknown): boolean {
  if (!(error instanceof ReplyError) || error.command.argument?.includes('/') !== true)
    return false;
  // RFC 959, 4.2.2: 553 "file name not allowed", 501 and 504 of arguments. 550 says that nothing is
  // there, nearly always truly.
  return [501, 504, 553].includes(error.reply.code);
}
