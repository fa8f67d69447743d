import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { allRungs } from '../../src/ftp/rung.ts';
import { openRemoteFileSystem } from '../../src/session/openRemoteFileSystem.ts';
import type { RemoteFileSystem } from '../../src/session/remoteFileSystem.ts';
import { sessionDefaults, type SessionOptions } from '../../src/session/sessionOptions.ts';
import { connectEngine, type EngineOverrides } from './engine.ts';

/**
 * A session over the engine's connections to a server at `port` of loopback. They share one profile, as
 * those of a site do.
 */
export function openSession(
  port: number,
  engine: Omit<EngineOverrides, 'signal'> = {},
  session: Partial<Omit<SessionOptions, 'connect'>> = {},
): RemoteFileSystem {
  const profile = engine.profile ?? new ServerProfile(engine.rungs ?? allRungs);
  let ids = 0;
  return openRemoteFileSystem({
    ...sessionDefaults,
    connect: (signal) => connectEngine(port, { ...engine, profile, signal }),
    clock: systemClock,
    logger: silentLogger,
    newId: () => `id${ids++}`,
    ...session,
  });
}
