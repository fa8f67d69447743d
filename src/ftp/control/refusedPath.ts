import { ReplyError } from '../errors.ts';
import type { ServerProfile } from '../profile/serverProfile.ts';

/** True for a refusal that may be about a path as such, and not about what is there. */
export function mayMeanThePath(error: unknown): boolean {
  if (!(error instanceof ReplyError) || error.command.argument?.includes('/') !== true)
    return false;
  // RFC 959, 4.2.2: 553 "file name not allowed", 501 and 504 of arguments. 550 says that nothing is
  // there, nearly always truly.
  return [501, 504, 553].includes(error.reply.code);
}

/**
 * Acts by the whole path, or by the name in its folder where the server is known to take no other.
 * Which it is, is learnt when a whole path is refused.
 */
export async function byPathOrName<T>(
  profile: ServerProfile,
  byPath: () => Promise<T>,
  byName: () => Promise<T>,
): Promise<T> {
  if (profile.pathnames.argument === 'names') return await byName();
  try {
    const value = await byPath();
    // Where nothing is told, the path may have been the reason.
    if (value !== undefined) profile.pathnames.takesPaths();
    return value;
  } catch (error) {
    if (profile.pathnames.argument !== 'unknown' || !mayMeanThePath(error)) throw error;
    const value = await byName().catch(() => {
      throw error;
    });
    profile.pathnames.takesNames();
    return value;
  }
}
