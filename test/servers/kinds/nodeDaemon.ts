import type { Program } from '../support/sandbox.ts';

/** A server that is a script of ours: it reads SETTINGS, and becomes the user when it has begun. */
export function nodeDaemon(script: string, settings: Readonly<Record<string, unknown>>): Program {
  return {
    program: process.execPath,
    args: [script],
    environment: { SETTINGS: JSON.stringify(settings) },
  };
}
